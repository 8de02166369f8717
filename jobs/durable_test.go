package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// stopAfter is a Runner that stores n items and then waits for its context.
func stopAfter(n int) Runner {
	return runnerFunc(func(ctx context.Context, in RunInput, sink func(int, []byte) error) ([]byte, error) {
		for i := range n {
			if err := sink(i, fmt.Appendf(nil, `{"body":"first attempt %d"}`, i)); err != nil {
				return nil, err
			}
		}
		<-ctx.Done()
		return nil, ctx.Err()
	})
}

// What one process stored, the next does not fetch again.
func TestRestartResumes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		first := startService(t, Options{Database: database, Runner: stopAfter(3)})
		id := submit(t, first, batch(5)).ID
		await(t, first, id, func(j Job) bool { return j.Done >= 3 })
		stop(t, first)

		var found []int
		var stored []byte
		second := startService(t, Options{Database: database, Runner: runnerFunc(
			func(ctx context.Context, in RunInput, sink func(int, []byte) error) ([]byte, error) {
				found = in.Done
				var err error
				if stored, err = in.Stored(ctx, 1); err != nil {
					return nil, err
				}
				if _, err := in.Stored(ctx, 4); !errors.Is(err, ErrNotFound) {
					return nil, fmt.Errorf("an item that is not stored: %w", err)
				}
				return counting(ctx, in, sink)
			})})
		job := awaitEnd(t, second, id)
		if job.State != Completed || job.Done != 5 || job.Attempts != 2 {
			t.Errorf("ended as %+v", job)
		}
		if !slices.Equal(found, []int{0, 1, 2}) || string(stored) != `{"body":"first attempt 1"}` {
			t.Errorf("the second attempt found %v, %s", found, stored)
		}
	})
}

// An attempt that another has taken over from can change nothing.
func TestFencing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		s := newService(t, Options{Database: database}) // not started: the test is the worker
		id := submit(t, s, batch(3)).ID
		d, err := s.open(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		claim := func() *lease {
			l, err := s.claim(d, id)
			if err != nil || l == nil {
				t.Fatalf("claim: %v, %v", l, err)
			}
			return l
		}
		lost := claim()
		if err := s.keep(d, lost, 0, []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
		held := claim()
		if err := s.keep(d, lost, 1, []byte(`{"stale":true}`)); !errors.Is(err, errFenced) {
			t.Errorf("the lost attempt stored an item: %v", err)
		}
		if ended, err := s.end(d, lost, Completed, nil, ""); ended || err != nil {
			t.Errorf("the lost attempt ended the job: %v, %v", ended, err)
		}
		if err := s.keep(d, held, 0, []byte(`{"again":true}`)); err != nil {
			t.Errorf("an item stored twice: %v", err)
		}
		for _, index := range []int{-1, 3} {
			if err := s.keep(d, held, index, []byte(`{}`)); err == nil {
				t.Errorf("item %d of 3 was stored", index)
			}
		}
		if ended, err := s.end(d, held, Completed, nil, ""); !ended || err != nil {
			t.Errorf("end: %v, %v", ended, err)
		}
		if ended, err := s.end(d, held, Failed, nil, ""); ended || err != nil {
			t.Errorf("it ended twice: %v, %v", ended, err)
		}
		if l, err := s.claim(d, id); l != nil || err != nil {
			t.Errorf("an ended job was claimed: %v, %v", l, err)
		}
		job, err := s.Get(t.Context(), id)
		if err != nil || job.State != Completed || job.Done != 1 {
			t.Errorf("it is %+v, %v", job, err)
		}
		for r, err := range s.Responses(t.Context(), id) {
			if err != nil || string(r.Response) != `{}` {
				t.Errorf("item %d: %s, %v", r.Index, r.Response, err)
			}
		}
	})
}

// A job that ends its process every time is given up, but not for a series of
// restarts in a short time.
func TestStalledJobIsGivenUp(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		clock := newHand(time.Now())
		s := newService(t, Options{Database: database, Now: clock.now})
		bad, unlucky := submit(t, s, batch(1)).ID, submit(t, s, batch(1)).ID
		start := func(id string) {
			if _, err := s.claim(s.db, id); err != nil {
				t.Fatal(err)
			}
		}
		start(bad)
		clock.turn(stallTime + time.Second)
		for range maxStalls {
			start(bad)
			start(unlucky)
		}
		start(unlucky)
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if job := awaitEnd(t, s, bad); job.State != Failed || job.Error == "" {
			t.Errorf("the one that ends its process is %+v", job)
		}
		if job := awaitEnd(t, s, unlucky); job.State != Completed {
			t.Errorf("the other one is %+v", job)
		}
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		stopped := make(chan error, 1)
		s := startService(t, Options{Database: database, Workers: 1, Runner: runnerFunc(
			func(ctx context.Context, in RunInput, sink func(int, []byte) error) ([]byte, error) {
				if string(in.Batch) != "2" {
					return counting(ctx, in, sink)
				}
				if err := sink(0, []byte(`{}`)); err != nil {
					return nil, err
				}
				<-ctx.Done()
				stopped <- sink(1, []byte(`{}`))
				return nil, ctx.Err()
			})})
		running := submit(t, s, batch(2)).ID
		await(t, s, running, func(j Job) bool { return j.Done >= 1 })
		queued := submit(t, s, batch(1)).ID // behind it, on the only worker

		if job, err := s.Cancel(t.Context(), queued); err != nil || job.State != Cancelled || !job.StartedAt.IsZero() {
			t.Errorf("queued: %+v, %v", job, err)
		}
		job, err := s.Cancel(t.Context(), running)
		if err != nil || job.State != Cancelled || job.Done != 1 || job.FinishedAt.IsZero() {
			t.Errorf("running: %+v, %v", job, err)
		}
		if err := <-stopped; !errors.Is(err, errFenced) {
			t.Errorf("a response after the cancel: %v", err)
		}
		if again, err := s.Cancel(t.Context(), running); err != nil || !again.FinishedAt.Equal(job.FinishedAt) {
			t.Errorf("cancelled twice: %+v, %v", again, err)
		}
		last := awaitEnd(t, s, submit(t, s, batch(1)).ID) // the worker is free again
		if last.State != Completed {
			t.Errorf("the next one: %+v", last)
		}
		if job, err := s.Get(t.Context(), queued); err != nil || job.State != Cancelled || job.Attempts != 0 {
			t.Errorf("the cancelled one was started: %+v, %v", job, err)
		}
	})
}

