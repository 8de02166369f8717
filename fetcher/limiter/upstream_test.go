package limiter

import (
	"fmt"
	"math"
	"net/http"
	"time"
)

// upstream is a limited server: it answers by its own account of what it allows.
type upstream interface {
	// allow takes a call that comes at t; if it refuses, wait is how long until it would take one again.
	allow(t time.Time) (ok bool, remaining int, wait time.Duration)
}

type tokenBucket struct {
	rate, burst, tokens float64
	last                time.Time
}

func (b *tokenBucket) allow(t time.Time) (bool, int, time.Duration) {
	if b.last.IsZero() {
		b.tokens = b.burst
	} else {
		b.tokens = min(b.burst, b.tokens+t.Sub(b.last).Seconds()*b.rate)
	}
	b.last = t
	ok := b.tokens >= 1
	if ok {
		b.tokens--
	}
	full := b.burst // when told the quota is used up, a caller is told when it is whole again; when refused, when there is one
	if !ok {
		full = 1
	}
	return ok, int(b.tokens), time.Duration((full - b.tokens) / b.rate * float64(time.Second))
}

type fixedWindow struct {
	limit, used int
	window      time.Time
}

func (w *fixedWindow) allow(t time.Time) (bool, int, time.Duration) {
	if start := t.Truncate(time.Second); !start.Equal(w.window) {
		w.window, w.used = start, 0
	}
	wait := w.window.Add(time.Second).Sub(t)
	if w.used >= w.limit {
		return false, 0, wait
	}
	w.used++
	return true, w.limit - w.used, wait
}

type slidingWindow struct {
	limit int
	calls []time.Time
}

func (w *slidingWindow) allow(t time.Time) (bool, int, time.Duration) {
	for len(w.calls) > 0 && t.Sub(w.calls[0]) >= time.Second {
		w.calls = w.calls[1:]
	}
	var wait time.Duration
	if len(w.calls) > 0 {
		wait = w.calls[0].Add(time.Second).Sub(t)
	}
	if len(w.calls) >= w.limit {
		return false, 0, wait
	}
	w.calls = append(w.calls, t)
	return true, w.limit - len(w.calls), wait
}

// speak is how an upstream tells of its limit.
type speak func(h http.Header, ok bool, remaining int, wait time.Duration)

func silent(http.Header, bool, int, time.Duration) {}

func retryAfterWhole(h http.Header, ok bool, _ int, wait time.Duration) {
	if !ok {
		h.Set("Retry-After", fmt.Sprint(int(math.Ceil(wait.Seconds()))))
	}
}

func retryAfterExact(h http.Header, ok bool, _ int, wait time.Duration) {
	if !ok {
		h.Set("Retry-After", fmt.Sprintf("%.3f", wait.Seconds()+0.001))
	}
}

func rateLimitField(h http.Header, _ bool, remaining int, wait time.Duration) {
	h.Set("RateLimit", fmt.Sprintf(`"default";r=%d;t=%d`, remaining, int(math.Ceil(wait.Seconds()))))
}

func xRateLimitEpoch(h http.Header, _ bool, remaining int, wait time.Duration) {
	h.Set("X-RateLimit-Remaining", fmt.Sprint(remaining))
	h.Set("X-RateLimit-Reset", fmt.Sprint(time.Now().Add(wait+time.Second-1).Unix()))
}
