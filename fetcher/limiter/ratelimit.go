package limiter

import (
	"math"
	"net/http"
	"strings"
	"time"
)

// rateLimit reads RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-11): the available quota r of each policy and its
// effective window t or, where that is not given, the window w of the policy of that name. Malformed fields are ignored.
func rateLimit(h http.Header, a *advice) {
	lines := h["Ratelimit"]
	if len(lines) == 0 {
		return
	}
	limits, _ := parseItems(strings.Join(lines, ","))
	for _, limit := range limits {
		r, ok := limit.params["r"]
		if !ok {
			continue
		}
		t, ok := limit.params["t"]
		if !ok {
			t = window(h, limit.name)
		}
		a.quota(float64(r), atMost(float64(t)*float64(time.Second), math.MaxInt64))
	}
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
