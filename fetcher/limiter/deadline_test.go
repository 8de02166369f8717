package limiter

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestDeadlineRefusedAtOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		rules   Rules
		prepare func(l *Limiter)
		waiting int // calls of the same batch in the queue, without deadline
		other   int // and of another batch
		in      time.Duration
		want    error
		queued  time.Duration // where want is nil
	}{
		{name: "in time by a hair", rules: Rules{Rate: 10, Burst: 1}, waiting: 9, in: time.Second + time.Microsecond, queued: time.Second},
		{name: "too late by a hair", rules: Rules{Rate: 10, Burst: 1}, waiting: 10, in: time.Second, want: ErrDeadline},
		{name: "by its fair turn, not by the length of the queue", rules: Rules{Rate: 10, Burst: 1}, other: 1000, in: 200*time.Millisecond + time.Microsecond, queued: 200 * time.Millisecond},
		{name: "but not before its turn", rules: Rules{Rate: 10, Burst: 1}, other: 1000, in: 199 * time.Millisecond, want: ErrDeadline},
		{name: "cooling down past it", prepare: func(l *Limiter) { l.Observe(503, map[string][]string{"Retry-After": {"5"}}) }, in: 4999 * time.Millisecond, want: ErrCooling},
		{name: "cooled down in time", prepare: func(l *Limiter) { l.Observe(503, map[string][]string{"Retry-After": {"5"}}) }, in: 5*time.Second + time.Microsecond, queued: 5 * time.Second},
		{name: "cooled down in time, the queue is too long", rules: Rules{Rate: 10, Burst: 1}, in: 5 * time.Second, want: ErrDeadline, waiting: 20,
			prepare: func(l *Limiter) { l.Observe(503, map[string][]string{"Retry-After": {"4.9"}}) }},
		{name: "a rate that is regained in time", rules: Rules{Rate: 10, Burst: 1}, waiting: 9, in: 1400 * time.Millisecond, queued: 1370 * time.Millisecond,
			prepare: func(l *Limiter) { l.rate.cut(time.Now(), time.Now(), 0, true); l.tune(time.Now()) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := New(tt.rules, Options{})
				mustAcquire(t, l, Caller{}) // the burst
				if tt.prepare != nil {
					tt.prepare(l)
				}
				ctx, cancel := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				for i := range tt.waiting + tt.other {
					c := Caller{Batch: 1}
					if i >= tt.waiting {
						c.Batch = 2
					}
					wg.Go(func() { _, _ = l.Acquire(ctx, c) })
				}
				synctest.Wait()
				begin := time.Now()
				p, err := l.Acquire(within(t, tt.in), Caller{Batch: 1})
				if !errors.Is(err, tt.want) {
					t.Fatalf("%v after %v, want %v", err, time.Since(begin), tt.want)
				}
				if err != nil && !time.Now().Equal(begin) {
					t.Errorf("failed only after %v", time.Since(begin))
				}
				if err == nil && p.Queued().Round(10*time.Millisecond) != tt.queued {
					t.Errorf("waited %v, want %v", p.Queued(), tt.queued)
				}
				if s := l.Snapshot(); (s.DeadlineMisses == 1) != (err != nil) {
					t.Errorf("%d deadline misses counted", s.DeadlineMisses)
				}
				cancel()
				wg.Wait()
			})
		})
	}
}

// A wait that becomes impossible later fails then, not when its deadline comes.
func TestDeadlineThatBecomesImpossible(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		event  func(l *Limiter)
		within time.Duration // of the event
		want   error
	}{
		{"cool-down", func(l *Limiter) { l.Observe(429, map[string][]string{"Retry-After": {"30"}}) }, 0, ErrCooling},
		{"rules", func(l *Limiter) { l.SetRules(Rules{Rate: 0.01, Burst: 1}) }, 0, ErrDeadline},
		{"others that come first", func(l *Limiter) {
			for range 200 {
				go func() { _, _ = l.Acquire(context.Background(), Caller{Client: "b", Weight: 100}) }()
			}
			time.AfterFunc(time.Hour, func() { l.SetRules(Rules{}) }) // lets them go, for the test to end
		}, sweepEvery, ErrDeadline},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := New(Rules{Rate: 1, Burst: 1}, Options{})
				mustAcquire(t, l, Caller{})
				failed, kept := make(chan error), make(chan error)
				go func() { _, err := l.Acquire(t.Context(), Caller{Client: "a"}); kept <- err }()
				synctest.Wait()
				go func() { _, err := l.Acquire(within(t, 5*time.Second), Caller{Client: "a"}); failed <- err }()
				synctest.Wait()
				begin := time.Now()
				tt.event(l)
				if err := <-failed; !errors.Is(err, tt.want) {
					t.Errorf("%v, want %v", err, tt.want)
				}
				if d := time.Since(begin); d > tt.within {
					t.Errorf("failed only after %v", d)
				}
				if err := <-kept; err != nil {
					t.Errorf("the one without a deadline: %v", err)
				}
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

func TestDeadlineInTheQueue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Concurrency: 1}, Options{})
		p := mustAcquire(t, l, Caller{})
		begin := time.Now()
		if _, err := l.Acquire(within(t, time.Second), Caller{}); !errors.Is(err, ErrDeadline) {
			t.Errorf("nobody can know when a call in flight ends: %v", err)
		}
		if d := time.Since(begin); d != time.Second {
			t.Errorf("gave up after %v", d)
		}
		p.Release()
		mustAcquire(t, l, Caller{})
	})
}

// The estimate never refuses what can be served in time: whatever the queue, a call that is refused would, with that deadline put off,
// have been granted only after it.
func TestDeadlineEstimateIsNeverPessimistic(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(seed, 2))
				l := New(Rules{Rate: 1 + 50*rng.Float64(), Burst: 1 + rng.IntN(10)}, Options{})
				for range rng.IntN(20) {
					mustAcquire(t, l, Caller{})
				}
				if rng.IntN(2) == 0 {
					l.Observe(429, map[string][]string{"Retry-After": {fmt.Sprintf("%.3f", rng.Float64()*3)}})
				}
				var wg sync.WaitGroup
				for range rng.IntN(150) {
					c := randomCaller(rng)
					wg.Go(func() { mustAcquire(t, l, c) })
				}
				synctest.Wait()
				time.Sleep(time.Duration(rng.Int64N(int64(time.Second))))
				synctest.Wait()
				in := time.Duration(rng.Int64N(int64(6 * time.Second)))
				c := randomCaller(rng)
				l.mu.Lock()
				now := time.Now()
				err := l.feasible(now, now.Add(in), c)
				l.mu.Unlock()
				p := mustAcquire(t, l, c)
				switch {
				case err != nil && p.Queued() <= in:
					t.Errorf("refused a wait of %v at most, which took %v", in, p.Queued())
				case err == nil && p.Queued() > in+in/3+100*time.Millisecond:
					t.Errorf("promised a wait of %v at most, which took %v", in, p.Queued())
				}
				wg.Wait()
			})
		})
	}
}
