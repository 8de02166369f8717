package limiter

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retryAfter reads Retry-After (RFC 9110, section 10.2.3): delay-seconds, also with decimals as some servers send, or an HTTP-date.
// 0: absent, malformed or over. Of several the longest counts.
func retryAfter(h http.Header, now time.Time) time.Duration {
	var longest time.Duration
	for _, v := range h["Retry-After"] {
		v = strings.TrimSpace(v)
		d, ok := seconds(v)
		if !ok {
			t, err := http.ParseTime(v)
			if err != nil {
				continue
			}
			d = t.Sub(upstreamNow(h, now))
		}
		longest = max(longest, d)
	}
	return longest
}

// seconds reads digits, with decimals or without. No sign, exponent, infinity; what exceeds a Duration is cut to it.
func seconds(v string) (time.Duration, bool) {
	n, ok := number(v)
	if !ok {
		return 0, false
	}
	return atMost(n*float64(time.Second), math.MaxInt64), true
}

func number(v string) (float64, bool) {
	whole, decimals, dotted := strings.Cut(v, ".")
	if !digits(whole) || dotted && !digits(decimals) {
		return 0, false
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil && !math.IsInf(n, 1) {
		return 0, false
	}
	return n, true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
