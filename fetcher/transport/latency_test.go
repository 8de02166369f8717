package transport

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestLatencyBuckets(t *testing.T) {
	t.Parallel()
	last := -1
	for d := time.Microsecond; d < time.Minute; d += d/50 + 1 {
		i := latencyBucket(d)
		if i < last || i >= latencyBuckets {
			t.Fatalf("%v is in bucket %d after %d", d, i, last)
		}
		last = i
		if bound := latencyBound(i); bound < d.Truncate(time.Microsecond) || i > 0 && float64(bound) > 1.13*float64(d) {
			t.Fatalf("%v is in a bucket that ends at %v", d, bound)
		}
	}
	for _, d := range []time.Duration{-time.Second, 0} {
		if got := latencyBucket(d); got != 0 {
			t.Errorf("%v is in bucket %d", d, got)
		}
	}
	if got := latencyBucket(math.MaxInt64); got != latencyBuckets-1 {
		t.Errorf("the longest is in bucket %d", got)
	}
}

func TestLatencyQuantiles(t *testing.T) {
	t.Parallel()
	var l latency
	now := time.Unix(1_000_000, 0)
	qs, out := []float64{0.5, 0.95, 0.99}, make([]time.Duration, 3)
	if n := l.quantiles(now, qs, out); n != 0 || out[0] != 0 {
		t.Errorf("of nothing: %d, %v", n, out)
	}
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]time.Duration, 10_000)
	for i := range all {
		all[i] = time.Duration(float64(20*time.Millisecond) * math.Exp(random.NormFloat64()))
		l.add(all[i], now)
	}
	slices.Sort(all)
	l.quantiles(now, qs, out)
	for i, q := range qs {
		if true_ := all[int(q*float64(len(all)))-1]; out[i] < true_ || float64(out[i]) > 1.13*float64(true_) {
			t.Errorf("p%v: %v, truly %v", q*100, out[i], true_)
		}
	}
	now = now.Add(latencyWindow + time.Second)
	l.add(time.Second, now)
	if n := l.quantiles(now, qs, out); n != 10_001 {
		t.Errorf("the window before is forgotten: %d answers", n)
	}
	now = now.Add(latencyWindow)
	if n := l.quantiles(now, qs, out); n != 1 || out[0] < time.Second {
		t.Errorf("two windows on: %d answers, %v", n, out)
	}
	now = now.Add(time.Hour)
	if n := l.quantiles(now, qs, out); n != 0 {
		t.Errorf("an hour on: %d answers", n)
	}
}
