package limiter

import (
	"net/http"
	"time"
)

// comeBack is how long an answer asks to be left alone; false: it does not say, or asks for nothing.
//
// A refusal's Retry-After takes precedence over all else (draft-ietf-httpapi-ratelimit-headers-11, section 7). An answer that comes from
// a cache in between says nothing of the present quota (section 7.3). Of several quotas that are used up, the slowest decides.
func comeBack(h http.Header, refused bool, now time.Time) (time.Duration, bool) {
	if refused {
		if d := retryAfter(h, now); d > 0 {
			return d, true
		}
	}
	if age := h["Age"]; len(age) > 0 && age[0] != "0" {
		return 0, false
	}
	d := max(rateLimit(h), xRateLimit(h, refused, now))
	return d, d > 0
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
