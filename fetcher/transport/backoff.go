package transport

import "time"

// Backoff is exponential with full jitter: before retry n, a random time up to Base × 2^(n-1), at most Cap. Full jitter spreads the callers of
// an upstream that has just failed over the whole span, where a fixed wait would bring them all back at once.
type Backoff struct {
	Base time.Duration
	Cap  time.Duration
}

// Delay is the wait before retry n, counted from 1; random is uniform in [0, 1).
func (b Backoff) Delay(n int, random float64) time.Duration {
	span := b.Base
	for range n - 1 {
		if span >= b.Cap/2 { // doubling on would pass the cap, and in the end overflow
			span = b.Cap
			break
		}
		span *= 2
	}
	return time.Duration(random * float64(min(span, b.Cap)))
}
