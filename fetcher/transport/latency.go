package transport

import (
	"math/bits"
	"sync"
	"time"
)

// The histogram's buckets grow by an eighth of a power of two: a quantile is at most 12.5 % above the true one. The first holds all that took
// less than 64 µs, the last all that took more than about 67 s.
const (
	latencySub     = 3 // bits of a bucket's place within its power of two
	latencyLow     = 6 // log2 of the first bucket's end in µs
	latencyHigh    = 26
	latencyBuckets = 1 + (latencyHigh-latencyLow)<<latencySub
	latencyWindow  = 30 * time.Second
)

// latency is what a host's answers took over the last one to two windows.
type latency struct {
	mu     sync.Mutex
	begun  time.Time // of the present window
	counts [2][latencyBuckets]uint32
	totals [2]uint32
	now    int // index of the present window; the other is the one before
}

func (l *latency) add(d time.Duration, now time.Time) {
	i := latencyBucket(d)
	l.mu.Lock()
	l.rotate(now)
	l.counts[l.now][i]++
	l.totals[l.now]++
	l.mu.Unlock()
}

// quantiles writes the upper bounds of the q-quantiles to out; qs ascend. It returns the number of answers they are drawn from.
func (l *latency) quantiles(now time.Time, qs []float64, out []time.Duration) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rotate(now)
	total := int(l.totals[0] + l.totals[1])
	if total == 0 {
		return 0
	}
	seen, next := 0, 0
	for i := range latencyBuckets {
		seen += int(l.counts[0][i] + l.counts[1][i])
		for next < len(qs) && float64(seen) >= qs[next]*float64(total) {
			out[next] = latencyBound(i)
			next++
		}
	}
	return total
}

func (l *latency) rotate(now time.Time) {
	switch age := now.Sub(l.begun); {
	case age < latencyWindow:
		return
	case age < 2*latencyWindow:
		l.now ^= 1
		l.begun = l.begun.Add(latencyWindow)
	default:
		l.counts[l.now^1], l.totals[l.now^1] = [latencyBuckets]uint32{}, 0
		l.begun = now
	}
	l.counts[l.now], l.totals[l.now] = [latencyBuckets]uint32{}, 0
}

func latencyBucket(d time.Duration) int {
	us := uint64(max(0, d.Microseconds()))
	exp := bits.Len64(us) - 1 // 2^exp <= us
	if exp < latencyLow {
		return 0
	}
	if exp >= latencyHigh {
		return latencyBuckets - 1
	}
	sub := int(us>>(exp-latencySub)) & (1<<latencySub - 1)
	return 1 + (exp-latencyLow)<<latencySub + sub
}

// latencyBound is the end of a bucket.
func latencyBound(i int) time.Duration {
	if i == 0 {
		return 1 << latencyLow * time.Microsecond
	}
	exp, sub := (i-1)>>latencySub+latencyLow, (i-1)&(1<<latencySub-1)
	return time.Duration(1<<exp+(sub+1)<<(exp-latencySub)) * time.Microsecond
}
