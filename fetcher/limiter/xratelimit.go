package limiter

import (
	"net/http"
	"strings"
	"time"
)

// The three spellings of the pair that came before the RateLimit field; keys in canonical form.
var xRateLimitFields = [...]struct{ remaining, reset string }{
	{"X-Ratelimit-Remaining", "X-Ratelimit-Reset"},
	{"X-Rate-Limit-Remaining", "X-Rate-Limit-Reset"},
	{"Ratelimit-Remaining", "Ratelimit-Reset"},
}

// xRateLimit reads X-RateLimit-Remaining and -Reset: how long until the quota that is used up is there again; 0: none is.
// No document defines them. Reset is taken for seconds from now, or seconds or milliseconds since 1970, by its size; both may be lists,
// one member a quota, over one line or several. A refusal that gives no Remaining means none is left.
func xRateLimit(h http.Header, refused bool, now time.Time) time.Duration {
	var longest time.Duration
	for _, f := range xRateLimitFields {
		resets := h[f.reset]
		if len(resets) == 0 {
			continue
		}
		remaining, ok := numbers(h[f.remaining])
		if !ok || len(remaining) == 0 && !refused {
			continue
		}
		reset, ok := numbers(resets)
		if !ok {
			continue
		}
		for i, r := range reset {
			if usedUp(remaining, i, len(reset)) {
				longest = max(longest, until(r, h, now))
			}
		}
	}
	return longest
}

// usedUp tells whether the i-th of n quotas is; lists of different length do not match up, then any decides for all.
func usedUp(remaining []float64, i, n int) bool {
	if len(remaining) == n {
		return remaining[i] == 0
	}
	for _, r := range remaining {
		if r == 0 {
			return true
		}
	}
	return len(remaining) == 0
}

func until(reset float64, h http.Header, now time.Time) time.Duration {
	const (
		epochFrom  = 1e9  // as a delay it would be 31 years, as a time it is in 2001
		millisFrom = 1e11 // as seconds it would be in the year 5138
		farthest   = 24 * time.Hour
	)
	switch {
	case reset < epochFrom:
		return atMost(reset*float64(time.Second), farthest)
	case reset >= millisFrom:
		reset /= 1000
	}
	clock := upstreamNow(h, now)
	return atMost((reset-float64(clock.Unix()))*float64(time.Second)-float64(clock.Nanosecond()), farthest)
}

// numbers reads lists of numbers, each perhaps with parameters behind a semicolon. One that is malformed spoils all.
func numbers(lines []string) ([]float64, bool) {
	var ns []float64
	for _, line := range lines {
		for member := range strings.SplitSeq(line, ",") {
			value, _, _ := strings.Cut(member, ";")
			n, ok := number(strings.TrimSpace(value))
			if !ok {
				return nil, false
			}
			ns = append(ns, n)
		}
	}
	return ns, true
}
