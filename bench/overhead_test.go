//go:build unix

package bench_test

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// The whole service against a bare program that does the same with nothing but the standard library: POST a batch, fetch it all at once, one
// JSON back. The service runs as it is shipped: guard, limiter, breaker, cache, metrics, access policy and log are on, and every call goes
// out, since the upstream forbids storing and no URL is asked for twice. Both are processes of their own, so that neither the upstream nor the
// load counts, and take turns within one run, so that what else the machine does meets both alike.
//
//	cpu-ratio   the service's CPU time per upstream call, in that of the bare program
//	µs/call     the service's CPU time per upstream call, bare-µs/call the bare program's
func BenchmarkOverhead(b *testing.B) {
	if child(b) {
		return
	}
	up := startUpstream(b)
	gather := startProgram(b, "gather", up.URL)
	bare := startProgram(b, "bare", up.URL)
	for _, bb := range []struct {
		name           string
		items, batches int
		budget         float64
	}{
		{"small", 10, 60, 1.0}, // 300 bytes each
		{"large", 10, 30, 1.2}, // 26 KB each
		{"slow", 50, 12, 1.0},  // 300 bytes each, after 20 ms
	} {
		b.Run(bb.name, func(b *testing.B) {
			var batch int
			text := func() []byte { batch++; return batchOf(up.URL, bb.name, bb.items, batch) }
			round := func(p *program) time.Duration { return p.spend(b, bb.batches, text) }
			sameAnswers(b, gather, bare, text())
			round(gather)
			round(bare)
			up.calls.Store(0)
			var ours, theirs time.Duration
			b.ResetTimer()
			for i := range b.N {
				if i%2 == 0 {
					ours += round(gather)
					theirs += round(bare)
				} else {
					theirs += round(bare)
					ours += round(gather)
				}
			}
			b.StopTimer()
			calls := b.N * bb.batches * bb.items
			if n := up.calls.Load(); n != int64(2*calls) {
				b.Fatalf("%d calls went out, not %d", n, 2*calls)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(ours)/float64(theirs), "cpu-ratio")
			b.ReportMetric(bb.budget, "budget")
			b.ReportMetric(micros(ours, calls), "µs/call")
			b.ReportMetric(micros(theirs, calls), "bare-µs/call")
		})
	}
}

func micros(d time.Duration, n int) float64 { return float64(d.Nanoseconds()) / 1000 / float64(n) }

// batchOf is a batch of calls that were not made before.
func batchOf(upstream, kind string, items, batch int) []byte {
	text := []byte(`{"requests":[`)
	for i := range items {
		if i > 0 {
			text = append(text, ',')
		}
		text = fmt.Appendf(text, `{"id":"item%d","url":"%s/%s?batch=%d&item=%d"}`, i, upstream, kind, batch, i)
	}
	return append(text, `]}`...)
}

// child runs the program that the environment asks for, in the process that startProgram made.
func child(b *testing.B) bool {
	role := os.Getenv(childRole)
	if role == "" {
		return false
	}
	serve := map[string]func(b *testing.B, upstream string, started func(url string)){
		"gather": serveGather, "bare": serveBare, "plain": servePlain,
	}[role]
	serve(b, os.Getenv(childUpstream), tellParent)
	return true
}
