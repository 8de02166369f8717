package limiter

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Permit is the leave to make one call. It must be released once the call is over; its methods may be called from any goroutine.
type Permit struct {
	limiter  *Limiter
	queued   time.Duration
	granted  time.Time
	released atomic.Bool
}

// Release gives the places in flight back, the host's and the gate's. Further calls do nothing.
func (p *Permit) Release() {
	if p.released.CompareAndSwap(false, true) {
		p.limiter.release()
	}
}

// Queued is how long the call waited for its turn.
func (p *Permit) Queued() time.Duration { return p.queued }

// Observe is Limiter.Observe for the answer to this very call: knowing when the call was sent, it can tell a refusal
// that the last cut of the rate has already answered from one that asks for another.
func (p *Permit) Observe(status int, h http.Header) { p.limiter.Observe(status, h) }
