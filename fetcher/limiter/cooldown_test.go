package limiter

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestCoolDownPausesTheHostForEverybody(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		lines  []string
		pause  time.Duration
		cut    bool
	}{
		{"429", 429, []string{"Retry-After: 3"}, 3 * time.Second, true},
		{"503", 503, []string{"Retry-After: 3"}, 3 * time.Second, true},
		{"503 that does not say", 503, nil, 0, false},
		{"429 that does not say", 429, nil, firstPause, true},
		{"429 with zero", 429, []string{"Retry-After: 0"}, firstPause, true},
		{"429 with a time in the past", 429, []string{"Retry-After: Mon, 04 May 1998 12:00:00 GMT"}, firstPause, true},
		{"longer than the cap", 429, []string{"Retry-After: 86400"}, 20 * time.Second, true},
		{"quota used up", 200, []string{`RateLimit: "a";r=0;t=4`}, 4 * time.Second, true},
		{"Retry-After of a redirect", 301, []string{"Retry-After: 3"}, 0, false},
		{"failure", 500, []string{"Retry-After: 3"}, 0, false},
		{"404", 404, nil, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := New(Rules{Rate: 10, Burst: 5}, Options{MaxPause: 20 * time.Second})
				p := mustAcquire(t, l, Caller{Client: "a"})
				time.Sleep(time.Millisecond)
				begin := time.Now()
				p.Observe(tt.status, fields(t, tt.lines...))
				p.Release()
				s := l.Snapshot()
				if until := s.PausedUntil; tt.pause == 0 && !until.IsZero() || tt.pause > 0 && !until.Equal(begin.Add(tt.pause)) {
					t.Errorf("paused until %v, want %v from %v", until, tt.pause, begin)
				}
				if s.Rate < 10 != tt.cut {
					t.Errorf("rate %v", s.Rate)
				}
				if _, ok := l.TryAcquire(Caller{Client: "b"}); ok != (tt.pause == 0) {
					t.Errorf("TryAcquire: %v", ok)
				}
				q := mustAcquire(t, l, Caller{Client: "c"})
				if d := q.Queued(); d < tt.pause || d > tt.pause+200*time.Millisecond {
					t.Errorf("another client waited %v, want about %v", d, tt.pause)
				}
			})
		})
	}
}

// The rate is regained from when the host is called again, also where a later refusal of the same event lengthens the pause.
func TestRateIsNotRegainedInAPause(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Rate: 100, Burst: 10}, Options{})
		first, second := mustAcquire(t, l, Caller{}), mustAcquire(t, l, Caller{})
		time.Sleep(time.Millisecond)
		first.Observe(429, nil)
		second.Observe(429, fields(t, "Retry-After: 30"))
		time.Sleep(30 * time.Second)
		if s := l.Snapshot(); s.Rate != 70 || !s.PausedUntil.IsZero() {
			t.Errorf("%+v", s)
		}
	})
}

func TestCoolDownIsNeverShortened(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{}, Options{})
		begin := time.Now()
		l.Observe(429, fields(t, "Retry-After: 10"))
		l.Observe(429, fields(t, "Retry-After: 2"))
		l.Observe(429, nil)
		l.Observe(200, nil)
		if got := l.Snapshot().PausedUntil.Sub(begin); got != 10*time.Second {
			t.Errorf("paused for %v", got)
		}
		l.Observe(429, fields(t, "Retry-After: 12"))
		if got := l.Snapshot().PausedUntil.Sub(begin); got != 12*time.Second {
			t.Errorf("lengthened to %v, want 12s", got)
		}
	})
}

