package transport

import (
	"container/list"
	"context"
	"errors"
	"sync"
)

// Budget is the memory for all bodies in flight. Bytes are reserved before they are read. A call that holds some already must only try for
// more: waiting while holding is how such budgets deadlock.
type Budget struct {
	capacity int64

	mu      sync.Mutex
	used    int64
	waiting list.List // of *reservation, first come, first served
}

type reservation struct {
	bytes   int64
	granted chan struct{}
}

// NewBudget returns a budget of so many bytes.
func NewBudget(bytes int64) *Budget { return &Budget{capacity: bytes} }

// Reserve waits until n bytes are free. It fails with ErrOverloaded when n is more than the whole budget or the context's deadline passes
// first, and with context.Canceled when the context is cancelled.
func (b *Budget) Reserve(ctx context.Context, n int64) error {
	if n > b.capacity {
		return ErrOverloaded
	}
	b.mu.Lock()
	if b.atOnce(n) {
		b.mu.Unlock()
		return nil
	}
	r := &reservation{bytes: n, granted: make(chan struct{})}
	place := b.waiting.PushBack(r)
	b.mu.Unlock()

	select {
	case <-r.granted:
		return nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	select {
	case <-r.granted: // granted in the moment the context ended
		b.used -= n
	default:
		b.waiting.Remove(place)
	}
	b.grant()
	b.mu.Unlock()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ErrOverloaded
	}
	return ctx.Err()
}

// reserveInTurn takes n bytes if they are free and nobody waits for any.
func (b *Budget) reserveInTurn(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.atOnce(n)
}

func (b *Budget) atOnce(n int64) bool {
	if b.waiting.Len() > 0 || b.used > b.capacity-n {
		return false
	}
	b.used += n
	return true
}

// TryReserve takes n bytes if they are free. It does not stand in line behind those who wait: it is for calls that hold bytes already, and
// that nobody gains from by their failing.
func (b *Budget) TryReserve(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used > b.capacity-n {
		return false
	}
	b.used += n
	return true
}

// Release gives n reserved bytes back.
func (b *Budget) Release(n int64) {
	if n == 0 {
		return
	}
	b.mu.Lock()
	b.used -= n
	b.grant()
	b.mu.Unlock()
}

// Used is the number of bytes reserved now.
func (b *Budget) Used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// grant serves the head of the line for as long as there is room.
func (b *Budget) grant() {
	for head := b.waiting.Front(); head != nil; head = b.waiting.Front() {
		r := head.Value.(*reservation)
		if b.used > b.capacity-r.bytes {
			return
		}
		b.used += r.bytes
		b.waiting.Remove(head)
		close(r.granted)
	}
}
