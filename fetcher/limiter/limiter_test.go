package limiter

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// bubble runs f in virtual time, beside other tests.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}

func mustAcquire(t *testing.T, l *Limiter, c Caller) *Permit {
	t.Helper()
	p, err := l.Acquire(t.Context(), c)
	if err != nil {
		t.Fatalf("Acquire: %v", err)
	}
	return p
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestAcquirePacesByTheRate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Rate: 10, Burst: 5}, Options{})
		begin := time.Now()
		for range 25 {
			mustAcquire(t, l, Caller{}).Release()
		}
		if got := time.Since(begin); got < 2*time.Second || got > 2*time.Second+time.Millisecond {
			t.Errorf("25 calls at 10/s with burst 5 took %v, want 2s", got)
		}
	})
}

func TestAcquireUnlimited(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, r := range []float64{0, -1, math.Inf(1), math.NaN()} {
			l := New(Rules{Rate: r}, Options{})
			begin := time.Now()
			for range 10_000 {
				mustAcquire(t, l, Caller{})
			}
			if s := l.Snapshot(); time.Since(begin) != 0 || s.Rate != 0 || s.ConfiguredRate != 0 || s.InFlight != 10_000 {
				t.Errorf("rate %v: took %v, %+v", r, time.Since(begin), s)
			}
		}
	})
}

func TestConcurrencyCap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Concurrency: 2}, Options{})
		first, second := mustAcquire(t, l, Caller{}), mustAcquire(t, l, Caller{})
		if _, ok := l.TryAcquire(Caller{}); ok {
			t.Fatal("TryAcquire on a saturated host")
		}
		got := make(chan *Permit)
		go func() { got <- mustAcquire(t, l, Caller{}) }()
		time.Sleep(time.Second)
		if s := l.Snapshot(); s.InFlight != 2 || s.Queue != 1 {
			t.Fatalf("%+v", s)
		}
		first.Release()
		first.Release() // gives back one place only
		p := <-got
		if p.Queued() != time.Second {
			t.Errorf("Queued %v, want 1s", p.Queued())
		}
		if s := l.Snapshot(); s.InFlight != 2 || s.Queue != 0 || s.Grants != 3 {
			t.Errorf("%+v", s)
		}
		second.Release()
		p.Release()
	})
}

func TestTryAcquireNeverGoesBeforeAWaiter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Concurrency: 1}, Options{Gate: NewGate(0)})
		p := mustAcquire(t, l, Caller{})
		done := make(chan *Permit)
		go func() { done <- mustAcquire(t, l, Caller{}) }()
		synctest.Wait()
		l.SetRules(Rules{Rate: 1, Concurrency: 5}) // the one waiting takes the only token
		if _, ok := l.TryAcquire(Caller{}); ok {
			t.Error("TryAcquire took what the waiter was due")
		}
		(<-done).Release()
		p.Release()
	})
}

func TestQueueFull(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Concurrency: 1}, Options{MaxQueue: 3})
		p := mustAcquire(t, l, Caller{})
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { mustAcquire(t, l, Caller{}).Release() })
		}
		synctest.Wait()
		if _, err := l.Acquire(t.Context(), Caller{}); !errors.Is(err, ErrQueueFull) {
			t.Errorf("the fourth to wait: %v, want ErrQueueFull", err)
		}
		p.Release()
		wg.Wait()
		if s := l.Snapshot(); s.QueueFull != 1 || s.Queue != 0 || s.InFlight != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// A full queue is shared: one client with all the places makes room for others, background work for interactive, until shares are even.
func TestQueueFullIsShared(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name             string
		crowd, comes     Caller
		in, want, failed int // of ten places
	}{
		{"another client", Caller{Client: "a"}, Caller{Client: "b"}, 20, 5, 15 + 5},
		{"the same client", Caller{Client: "a"}, Caller{Client: "a", Batch: 2}, 3, 0, 3},
		{"interactive of the same client", Caller{Client: "a", Low: true}, Caller{Client: "a"}, 12, 10, 2 + 10},
		{"background work", Caller{Client: "a"}, Caller{Client: "b", Low: true}, 3, 0, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := New(Rules{Concurrency: 1}, Options{MaxQueue: 10})
				p := mustAcquire(t, l, Caller{})
				var got, failed atomic.Int32
				var wg sync.WaitGroup
				join := func(c Caller, granted *atomic.Int32) {
					wg.Go(func() {
						p, err := l.Acquire(t.Context(), c)
						switch {
						case err == nil:
							granted.Add(1)
							p.Release()
						case errors.Is(err, ErrQueueFull):
							failed.Add(1)
						default:
							t.Error(err)
						}
					})
					synctest.Wait()
				}
				for range 10 {
					join(tt.crowd, new(atomic.Int32))
				}
				for range tt.in {
					join(tt.comes, &got)
				}
				p.Release()
				wg.Wait()
				if int(got.Load()) != tt.want || int(failed.Load()) != tt.failed {
					t.Errorf("%d of %d that came were granted and %d failed in all, want %d and %d", got.Load(), tt.in, failed.Load(), tt.want, tt.failed)
				}
				if s := l.Snapshot(); int(s.QueueFull) != tt.failed {
					t.Errorf("counted %d", s.QueueFull)
				}
			})
		})
	}
}

func TestCancelledWaiterLeaves(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Rate: 1, Burst: 1}, Options{})
		mustAcquire(t, l, Caller{})
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error)
		go func() { _, err := l.Acquire(ctx, Caller{}); failed <- err }()
		synctest.Wait()
		begin := time.Now()
		got := make(chan *Permit)
		go func() { got <- mustAcquire(t, l, Caller{}) }()
		synctest.Wait()
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("the cancelled one: %v", err)
		}
		if s := l.Snapshot(); s.Queue != 1 {
			t.Errorf("queue %d, want 1", s.Queue)
		}
		<-got
		if d := time.Since(begin); d > time.Second+time.Millisecond {
			t.Errorf("the next waited %v: the cancelled one burnt its token", d)
		}
		if _, err := l.Acquire(ctx, Caller{}); !errors.Is(err, context.Canceled) {
			t.Errorf("a context that is over: %v", err)
		}
	})
}

func TestSetRules(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Rate: 0.001, Burst: 1}, Options{})
		mustAcquire(t, l, Caller{})
		begin := time.Now()
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { mustAcquire(t, l, Caller{}) })
		}
		time.Sleep(time.Second)
		l.SetRules(Rules{Rate: 10, Burst: 3, Concurrency: 100})
		wg.Wait()
		if d := time.Since(begin); d < 1900*time.Millisecond || d > 2100*time.Millisecond {
			t.Errorf("10 waiters went after %v, want 1s at the old rate and 1s at the new", d)
		}
		l.SetRules(Rules{})
		for range 100 {
			mustAcquire(t, l, Caller{})
		}
		l.SetRules(Rules{Rate: 5, Burst: 5})
		if s := l.Snapshot(); s.Rate != 5 || s.ConfiguredRate != 5 || s.Burst != 5 || s.Concurrency != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// A goroutine per limiter or per waiter would show here: the bubble's test function is the only one that may be left.
func TestManyIdleLimitersCostNoGoroutine(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for range 1000 {
			l := New(Rules{Rate: 1000, Burst: 10}, Options{})
			for range 12 {
				mustAcquire(t, l, Caller{}).Release()
			}
		}
	}) // synctest fails on goroutines that never end
}