// 429s that never say when to come back: each pause is twice the one before, and is tried out by one call.
func TestCoolDownGrowsAndProbes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Rate: 1000, Burst: 50}, Options{MaxPause: 3 * time.Second})
		sent := make(chan *Permit, 100)
		for range 50 {
			go func() { sent <- mustAcquire(t, l, Caller{}) }()
		}
		synctest.Wait()
		if len(sent) != 50 {
			t.Fatal(len(sent))
		}
		for range 50 {
			p := <-sent
			go func() {
				time.Sleep(time.Millisecond)
				p.Observe(429, nil)
				p.Release()
			}()
		}
		time.Sleep(2 * time.Millisecond)
		for range 50 {
			go func() { sent <- mustAcquire(t, l, Caller{}) }()
		}
		last := time.Now().Add(-time.Millisecond)
		for _, want := range []time.Duration{250, 500, 1000, 2000, 3000, 3000} {
			p := <-sent
			synctest.Wait()
			if len(sent) > 0 {
				t.Fatalf("%d calls beside the probe", len(sent))
			}
			if d := time.Since(last).Round(time.Millisecond); d != want*time.Millisecond {
				t.Errorf("a pause of %v, want %v", d, want*time.Millisecond)
			}
			time.Sleep(5 * time.Millisecond)
			last = time.Now()
			p.Observe(429, nil)
			p.Release()
		}
		p := <-sent
		p.Observe(200, nil)
		p.Release()
		begin := time.Now()
		for range 50 - 7 {
			(<-sent).Release()
		}
		if d := time.Since(begin); d > 5*time.Second {
			t.Errorf("after the probe was taken the rest took %v", d)
		}
		// The next pause is short again.
		q := mustAcquire(t, l, Caller{})
		time.Sleep(time.Millisecond)
		q.Observe(429, nil)
		if d := time.Until(l.Snapshot().PausedUntil); d != firstPause {
			t.Errorf("the first pause after a call was taken: %v", d)
		}
	})
}

func TestProbeThatNeverAnswers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Rate: 100, Burst: 10}, Options{})
		l.Observe(429, nil)
		time.Sleep(firstPause)
		if _, ok := l.TryAcquire(Caller{}); ok {
			t.Error("a hedge tries the host out")
		}
		probe := mustAcquire(t, l, Caller{})
		if d := probe.Queued(); d != 0 {
			t.Fatalf("the probe waited %v", d)
		}
		begin := time.Now()
		mustAcquire(t, l, Caller{})
		if d := time.Since(begin); d > probeFor || d < probeFor/2 {
			t.Errorf("the call after a probe without answer waited %v, want what is left of %v", d, probeFor)
		}
		mustAcquire(t, l, Caller{})
		if d := time.Since(begin); d > probeFor+20*time.Millisecond {
			t.Errorf("and the one after that %v", d)
		}
	})
}

// A probe whose caller gives up makes room for the next at once.
func TestProbeThatIsGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Rate: 1000, Burst: 10}, Options{})
		l.Observe(429, nil)
		probe := mustAcquire(t, l, Caller{})
		got := make(chan *Permit)
		go func() { got <- mustAcquire(t, l, Caller{}) }()
		synctest.Wait()
		probe.Release()
		if d := (<-got).Queued(); d != 0 {
			t.Errorf("waited %v", d)
		}
	})
}

func TestScarceQuotaBoundsCallsInFlight(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{}, Options{})
		first := mustAcquire(t, l, Caller{})
		time.Sleep(time.Millisecond)
		first.Observe(http.StatusOK, fields(t, `RateLimit: "a";r=3;t=10`))
		first.Release()
		late := mustAcquire(t, l, Caller{})
		mustAcquire(t, l, Caller{})
		mustAcquire(t, l, Caller{})
		if _, ok := l.TryAcquire(Caller{}); ok {
			t.Error("a fourth call with a quota of three left")
		}
		first.Observe(http.StatusOK, fields(t, `RateLimit: "a";r=9;t=10`)) // overtaken: was sent before
		if _, ok := l.TryAcquire(Caller{}); ok {
			t.Error("an answer that was overtaken raised the quota")
		}
		if _, err := l.Acquire(within(t, time.Second), Caller{}); !errors.Is(err, ErrDeadline) {
			t.Errorf("waiting for the quota: %v", err)
		}
		late.Observe(http.StatusOK, fields(t, `RateLimit: "a";r=4;t=10`))
		if _, ok := l.TryAcquire(Caller{}); !ok {
			t.Error("no fourth call with a quota of four left")
		}
		begin := time.Now()
		mustAcquire(t, l, Caller{})
		if d := time.Since(begin); d != 10*time.Second {
			t.Errorf("waited %v for a new window of 10s", d)
		}
	})
}
