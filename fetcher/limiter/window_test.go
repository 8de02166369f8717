package limiter

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// grantLog collects the moments of grants; in virtual time they are exact.
type grantLog struct {
	mu    sync.Mutex
	times []time.Time
}

func (g *grantLog) add() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.times = append(g.times, time.Now())
}

// worst is by how much a window between two grants holds more than rate × window + burst of them: 0 or less is within the bound.
// With k grants before the window's first and n up to its last, that is n - rate×t(n) - (k - rate×t(k)): one pass finds the largest.
func (g *grantLog) worst(r Rules) float64 {
	lowest, worst := 0.0, -1e9
	for i, t := range g.times {
		at := float64(i) - r.Rate*t.Sub(g.times[0]).Seconds()
		if i == 0 || at < lowest {
			lowest = at
		}
		worst = max(worst, at+1-lowest-float64(r.Burst))
	}
	return worst
}

func TestGrantLogFindsTheWorstWindow(t *testing.T) {
	t.Parallel()
	var g grantLog
	for _, s := range []float64{0, 1, 2, 2, 2, 3} {
		g.times = append(g.times, time.Unix(0, int64(s*1e9)))
	}
	if got := g.worst(Rules{Rate: 1, Burst: 1}); got != 2 { // at 2 s three at once; a burst of 1 allows one
		t.Errorf("worst %v, want 2", got)
	}
	if got := g.worst(Rules{Rate: 1, Burst: 3}); got != 0 {
		t.Errorf("worst %v, want 0", got)
	}
}

// In no window are more than rate × window + burst calls granted, whatever callers do: wait, give up, try, hold their permits for long,
// stand at a gate that is full, and be refused by the upstream.
func TestNoWindowExceedsTheRate(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(seed, 3))
				rules := Rules{Rate: []float64{0.7, 3, 50, 333, 1000}[rng.IntN(5)], Burst: 1 + rng.IntN(30), Concurrency: rng.IntN(3) * 7}
				gate := NewGate(rng.IntN(3) * 5)
				l := New(rules, Options{Gate: gate, MaxQueue: 200, MaxPause: time.Second})
				other := New(Rules{}, Options{Gate: gate})
				var log grantLog
				var wg sync.WaitGroup
				span := time.Duration(300 / rules.Rate * float64(time.Second))
				for range 400 {
					begin, patience, hold := upTo(rng, span), upTo(rng, span), upTo(rng, span/50)
					c, mode := randomCaller(rng), rng.IntN(8)
					refused := rng.IntN(60) == 0
					wg.Go(func() {
						time.Sleep(begin)
						ctx, cancel := context.WithTimeout(t.Context(), patience)
						defer cancel()
						var p *Permit
						switch mode {
						case 0:
							p, _ = other.Acquire(ctx, c)
						case 1:
							if p, _ = l.TryAcquire(c); p != nil {
								log.add()
							}
						case 2: // gives up
							time.AfterFunc(patience/4, cancel)
							fallthrough
						default:
							if p, _ = l.Acquire(ctx, c); p != nil {
								log.add()
							}
						}
						if p == nil {
							return
						}
						time.Sleep(hold)
						if refused {
							p.Observe(429, nil)
						} else {
							p.Observe(200, nil)
						}
						p.Release()
					})
				}
				wg.Wait()
				if len(log.times) < 20 {
					t.Errorf("only %d grants", len(log.times))
				}
				if worst := log.worst(rules); worst > 1e-3 {
					t.Errorf("%+v: a window holds %v grants too many of %d", rules, worst, len(log.times))
				}
				if s := l.Snapshot(); s.InFlight != 0 || s.Queue != 0 || s.Grants != uint64(len(log.times)) || gate.InFlight() != 0 {
					t.Errorf("left behind: %+v, %d at the gate, %d logged", s, gate.InFlight(), len(log.times))
				}
			})
		})
	}
}

func upTo(rng *rand.Rand, d time.Duration) time.Duration { return time.Duration(rng.Int64N(int64(d))) }
