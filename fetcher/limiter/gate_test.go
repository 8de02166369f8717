package limiter

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// collect acquires for c in the background and sends name when granted; the permit is released after hold.
func collect(t *testing.T, l *Limiter, c Caller, name string, order chan<- string, hold time.Duration) {
	t.Helper()
	go func() {
		p, err := l.Acquire(t.Context(), c)
		if err != nil {
			t.Error(err)
			return
		}
		order <- name
		time.Sleep(hold)
		p.Release()
	}()
	synctest.Wait() // so that the next comes later
}

func TestGateCapsAllHosts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		gate := NewGate(3)
		var wg sync.WaitGroup
		for i := range 50 {
			l := New(Rules{Concurrency: 2}, Options{Gate: gate})
			for range 5 {
				wg.Go(func() {
					p := mustAcquire(t, l, Caller{})
					if n := gate.InFlight(); n > 3 {
						t.Errorf("%d in flight", n)
					}
					time.Sleep(time.Duration(i+1) * time.Millisecond)
					p.Release()
				})
			}
		}
		wg.Wait()
		if n := gate.InFlight(); n != 0 {
			t.Errorf("%d places not given back", n)
		}
	})
}

func TestNilGate(t *testing.T) {
	t.Parallel()
	var g *Gate
	if g.InFlight() != 0 {
		t.Error("in flight at no gate")
	}
	l := New(Rules{}, Options{Gate: g})
	mustAcquire(t, l, Caller{}).Release()
}

// A host that cannot use a place does not stand in the way of one that can: its calls wait for their rate outside the gate.
func TestGateIsTakenAfterTheHostsGrant(t *testing.T) {
	bubble(t, func(t *testing.T) {
		gate := NewGate(1)
		slow := New(Rules{Rate: 0.1, Burst: 1}, Options{Gate: gate})
		mustAcquire(t, slow, Caller{}).Release()
		order := make(chan string, 100)
		for range 20 {
			collect(t, slow, Caller{}, "slow", order, 0)
		}
		idle := New(Rules{Rate: 10, Burst: 1}, Options{Gate: gate})
		begin := time.Now()
		mustAcquire(t, idle, Caller{}).Release()
		if d := time.Since(begin); d != 0 {
			t.Errorf("an idle host waited %v behind a slow one", d)
		}
		time.Sleep(5 * time.Minute)
		if len(order) != 20 {
			t.Errorf("%d of the slow host's 20 went", len(order))
		}
	})
}

// While a host stands at the gate it holds no token: the bucket fills up to the burst and no further, and what goes then is within the bound.
func TestNoTokenIsTakenAtTheGate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		gate := NewGate(1)
		blocker := mustAcquire(t, New(Rules{}, Options{Gate: gate}), Caller{})
		l := New(Rules{Rate: 1, Burst: 3}, Options{Gate: gate})
		order := make(chan string, 10)
		begin := time.Now()
		for range 5 {
			collect(t, l, Caller{}, "x", order, 0)
		}
		time.Sleep(time.Minute)
		if len(order) != 0 {
			t.Fatal("went through a full gate")
		}
		blocker.Release()
		synctest.Wait()
		if len(order) != 3 {
			t.Errorf("%d went at once, want the burst of 3", len(order))
		}
		time.Sleep(3 * time.Second)
		if len(order) != 5 || time.Since(begin) != time.Minute+3*time.Second {
			t.Errorf("%d after the next two seconds", len(order))
		}
	})
}

func TestGateIsFair(t *testing.T) {
	t.Parallel()
	type call struct {
		host   int
		caller Caller
		name   string
	}
	tests := []struct {
		name  string
		calls []call
		want  string
	}{
		{"hosts take turns", []call{{0, Caller{}, "a1"}, {0, Caller{}, "a2"}, {0, Caller{}, "a3"}, {1, Caller{}, "b1"}, {2, Caller{}, "c1"}}, "a1 b1 c1 a2 a3"},
		{"clients take turns, however many hosts they call", []call{
			{0, Caller{Client: "x"}, "x0"}, {1, Caller{Client: "x"}, "x1"}, {2, Caller{Client: "x"}, "x2"}, {3, Caller{Client: "y"}, "y3"}}, "x0 y3 x1 x2"},
		{"background work yields", []call{
			{0, Caller{Low: true}, "low0"}, {1, Caller{Low: true}, "low1"}, {2, Caller{}, "c2"}, {3, Caller{}, "c3"}}, "c2 c3 low0 low1"},
		{"also where it stood in line first for its host", []call{
			{0, Caller{Low: true}, "low0"}, {1, Caller{Low: true}, "low1"}, {1, Caller{}, "c1"}}, "c1 low0 low1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				gate := NewGate(1)
				blocker := mustAcquire(t, New(Rules{}, Options{Gate: gate}), Caller{})
				hosts := make([]*Limiter, 4)
				for i := range hosts {
					hosts[i] = New(Rules{}, Options{Gate: gate})
				}
				order := make(chan string, len(tt.calls))
				for _, c := range tt.calls {
					collect(t, hosts[c.host], c.caller, c.name, order, time.Millisecond)
				}
				blocker.Release()
				var got string
				for range tt.calls {
					got += " " + <-order
				}
				if got != " "+tt.want {
					t.Errorf("order%s, want %s", got, tt.want)
				}
				time.Sleep(time.Second)
			})
		})
	}
}

// A place that is offered to a host whose callers have gone, or that has been paused meanwhile, goes to the next in line.
func TestGateOffersOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		gate := NewGate(1)
		blocker := mustAcquire(t, New(Rules{}, Options{Gate: gate}), Caller{})
		gone, paused, next := New(Rules{}, Options{Gate: gate}), New(Rules{Rate: 100, Burst: 1}, Options{Gate: gate}), New(Rules{}, Options{Gate: gate})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = gone.Acquire(ctx, Caller{}) }()
		synctest.Wait()
		order := make(chan string, 2)
		collect(t, paused, Caller{}, "paused", order, 0)
		collect(t, next, Caller{}, "next", order, 0)
		cancel()
		synctest.Wait()
		paused.Observe(429, map[string][]string{"Retry-After": {"2"}})
		begin := time.Now()
		blocker.Release()
		if got := <-order; got != "next" {
			t.Errorf("%s went first", got)
		}
		if got := <-order; got != "paused" || time.Since(begin) != 2*time.Second {
			t.Errorf("%s went second, after %v", got, time.Since(begin))
		}
		synctest.Wait()
		if n := gate.InFlight(); n != 0 {
			t.Errorf("%d places lost", n)
		}
	})
}

func TestGateSetLimit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		gate := NewGate(1)
		order := make(chan string, 20)
		for i := range 10 {
			collect(t, New(Rules{}, Options{Gate: gate}), Caller{}, fmt.Sprint(i), order, time.Hour)
		}
		for _, tt := range []struct{ limit, went int }{{1, 1}, {4, 4}, {2, 4}, {7, 7}, {0, 10}} {
			gate.SetLimit(tt.limit)
			synctest.Wait()
			if len(order) != tt.went || gate.InFlight() != tt.went {
				t.Errorf("limit %d: %d went, %d in flight, want %d", tt.limit, len(order), gate.InFlight(), tt.went)
			}
		}
		time.Sleep(2 * time.Hour)
	})
}
