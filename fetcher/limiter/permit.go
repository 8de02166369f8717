package limiter

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Permit is the leave to make one call. It must be released when the call is over. Its methods may be called from any goroutine.
type Permit struct {
	limiter  *Limiter
	granted  time.Time
	queued   time.Duration
	released atomic.Bool
}

// Release gives the places in flight back, the host's and the gate's. Further calls do nothing.
func (p *Permit) Release() {
	if p.released.CompareAndSwap(false, true) {
		p.limiter.release(p)
	}
}

// Queued is how long the call waited for its turn.
func (p *Permit) Queued() time.Duration { return p.queued }

// Observe is Limiter.Observe for the answer to this very call. Knowing when the call was sent, it can tell a refusal that the last cut
// of the rate has already answered from one that asks for another.
func (p *Permit) Observe(status int, h http.Header) { p.limiter.observe(p.granted, status, h) }
