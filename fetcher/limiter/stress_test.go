package limiter

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// Everything at once, in real time and for the race detector: nobody is forgotten in a queue, no place is lost.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	gate := NewGate(4)
	hosts := make([]*Limiter, 3)
	for i := range hosts {
		hosts[i] = New(Rules{Rate: 20_000, Burst: 20, Concurrency: 3}, Options{Gate: gate, MaxQueue: 50, MaxPause: time.Millisecond})
	}
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	var wg sync.WaitGroup
	for seed := range uint64(80) {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(seed, 4))
			for ctx.Err() == nil {
				l := hosts[rng.IntN(len(hosts))]
				switch rng.IntN(40) {
				case 0:
					l.SetRules(Rules{Rate: float64(rng.IntN(3)) * 20_000, Burst: rng.IntN(30), Concurrency: rng.IntN(4)})
				case 1:
					gate.SetLimit(rng.IntN(6))
				case 2:
					l.Snapshot()
				}
				patience, cancel := context.WithTimeout(t.Context(), upTo(rng, 5*time.Millisecond))
				p, err := l.Acquire(patience, randomCaller(rng))
				if rng.IntN(10) == 0 {
					p2, ok := l.TryAcquire(Caller{})
					if ok {
						p2.Release()
					}
				}
				if err == nil {
					p.Observe([]int{200, 200, 200, 429, 503}[rng.IntN(5)], nil)
					p.Release()
				}
				cancel()
			}
		})
	}
	wg.Wait()
	var grants uint64
	for i, l := range hosts {
		s := l.Snapshot()
		grants += s.Grants
		if s.InFlight != 0 || s.Queue != 0 {
			t.Errorf("host %d: %+v", i, s)
		}
	}
	if gate.InFlight() != 0 || gate.line.len > len(hosts) {
		t.Errorf("at the gate: %d in flight, %d in line", gate.InFlight(), gate.line.len)
	}
	if grants < 100 {
		t.Errorf("only %d grants", grants)
	}
}
