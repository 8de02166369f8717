package transport

import (
	"io"
	"sync/atomic"
)

// Body is a response's body in memory, read whole. Close gives its share of the memory budget back; the bytes stay valid for whoever still
// holds them, but are no longer accounted for.
type Body struct {
	bytes  []byte
	read   int
	share  int64
	budget *Budget
	closed atomic.Bool
}

// NewBody is a Body over b that holds no share of any budget.
func NewBody(b []byte) *Body { return &Body{bytes: b} }

// Bytes is the whole body, whatever was read of it already. It must not be changed.
func (b *Body) Bytes() []byte { return b.bytes }

// Read reads on from where the last Read ended.
func (b *Body) Read(p []byte) (int, error) {
	if b.read >= len(b.bytes) {
		return 0, io.EOF
	}
	n := copy(p, b.bytes[b.read:])
	b.read += n
	return n, nil
}

// WriteTo writes what has not been read yet, in one Write.
func (b *Body) WriteTo(w io.Writer) (int64, error) {
	if b.read >= len(b.bytes) {
		return 0, nil
	}
	n, err := w.Write(b.bytes[b.read:])
	b.read += n
	return int64(n), err
}

// Close gives the body's share of the memory budget back. Further calls do nothing.
func (b *Body) Close() error {
	if b.budget != nil && b.closed.CompareAndSwap(false, true) {
		b.budget.Release(b.share)
	}
	return nil
}
