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
// to at most 100 ms, for at most a twentieth more calls. Not parallel, and tried three times: a machine with other work measures that.
func TestHedgingCutsTheTail(t *testing.T) {
	if p99, _ := hedgingTail(t, false, 60); p99 < 900*time.Millisecond {
		t.Fatalf("without hedging the p99 is %v: the upstream shows nothing", p99)
	}
	var p99 time.Duration
	for range 3 {
		var extra float64
		if p99, extra = hedgingTail(t, true, 500); extra > 0.05 {
			t.Fatalf("%.1f %% more calls", 100*extra)
		}
		if p99 <= 100*time.Millisecond {
			return
		}
	}
	t.Errorf("with hedging the p99 is %v", p99)
}

// hedgingTail runs the batches, two at a time, and returns their p99 and how many more calls hedging cost, as a share.
func hedgingTail(t *testing.T, hedge bool, batches int) (p99 time.Duration, extra float64) {
	t.Helper()
	const wide, warmUp = 10, 10 // the first batches are what the host's p95 is drawn from
	slow, fast := fetchertest.Slow(time.Second, fetchertest.JSON(`{}`)), fetchertest.Slow(10*time.Millisecond, fetchertest.JSON(`{}`))
	up := fetchertest.Start(t, fetchertest.Every(50, slow, fast))
	s := newStack(t, transport.Rules{Hedge: hedge, Concurrency: 64}, 64<<20)
	took := make([]time.Duration, warmUp+batches)
	next := make(chan int)
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for i := range next {
				begun := time.Now()
				var batch sync.WaitGroup
				for range wide {
					batch.Go(func() { fetchOne(t, s, up.URL) })
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
	p99 = took[batches*99/100]
	host := s.hosts.Snapshot()[0]
	extra = float64(host.Hedges) / float64(host.Calls)
	t.Logf("hedging %v: batches p50 %v, p99 %v, longest %v; %.1f %% more calls, %d of %d hedges won; host p95 %v",
		hedge, took[batches/2], p99, took[batches-1], 100*extra, host.HedgeWins, host.Hedges, host.P95)
	return p99, extra
}

func fetchOne(t *testing.T, rt http.RoundTripper, url string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Error(err)
		return
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		t.Error(err)
		return
	}
	_ = resp.Body.Close()
}
