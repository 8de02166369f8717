package cache

import (
	"context"
	"sync"
)

// flights are the exchanges under way that several requests may wait for.
type flights struct {
	spawn func(func())
	mu    sync.Mutex
	byKey map[flightKey]*flight

	landed landings
}

// flight is one exchange and those who wait for it. A waiter that leaves ends only its own
// wait; when the last one leaves, the exchange is cancelled.
type flight struct {
	key    flightKey
	ctx    *flightContext
	cancel context.CancelFunc
	gate   gate // of the starter's httptrace
	done   chan struct{}

	// Guarded by flights.mu until done is closed.
	waiters  int
	finished bool

	answer answer // valid once done is closed
}

// join enters the flight of that key, starting one if there is none: prepare is called at once
// with the flight's context, and the exchange it returns in a goroutine of its own. f is nil
// where a flight has landed since the moment the caller looked: it looks again.
func (fs *flights) join(
	ctx context.Context, key flightKey, looked uint64, prepare func(context.Context) func() answer,
) (f *flight, started bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f := fs.byKey[key]; f != nil {
		f.waiters++
		f.ctx.await(ctx)
		return f, false
	}
	if fs.landed.since(key, looked) {
		return nil, false
	}
	f = &flight{key: key, done: make(chan struct{}), waiters: 1}
	f.ctx, f.cancel = newFlightContext(ctx, &f.gate)
	f.ctx.await(ctx)
	if fs.byKey == nil {
		fs.byKey = make(map[flightKey]*flight)
	}
	fs.byKey[key] = f
	exchange := prepare(f.ctx)
	fs.spawn(func() { fs.land(f, exchange()) })
	return f, true
}

// land hands the answer to the waiters: each of them holds the answer's lease from now on.
func (fs *flights) land(f *flight, a answer) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.forget(f)
	fs.landed.note(f.key)
	f.finished = true
	f.answer = a
	for range f.waiters {
		a.lease.hold()
	}
	a.lease.release() // the exchange's own
	f.cancel()
	close(f.done)
}

// wait returns the flight's answer, or an error as soon as ctx ends. The caller owes the
// answer's lease one release.
func (fs *flights) wait(ctx context.Context, f *flight, starter bool) (*answer, error) {
	if starter {
		defer f.gate.close()
	}
	select {
	case <-f.done:
		return &f.answer, nil
	case <-ctx.Done():
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f.finished {
		f.answer.lease.release()
		return nil, context.Cause(ctx)
	}
	if f.waiters--; f.waiters == 0 {
		fs.forget(f)
		f.cancel()
	}
	return nil, context.Cause(ctx)
}

// forget makes later requests start anew.
func (fs *flights) forget(f *flight) {
	if fs.byKey[f.key] == f {
		delete(fs.byKey, f.key)
	}
}
