package limiter

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

// pressOn keeps callers at l without pause for d and tells what became of their calls.
func pressOn(t *testing.T, l *Limiter, u upstream, s speak, rtt, d time.Duration, callers int) (taken, refused int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	end := time.Now().Add(d)
	for range callers {
		wg.Go(func() {
			for {
				p, err := l.Acquire(t.Context(), Caller{})
				if err != nil {
					t.Error(err)
					return
				}
				if !time.Now().Before(end) {
					p.Release()
					return
				}
				time.Sleep(rtt / 2)
				mu.Lock()
				ok, remaining, wait := u.allow(time.Now())
				h, status := http.Header{}, http.StatusOK
				if ok {
					taken++
				} else {
					refused++
					status = http.StatusTooManyRequests
				}
				mu.Unlock()
				s(h, ok, remaining, wait)
				time.Sleep(rtt - rtt/2)
				p.Observe(status, h)
				p.Release()
			}
		})
	}
	wg.Wait()
	return taken, refused
}

var (
	shapes = map[string]func() upstream{
		"token bucket":   func() upstream { return &tokenBucket{rate: 100, burst: 100} },
		"fixed window":   func() upstream { return &fixedWindow{limit: 100} },
		"sliding window": func() upstream { return &slidingWindow{limit: 100} },
		"small bucket":   func() upstream { return &tokenBucket{rate: 100, burst: 10} },
	}
	speaks = map[string]speak{
		"silent": silent, "Retry-After in whole seconds": retryAfterWhole, "Retry-After with decimals": retryAfterExact,
		"RateLimit": rateLimitField, "X-RateLimit": xRateLimitEpoch,
	}
)

// Issue 3, line 2: an upstream that allows 100/s and a limiter configured for 300/s. At most 1 % refused in 15 s, and at least 70 % of
// what is allowed used, whatever way the upstream counts and whether or not it says so.
//
// Two things no client can know bound it: an upstream that says nothing until it refuses refuses all that is in flight then (so the way
// there and back is short here), and one that takes a smaller burst than it is configured for refuses the rest (so the burst is 1 there).
func TestAdaptsToALowerLimit(t *testing.T) {
	t.Parallel()
	type run struct {
		shape, speak string
		rules        Rules
		rtt          time.Duration
	}
	var runs []run
	for s := range speaks {
		for _, shape := range []string{"token bucket", "fixed window", "sliding window"} {
			runs = append(runs,
				run{shape, s, Rules{Rate: 300, Burst: 1, Concurrency: 32}, 10 * time.Millisecond},
				run{shape, s, Rules{Rate: 300, Burst: 50, Concurrency: 32}, 10 * time.Millisecond})
		}
	}
	for _, s := range []string{"silent", "Retry-After with decimals"} {
		runs = append(runs, run{"small bucket", s, Rules{Rate: 300, Burst: 1, Concurrency: 32}, 10 * time.Millisecond})
	}
	for _, s := range []string{"RateLimit", "X-RateLimit"} {
		for _, shape := range []string{"token bucket", "fixed window", "sliding window"} {
			runs = append(runs, run{shape, s, Rules{Rate: 300, Burst: 300, Concurrency: 32}, 100 * time.Millisecond})
		}
	}
	for _, r := range runs {
		t.Run(fmt.Sprintf("%s, %s, burst %d, %v", r.shape, r.speak, r.rules.Burst, r.rtt), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				time.Sleep(370 * time.Millisecond) // so that windows do not begin with the calls
				taken, refused := pressOn(t, New(r.rules, Options{}), shapes[r.shape](), speaks[r.speak], r.rtt, 15*time.Second, 64)
				t.Logf("taken %d, refused %d", taken, refused)
				if refused*100 > taken+refused {
					t.Errorf("refused %d of %d, more than 1 %%", refused, taken+refused)
				}
				if taken < 15*70 {
					t.Errorf("taken %d, less than 70 %% of 1500", taken)
				}
			})
		})
	}
}

// Without a configured rate only the calls in flight bound what the first refusal hits; what follows is as good.
func TestAdaptsWithoutAConfiguredRate(t *testing.T) {
	t.Parallel()
	for shape, u := range shapes {
		t.Run(shape, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := New(Rules{Concurrency: 8}, Options{})
				taken, refused := pressOn(t, l, u(), silent, 10*time.Millisecond, 15*time.Second, 64)
				t.Logf("taken %d, refused %d", taken, refused)
				if refused*100 > 3*(taken+refused) || taken < 15*70 {
					t.Errorf("taken %d, refused %d", taken, refused)
				}
				if s := l.Snapshot(); s.Rate == 0 || s.ConfiguredRate != 0 {
					t.Errorf("still unlimited: %+v", s)
				}
				time.Sleep(5 * time.Minute)
				if s := l.Snapshot(); s.Rate != 0 {
					t.Errorf("not unlimited again: %+v", s)
				}
			})
		})
	}
}

