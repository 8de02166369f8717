package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
)

// writeTimeout is for one transaction, the wait for the database's lock included.
const writeTimeout = 5 * time.Second

// maxGroup bounds the writes of one transaction, and with them the time the
// first of them waits for the last.
const maxGroup = 512

// A batchTx is the transaction a group of writes shares.
type batchTx struct {
	querier
	inserts []river.InsertManyParams
	changed map[string]struct{}
}

func (b *batchTx) enqueue(args river.JobArgs, opts *river.InsertOpts) {
	b.inserts = append(b.inserts, river.InsertManyParams{Args: args, InsertOpts: opts})
}

// changes notes that those who watch the job have something to read.
func (b *batchTx) changes(id string) { b.changed[id] = struct{}{} }

// cancels notes that, besides, whoever works on the job is to stop.
func (b *batchTx) cancels(id string) { b.changed[cancelMark+id] = struct{}{} }

// An op is one write. Its error means that the database failed: what it found,
// such as that a key was used, it leaves in its own variables. It must be
// repeatable: when one of a group fails, all are rolled back, and each is run
// again alone.
type op func(ctx context.Context, tx *batchTx) error

type pending struct {
	do   op
	done chan error // buffered, so that the writer never waits for a caller that left
}

// A writer commits writes in groups: whatever arrives while one transaction is
// being synced goes into the next. An idle writer commits at once; a busy one
// pays one sync for all. There is no timer: the sync itself is the wait.
type writer struct {
	store   store
	log     *slog.Logger
	changed func(news string) // told after the commit

	mu     sync.Mutex
	queue  []pending
	wake   chan struct{}
	closed bool
	ended  chan struct{}
}

func newWriter(s store, log *slog.Logger, changed func(string)) *writer {
	w := &writer{store: s, log: log, changed: changed, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go w.loop()
	return w
}

// do returns when the write is on disk, or was not made. When ctx ends first the
// write may still happen: nobody was promised anything.
func (w *writer) do(ctx context.Context, o op) error {
	p := pending{do: o, done: make(chan error, 1)}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return ErrUnavailable
	}
	w.queue = append(w.queue, p)
	select { // under the lock, or close could come between
	case w.wake <- struct{}{}:
	default:
	}
	w.mu.Unlock()
	select {
	case err := <-p.done:
		return unavailable(err)
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
}

// close makes the writes that are waiting and refuses any more.
func (w *writer) close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.wake)
	}
	w.mu.Unlock()
	<-w.ended
}

func (w *writer) loop() {
	defer close(w.ended)
	for open := true; open; {
		_, open = <-w.wake
		for group := w.take(); len(group) > 0; group = w.take() {
			w.commit(group)
		}
	}
}

func (w *writer) take() []pending {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(len(w.queue), maxGroup)
	group := w.queue[:n:n]
	if w.queue = w.queue[n:]; len(w.queue) == 0 {
		w.queue = nil
	}
	return group
}

func (w *writer) commit(group []pending) {
	err := w.attempt(group)
	var failed *opError
	if !errors.As(err, &failed) || len(group) == 1 {
		if err != nil && failed == nil {
			w.log.Error("jobs: cannot write", "error", err, "writes", len(group))
		}
		for _, p := range group {
			p.done <- err
		}
		return
	}
	// One of them spoiled the transaction for all. Alone, each gets its own answer.
	for _, p := range group {
		p.done <- w.attempt([]pending{p})
	}
}

// opError marks an error of an op, as against one of the transaction.
type opError struct{ error }

func (e *opError) Unwrap() error { return e.error }

// attempt runs a group in one transaction. After an error nothing was written,
// but for a commit whose answer was lost; that is why a failed commit is never
// run again from here.
func (w *writer) attempt(group []pending) error {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	tx, err := w.store.begin(ctx)
	if err != nil {
		return err
	}
	defer tx.rollback(context.WithoutCancel(ctx))
	b := &batchTx{querier: tx, changed: map[string]struct{}{}}
	for _, p := range group {
		if err := p.do(ctx, b); err != nil {
			return &opError{err}
		}
	}
	if len(b.inserts) > 0 {
		if err := tx.enqueue(ctx, b.inserts); err != nil {
			return err
		}
	}
	ids := make([]string, 0, len(b.changed))
	for id := range b.changed {
		ids = append(ids, id)
	}
	if len(ids) > 0 {
		if err := w.store.announce(ctx, tx, ids); err != nil {
			return err
		}
	}
	if err := tx.commit(ctx); err != nil {
		return err
	}
	for _, id := range ids {
		w.changed(id)
	}
	return nil
}
