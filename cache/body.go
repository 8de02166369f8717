package cache

import (
	"bytes"
	"io"
	"net/http"
	"sync/atomic"
)

// body is a response body in memory. Its bytes may be shared with the store and with other
// responses and are never written to.
type body struct {
	bytes.Reader
	content []byte
	lease   *lease
	checked *atomic.Bool // shared by all who were given this very content; nil: by nobody
	closed  atomic.Bool
}

func (b *body) open(content []byte, l *lease) {
	b.content, b.lease = content, l
	b.Reset(content)
}

// Bytes is the whole content, wherever reading has got to. It must not be changed.
func (b *body) Bytes() []byte { return b.content }

// Checked reports whether a reader of this content, in this response or an earlier one, has
// said that it is sound, by whatever that means to the readers of this cache.
func (b *body) Checked() bool { return b.checked != nil && b.checked.Load() }

// SetChecked says so. The content never changes, so that nobody need check it again.
func (b *body) SetChecked() {
	if b.checked != nil {
		b.checked.Store(true)
	}
}

func (b *body) Close() error {
	if b.lease != nil && b.closed.CompareAndSwap(false, true) {
		b.lease.release()
	}
	return nil
}

// lease closes the body that came from upstream, and with it whatever share of a memory budget
// it holds, when the last of the responses made from it is closed.
type lease struct {
	holders atomic.Int64
	closer  io.Closer
}

func newLease(c io.Closer) *lease {
	l := &lease{closer: c}
	l.holders.Store(1)
	return l
}

func (l *lease) hold() {
	if l != nil {
		l.holders.Add(1)
	}
}

func (l *lease) release() {
	if l != nil && l.holders.Add(-1) == 0 {
		// The content was read whole; that closing what is left of it fails means nothing.
		_ = l.closer.Close()
	}
}

// readBody takes the response's body in memory: without copying where it already is.
func readBody(resp *http.Response) ([]byte, *lease, error) {
	l := newLease(resp.Body)
	if b, ok := resp.Body.(interface{ Bytes() []byte }); ok {
		return b.Bytes(), l, nil
	}
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		l.release()
		return nil, nil, err
	}
	return content, l, nil
}

// compact returns the content without more memory behind it than the budget counts.
func compact(content []byte) []byte {
	if cap(content)-len(content) > len(content)/8 {
		return bytes.Clone(content)
	}
	return content[:len(content):len(content)]
}
