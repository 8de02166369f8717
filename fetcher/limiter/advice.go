package limiter

import (
	"net/http"
	"time"
)

// advice is what an answer says about the calls that are to follow.
type advice struct {
	pause  time.Duration // how long to leave the host alone; 0: it does not say
	left   float64       // calls the scarcest quota has left, for the time of window; 0: it does not say
	window time.Duration
}

// quota takes in one of the quotas that a call counts against. Of several that are used up the slowest to come back decides.
func (a *advice) quota(left float64, reset time.Duration) {
	switch {
	case reset <= 0:
	case left == 0:
		a.pause = max(a.pause, reset)
	case a.left == 0 || left < a.left:
		a.left, a.window = left, reset
	}
}

// readAdvice reads an answer's fields. A refusal's Retry-After takes precedence over all else (draft-ietf-httpapi-ratelimit-headers-11,
// section 7). An answer that comes from a cache in between says nothing of the present quota (section 7.3).
func readAdvice(h http.Header, refused bool, now time.Time) advice {
	var a advice
	if refused {
		if a.pause = retryAfter(h, now); a.pause > 0 {
			return a
		}
	}
	rateLimit(h, &a)
	xRateLimit(h, refused, now, &a)
	if age := h["Age"]; a != (advice{}) && len(age) > 0 && age[0] != "0" {
		return advice{}
	}
	return a
}

// upstreamNow is the time by the upstream's clock, where that differs from ours by more than the Date field's precision explains:
// points in time it names are meant by its own clock.
func upstreamNow(h http.Header, now time.Time) time.Time {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || date.Sub(now).Abs() <= 2*time.Second {
		return now
	}
	return date
}
