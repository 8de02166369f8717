package limiter

import (
	"math"
	"net/http"
	"strings"
	"time"
)

// rateLimit reads RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-11): how long until a policy without available
// quota (r=0) may have some again, which is its effective window t or, where that is not given, the window w of the policy of that name.
// 0: none is used up, or the fields are malformed and so ignored.
func rateLimit(h http.Header) time.Duration {
	lines := h["Ratelimit"]
	if len(lines) == 0 {
		return 0
	}
	limits, ok := parseItems(strings.Join(lines, ","))
	if !ok {
		return 0
	}
	var longest time.Duration
	for _, limit := range limits {
		if r, ok := limit.params["r"]; !ok || r != 0 {
			continue
		}
		t, ok := limit.params["t"]
		if !ok {
			t = window(h, limit.name)
		}
		longest = max(longest, atMost(float64(t)*float64(time.Second), math.MaxInt64))
	}
	return longest
}

// window is the w of the named policy; 0: unknown.
func window(h http.Header, name string) int64 {
	policies, _ := parseItems(strings.Join(h["Ratelimit-Policy"], ","))
	for _, p := range policies {
		if p.name == name {
			return p.params["w"]
		}
	}
	return 0
}
