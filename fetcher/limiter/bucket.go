package limiter

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// bucket is a rate.Limiter that may be absent: rate.Inf keeps no account of tokens and cannot be left again in good order.
type bucket struct{ tokens *rate.Limiter }

func unlimited(r float64) bool { return !(r > 0) || math.IsInf(r, 1) }

// set changes rate and burst from now on. Tokens already there stay, as far as the burst allows.
func (b *bucket) set(now time.Time, r float64, burst int) {
	switch {
	case unlimited(r):
		b.tokens = nil
	case b.tokens == nil:
		b.tokens = rate.NewLimiter(rate.Limit(r), burst)
		b.tokens.SetBurstAt(now, burst) // tells it the time, which it would count from year 1
	default:
		b.tokens.SetLimitAt(now, rate.Limit(r))
		b.tokens.SetBurstAt(now, burst)
	}
}

// take takes a token if one is there.
func (b *bucket) take(now time.Time) bool { return b.tokens == nil || b.tokens.AllowN(now, 1) }

// empty throws away the whole tokens there are.
func (b *bucket) empty(now time.Time) {
	if b.tokens == nil {
		return
	}
	if n := int(b.tokens.TokensAt(now)); n > 0 {
		b.tokens.AllowN(now, n)
	}
}

// ready is when the next token is there; not before now.
func (b *bucket) ready(now time.Time) time.Time {
	if b.tokens == nil {
		return now
	}
	missing := 1 - b.tokens.TokensAt(now)
	if missing <= 0 {
		return now
	}
	wait := missing / float64(b.tokens.Limit()) * float64(time.Second)
	return now.Add(atMost(wait, math.MaxInt64) + 1) // rounded up, so that the token is there when the timer fires
}

// atMost converts ns to a Duration, capped; a plain conversion overflows.
func atMost(ns float64, limit time.Duration) time.Duration {
	if ns >= float64(limit) {
		return limit - 1
	}
	return time.Duration(ns)
}
