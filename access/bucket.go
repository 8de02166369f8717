package access

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/time/rate"
)

// bucket is the token bucket of a caller; nil means no limit.
type bucket struct {
	limiter *rate.Limiter
	policy  string // the RateLimit-Policy value
}

func newBucket(perSecond float64, burst int) *bucket {
	if perSecond == 0 {
		return nil
	}
	window := max(1, math.Ceil(float64(burst)/perSecond))
	return &bucket{
		limiter: rate.NewLimiter(rate.Limit(perSecond), burst),
		policy:  `"default";q=` + strconv.Itoa(burst) + ";w=" + strconv.FormatFloat(window, 'f', 0, 64),
	}
}

// grant is what a bucket says to one request.
type grant struct {
	granted   bool
	policy    string // empty: unlimited
	remaining int
	reset     int // seconds until the bucket is full; where refused, until the next request is granted
}

// take takes one token, or says when there will be one. It never waits.
func (b *bucket) take(now time.Time) grant {
	if b == nil {
		return grant{granted: true}
	}
	g := grant{granted: b.limiter.AllowN(now, 1), policy: b.policy}
	tokens := b.limiter.TokensAt(now)
	missing := float64(b.limiter.Burst()) - tokens
	if g.granted {
		g.remaining = max(0, int(tokens))
	} else {
		missing = 1 - tokens
	}
	g.reset = max(1, int(math.Ceil(min(missing/float64(b.limiter.Limit()), math.MaxInt32))))
	return g
}

// header adds the fields of the IETF draft "RateLimit header fields for HTTP"
// (revision 10) and, to a refusal, Retry-After (RFC 9110 section 10.2.3).
func (g grant) header(h http.Header) http.Header {
	if g.policy == "" {
		return h
	}
	h = set(h, "Ratelimit-Policy", g.policy)
	h.Set("Ratelimit", `"default";r=`+strconv.Itoa(g.remaining)+";t="+strconv.Itoa(g.reset))
	if !g.granted {
		h.Set("Retry-After", strconv.Itoa(g.reset))
	}
	return h
}