func TestEventsResume(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		s := startService(t, Options{Database: database})
		const total = 250 // more than a page
		id := submit(t, s, batch(total)).ID
		collect := func(after int64) (ids []int64, states []State) {
			for e, err := range s.Events(t.Context(), id, after) {
				if err != nil {
					t.Fatal(err)
				}
				if e.Response == nil {
					states = append(states, e.Job.State)
				}
				if e.ID != 0 {
					ids = append(ids, e.ID)
				}
				if e.Response != nil && (int64(e.Done) != e.ID || string(e.Response) != fmt.Sprintf(`{"collected":true,"status":200,"body":%d}`, e.Index)) {
					t.Errorf("event %d: done %d, item %d: %s", e.ID, e.Done, e.Index, e.Response)
				}
			}
			return ids, states
		}
		ids, states := collect(0)
		for i, id := range ids {
			if id != int64(i)+1 {
				t.Fatalf("event %d has the id %d", i, id)
			}
		}
		if len(ids) != total+1 || states[len(states)-1] != Completed {
			t.Errorf("%d events, states %v", len(ids), states)
		}
		if ids, states := collect(200); len(ids) != 51 || ids[0] != 201 || !slices.Equal(states, []State{Completed}) {
			t.Errorf("after 200: %v, %v", ids, states)
		}
		if ids, states := collect(total); len(ids) != 1 || !slices.Equal(states, []State{Completed}) {
			t.Errorf("after the last response: %v, %v", ids, states)
		}
		if ids, states := collect(total + 1); ids != nil || states != nil {
			t.Errorf("after the end: %v, %v", ids, states)
		}
	})
}

func TestEventsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		s := startService(t, Options{Database: database, Runner: stopAfter(1)})
		id := submit(t, s, batch(2)).ID
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var last error
		for e, err := range s.Events(ctx, id, 0) {
			if last = err; e.ID == 1 {
				cancel()
			}
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("ended with %v", last)
		}
		if len(s.hub.watched) != 0 {
			t.Error("it is watched by nobody still")
		}
	})
}

// Instances share one PostgreSQL: what one runs can be watched and cancelled from another.
func TestInstancesSeeEachOther(t *testing.T) {
	t.Parallel()
	database := newPostgres(t)
	stopped := make(chan struct{})
	works := startService(t, Options{Database: database, Runner: runnerFunc(
		func(ctx context.Context, in RunInput, sink func(int, []byte) error) ([]byte, error) {
			defer close(stopped)
			return stopAfter(2).Run(ctx, in, sink)
		})})
	id := submit(t, works, batch(3)).ID
	await(t, works, id, func(j Job) bool { return j.Done >= 1 })
	canceled := false
	watches := startService(t, Options{Database: database, Runner: counting})
	for e, err := range watches.Events(t.Context(), id, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Done >= 2 && !canceled {
			canceled = true
			if _, err := watches.Cancel(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
	}
	if job, err := works.Get(t.Context(), id); err != nil || job.State != Cancelled {
		t.Errorf("%+v, %v", job, err)
	}
	// The worker heard of it, and did not have to be told by a refused write.
	select {
	case <-stopped:
	case <-time.After(recheck):
		t.Fatal("the other instance works on")
	}
}

// An instance that stops beating loses its jobs within ten seconds, and when it
// lives after all it can no longer change them.
func TestTakeover(t *testing.T) {
	t.Parallel()
	database := newPostgres(t)
	release, fenced := make(chan struct{}), make(chan error, 1)
	hung := startService(t, Options{Database: database, Runner: runnerFunc(
		func(_ context.Context, _ RunInput, sink func(int, []byte) error) ([]byte, error) {
			if err := sink(0, []byte(`{}`)); err != nil {
				return nil, err
			}
			<-release
			err := sink(1, []byte(`{"stale":true}`))
			fenced <- err
			return nil, err
		})})
	id := submit(t, hung, batch(3)).ID
	await(t, hung, id, func(j Job) bool { return j.Done >= 1 })
	hung.cancel() // no more beats
	lost := time.Now()
	other := startService(t, Options{Database: database})
	job := awaitEnd(t, other, id)
	if took := time.Since(lost); took > 10*time.Second {
		t.Errorf("taken over after %v", took)
	} else {
		t.Logf("taken over after %v", took)
	}
	if job.State != Completed || job.Attempts != 2 || job.Done != 3 {
		t.Errorf("ended as %+v", job)
	}
	close(release)
	if err := <-fenced; !errors.Is(err, errFenced) {
		t.Errorf("the instance taken for dead wrote: %v", err)
	}
}
