package limiter

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The three spellings of the pair that came before the RateLimit field; keys in canonical form.
var xRateLimitFields = [...]struct{ remaining, reset string }{
	{"X-Ratelimit-Remaining", "X-Ratelimit-Reset"},
	{"X-Rate-Limit-Remaining", "X-Rate-Limit-Reset"},
	{"Ratelimit-Remaining", "Ratelimit-Reset"},
}

// xRateLimit reads X-RateLimit-Remaining and -Reset, which no document defines. Reset is taken for seconds from now, or seconds or
// milliseconds since 1970, by its size. Both may be lists, one member a quota, over one line or several; lists of different length do not
// match up, then the least of the one goes with the most of the other. A refusal that gives no Remaining means none is left.
func xRateLimit(h http.Header, refused bool, now time.Time, a *advice) {
	for _, f := range xRateLimitFields {
		lines := h[f.reset]
		if len(lines) == 0 {
			continue
		}
		remaining, ok := numbers(h[f.remaining])
		if !ok || len(remaining) == 0 && !refused {
			continue
		}
		resets, ok := numbers(lines)
		if !ok {
			continue
		}
		if len(remaining) == 0 {
			remaining = []float64{0}
		}
		if len(remaining) != len(resets) {
			remaining, resets = []float64{slices.Min(remaining)}, []float64{slices.Max(resets)}
		}
		for i, left := range remaining {
			a.quota(math.Floor(left), until(resets[i], h, now))
		}
	}
}

func until(reset float64, h http.Header, now time.Time) time.Duration {
	const (
		epochFrom  = 5e8  // as a delay it would be 16 years, as a time it is in 1985
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
