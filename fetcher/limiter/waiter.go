package limiter

import (
	"context"
	"errors"
	"time"
)

// waiter is a call that waits for its turn: data in the queue. The goroutine that wants the call sleeps on ready.
type waiter struct {
	entry    entry[*waiter]
	caller   Caller
	deadline time.Time // zero: none
	since    time.Time
	ready    chan struct{} // closed when permit or err is set
	permit   *Permit
	err      error
}

// wait is the caller's side of the queue.
func (l *Limiter) wait(ctx context.Context, w *waiter) (*Permit, error) {
	select {
	case <-w.ready:
		return w.permit, w.err
	case <-ctx.Done():
	}
	l.mu.Lock()
	if w.entry.queued() {
		l.queue.remove(&w.entry)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			l.deadlineMisses++
			w.err = ErrDeadline
		} else {
			w.err = ctx.Err()
		}
		l.pump(time.Now())
		l.mu.Unlock()
		return nil, w.err
	}
	l.mu.Unlock()
	return w.permit, w.err // decided in the same moment; a permit for a call that is over is the caller's to release
}

// settle ends a wait; w must have left the queue.
func (w *waiter) settle(p *Permit, err error) {
	w.permit, w.err = p, err
	close(w.ready)
}