func TestRateIsCutOnceAnEvent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Rate: 100, Burst: 10}, Options{})
		var inFlight []*Permit
		for range 5 {
			inFlight = append(inFlight, mustAcquire(t, l, Caller{}))
			time.Sleep(time.Millisecond)
		}
		for _, p := range inFlight { // all sent before the first refusal came
			p.Observe(http.StatusTooManyRequests, nil)
			time.Sleep(time.Millisecond)
		}
		if s := l.Snapshot(); s.Rate != 70 || s.Burst != 3 || s.Refusals != 5 {
			t.Fatalf("after five refusals of one event: %+v", s)
		}
		probe := mustAcquire(t, l, Caller{})
		probe.Observe(http.StatusTooManyRequests, nil)
		if s := l.Snapshot(); s.Rate != 70 {
			t.Errorf("a refusal before any call was taken at 70/s says nothing of 70/s, but: %+v", s)
		}
		probe = mustAcquire(t, l, Caller{})
		probe.Observe(http.StatusOK, nil)
		again := mustAcquire(t, l, Caller{})
		again.Observe(http.StatusTooManyRequests, nil)
		if s := l.Snapshot(); s.Rate < 49 || s.Rate > 50 {
			t.Errorf("a second event: %+v, want 49/s and what was regained", s)
		}
		var last float64
		for i := range 60 {
			s := l.Snapshot()
			if s.Rate < last || s.Rate > 100 {
				t.Fatalf("after %d s: %v/s, before that %v/s", i, s.Rate, last)
			}
			last = s.Rate
			time.Sleep(time.Second)
		}
		if s := l.Snapshot(); s.Rate != 100 || s.Burst != 10 {
			t.Errorf("after a minute: %+v", s)
		}
	})
}

// Looking at a limiter must not change what it does: a rate that has healed by then is healed in the bucket, too.
func TestSnapshotOfAHealedRate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Rate: 100, Burst: 10}, Options{})
		l.Observe(429, nil)
		time.Sleep(time.Minute)
		if s := l.Snapshot(); s.Rate != 100 {
			t.Fatalf("%+v", s)
		}
		time.Sleep(time.Second)
		begin := time.Now()
		for range 110 {
			mustAcquire(t, l, Caller{})
		}
		if d := time.Since(begin).Round(time.Millisecond); d != time.Second {
			t.Errorf("110 calls took %v", d)
		}
	})
}

func TestRateRegainsInALineThenByItself(t *testing.T) {
	t.Parallel()
	begin := time.Unix(1000, 0)
	a := adaptive{configured: 1000}
	a.cut(begin, begin.Add(time.Second), 100, true) // too few to tell anything
	if a.at(begin) != 700 {
		t.Fatalf("cut to %v", a.at(begin))
	}
	a.cut(begin, begin, 300, true) // what was taken in a whole second tells more than the rate
	tests := []struct {
		after time.Duration
		want  float64
	}{
		{0, 210}, {2 * time.Second, 240}, {6 * time.Second, 300}, {16 * time.Second, 300 * 1.6487}, {time.Minute, 1000}, {time.Hour, 1000},
	}
	for _, tt := range tests {
		if got := a.at(begin.Add(tt.after)); got < tt.want-0.1 || got > tt.want+0.1 {
			t.Errorf("after %v: %v, want %v", tt.after, got, tt.want)
		}
	}
	for range 100 {
		a.cut(begin, begin, 0, false)
	}
	if got := a.at(begin); got != lowestRate {
		t.Errorf("after 100 cuts: %v", got)
	}
	if a.settle(begin.Add(time.Hour)); a.reduced {
		t.Error("not settled after an hour")
	}
}

func TestTally(t *testing.T) {
	t.Parallel()
	var tl tally
	at := func(ms int) time.Time { return time.UnixMilli(1_000_000 + int64(ms)) }
	for _, ms := range []int{0, 10, 450, 999, 1050} {
		tl.add(at(ms))
	}
	tests := []struct{ now, since, want int }{
		{1050, 0, 3}, // the tenth of a second that began a second ago has left
		{1050, 900, 2},
		{1050, 1000, 1},
		{1499, 0, 2},
		{1500, 0, 2},
		{9000, 0, 0},
	}
	for _, tt := range tests {
		if got := tl.count(at(tt.now), at(tt.since)); got != tt.want {
			t.Errorf("count at %d ms since %d: %d, want %d", tt.now, tt.since, got, tt.want)
		}
	}
}
