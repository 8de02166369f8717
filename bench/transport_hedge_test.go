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
func BenchmarkHedgingCutsTheTail(b *testing.B) {
	p99, _ := hedgingTail(b, false, 60)
	b.ReportMetric(float64(p99.Milliseconds()), "p99-ms-without")
	if p99 < 900*time.Millisecond {
		b.Fatalf("without hedging the p99 is %v: the upstream shows nothing", p99)
	}
	for range 3 {
		var extra float64
		if p99, extra = hedgingTail(b, true, 500); extra > 0.05 {
			b.Fatalf("%.1f %% more calls", 100*extra)
		}
		b.ReportMetric(float64(p99.Milliseconds()), "p99-ms")
		if p99 <= 100*time.Millisecond {
			return
		}
	}
	b.Errorf("with hedging the p99 is %v", p99)
}

// hedgingTail runs the batches, two at a time, and returns their p99 and how many more calls hedging cost, as a share.
func hedgingTail(b *testing.B, hedge bool, batches int) (p99 time.Duration, extra float64) {
	b.Helper()
	const wide, warmUp = 10, 10 // the first batches are what the host's p95 is drawn from
	slow, fast := fetchertest.Slow(time.Second, fetchertest.JSON(`{}`)), fetchertest.Slow(10*time.Millisecond, fetchertest.JSON(`{}`))
	up := fetchertest.Start(b, fetchertest.Every(50, slow, fast))
	s := newStack(b, transport.Rules{Hedge: hedge, Concurrency: 64}, 64<<20)
	took := make([]time.Duration, warmUp+batches)
	next := make(chan int)
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for i := range next {
				begun := time.Now()
				var batch sync.WaitGroup
				for range wide {
					batch.Go(func() { fetchOne(b, s, up.URL) })
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
	b.Logf("hedging %v: batches p50 %v, p99 %v, longest %v; %.1f %% more calls, %d of %d hedges won; host p95 %v",
		hedge, took[batches/2], p99, took[batches-1], 100*extra, host.HedgeWins, host.Hedges, host.P95)
	return p99, extra
}

func fetchOne(b *testing.B, rt http.RoundTripper, url string) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	if err != nil {
		b.Error(err)
		return
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		b.Error(err)
		return
	}
	_ = resp.Body.Close()
}
