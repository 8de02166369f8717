package bench_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"gather/fetcher/fetchertest"
	"gather/fetcher/transport"
)

// Two answers of a hundred take a second, the others 10 ms; batches are ten wide. Hedging brings the slowest batch of a hundred from a second
// to at most 100 ms, for at most a twentieth more calls.
func TestHedgingCutsTheTail(t *testing.T) {
	t.Parallel()
	const wide, warmUp = 10, 10 // the first batches are what a p95 is drawn from
	slow, fast := fetchertest.Slow(time.Second, fetchertest.JSON(`{}`)), fetchertest.Slow(10*time.Millisecond, fetchertest.JSON(`{}`))
	for hedge, batches := range map[bool]int{false: 100, true: 1000} {
		up := fetchertest.Start(t, fetchertest.Every(50, slow, fast))
		s := newStack(t, transport.Rules{Hedge: hedge, Concurrency: 64}, 64<<20)
		fetch := func() {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, up.URL, nil)
			if err != nil {
				t.Error(err)
				return
			}
			resp, err := s.RoundTrip(req)
			if err != nil {
				t.Error(err)
				return
			}
			_ = resp.Body.Close()
		}
		took := make([]time.Duration, warmUp+batches)
		var workers sync.WaitGroup
		next := make(chan int)
		for range 4 {
			workers.Go(func() {
				for i := range next {
					begun := time.Now()
					var batch sync.WaitGroup
					for range wide {
						batch.Go(fetch)
					}
					batch.Wait()
					took[i] = time.Since(begun)
				}
			})
		}
		for i := range took {
			next <- i
		}
		close(next)
		workers.Wait()

		took = took[warmUp:]
		slices.Sort(took)
		p50, p99 := took[batches/2], took[batches*99/100]
		after := s.hosts.Snapshot()[0]
		extra := float64(after.Hedges) / float64(after.Calls)
		t.Logf("hedging %v: batches p50 %v, p99 %v, longest %v; %.1f %% more calls, %d of %d hedges won; host p95 %v",
			hedge, p50, p99, took[batches-1], 100*extra, after.HedgeWins, after.Hedges, after.P95)
		if hedge && (p99 > 100*time.Millisecond || extra > 0.05) {
			t.Errorf("with hedging the p99 is %v for %.1f %% more calls", p99, 100*extra)
		}
		if !hedge && p99 < 900*time.Millisecond {
			t.Errorf("without hedging the p99 is %v: the upstream shows nothing", p99)
		}
	}
}
