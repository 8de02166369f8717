package transport

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestBackoffDelay(t *testing.T) {
	t.Parallel()
	b := Backoff{Base: 100 * time.Millisecond, Cap: 5 * time.Second}
	almost := math.Nextafter(1, 0)
	for _, tt := range []struct {
		n      int
		random float64
		want   time.Duration
	}{
		{1, 0, 0}, {1, 0.5, 50 * time.Millisecond}, {2, 0.5, 100 * time.Millisecond}, {5, 0.5, 800 * time.Millisecond},
		{6, 0.5, 1600 * time.Millisecond}, {7, 0.5, 2500 * time.Millisecond}, {1000, 0.5, 2500 * time.Millisecond},
		{math.MaxInt, 0.5, 2500 * time.Millisecond}, {1000, 0, 0},
	} {
		if got := b.Delay(tt.n, tt.random); got != tt.want {
			t.Errorf("Delay(%d, %v) = %v, want %v", tt.n, tt.random, got, tt.want)
		}
	}
	if got := (Backoff{Base: 1 << 62, Cap: math.MaxInt64}).Delay(9, almost); got < 0 {
		t.Errorf("overflow: %v", got)
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	q := newQuota(0.2, 3, 10*time.Second)
	now := time.Unix(1_000_000, 0)
	taken := func(n int) (got int) {
		for range n {
			if q.take(now) {
				got++
			}
		}
		return got
	}
	if got := taken(10); got != 3 {
		t.Errorf("without calls: %d extras, want the floor of 3", got)
	}
	for range 100 {
		q.count(now)
	}
	if got := taken(100); got != 17 {
		t.Errorf("after 100 calls: %d more extras, want 17 to make 20", got)
	}
	now = now.Add(5 * time.Second)
	for range 100 {
		q.count(now)
	}
	if got := taken(100); got != 20 {
		t.Errorf("half a window and 100 calls on: %d, want 20", got)
	}
	now = now.Add(5 * time.Second) // the first hundred have left the window, with their extras
	if got := taken(100); got != 0 {
		t.Errorf("the extras of the second half are forgotten: %d more", got)
	}
	now = now.Add(-time.Hour)
	q.count(now)
	if got := taken(100); got != 0 {
		t.Errorf("a clock set back gives %d extras", got)
	}
	now = now.Add(2 * time.Hour)
	if got := taken(10); got != 3 {
		t.Errorf("after a long rest: %d, want 3", got)
	}
}

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

func TestBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(100)
		if err := b.Reserve(t.Context(), 101); !errors.Is(err, ErrOverloaded) {
			t.Errorf("more than there is: %v", err)
		}
		if err := b.Reserve(t.Context(), 70); err != nil {
			t.Fatal(err)
		}
		var order []int64
		var mu sync.Mutex
		var all sync.WaitGroup
		for _, n := range []int64{80, 20, 60} {
			all.Go(func() {
				if err := b.Reserve(t.Context(), n); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, n)
				mu.Unlock()
			})
			synctest.Wait()
		}
		if len(order) != 0 {
			t.Errorf("%v overtook the first in line", order)
		}
		if !b.TryReserve(30) || b.TryReserve(1) {
			t.Error("what is free is to be had for who holds some, and no more")
		}
		b.Release(30)
		b.Release(70)
		synctest.Wait()
		if !slices.Equal(order, []int64{80, 20}) && !slices.Equal(order, []int64{20, 80}) || b.Used() != 100 {
			t.Errorf("served %v, %d used", order, b.Used())
		}
		b.Release(80)
		all.Wait()
		b.Release(20)
		b.Release(60)
		if b.Used() != 0 {
			t.Errorf("%d used at the end", b.Used())
		}
	})
}

// One who gives up the first place in line lets the next one through.
func TestBudgetGivingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(100)
		if err := b.Reserve(t.Context(), 50); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		first, second := make(chan error, 1), make(chan error, 1)
		go func() { first <- b.Reserve(ctx, 60) }()
		synctest.Wait()
		go func() { second <- b.Reserve(t.Context(), 50) }()
		synctest.Wait()
		cancel()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		if err := <-second; err != nil || b.Used() != 100 {
			t.Errorf("the next in line: %v, %d used", err, b.Used())
		}
		timed, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		if err := b.Reserve(timed, 1); !errors.Is(err, ErrOverloaded) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("at the deadline: %v", err)
		}
	})
}
