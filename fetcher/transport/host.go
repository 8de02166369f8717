package transport

import (
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"gather/fetcher/limiter"
)

const (
	retryShare  = 0.2 // retries per call
	retryFloor  = 10  // retries a window allows however few the calls
	retryWindow = 10 * time.Second
	hedgeShare  = 0.05 // hedges per call that could be hedged
	hedgeWindow = time.Minute
	hedgeMin    = 20 // answers seen before their p95 is believed
)

// Host is what is known of one host, or of several that share an upstream entry: its rules, its limits and how it has fared.
type Host struct {
	origin  string // scheme://host[:port]; of an upstream entry, its URL's
	rules   atomic.Pointer[Rules]
	limiter *limiter.Limiter
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	latency latency
	retry   quota
	hedge   quota

	calls     atomic.Uint64
	failures  atomic.Uint64
	retries   atomic.Uint64
	hedges    atomic.Uint64
	hedgeWins atomic.Uint64
	refusals  atomic.Uint64
	throttled atomic.Uint64

	cacheHits   atomic.Uint64
	cacheMisses atomic.Uint64
}

// HostStatus is a Host at one moment. The counters count from the Host's first use.
type HostStatus struct {
	Name    string // of the upstream entry, or ""
	Origin  string // scheme://host[:port]
	Limit   limiter.Status
	Breaker string // "closed", "half-open" or "open"

	P50, P95, P99 time.Duration // what answers took over the last half to whole minute, from their turn to the end of the body; 0: none seen

	Calls     uint64 // attempts that got their turn, hedges not counted
	Failures  uint64 // those the circuit breaker counted as failed
	Retries   uint64
	Hedges    uint64
	HedgeWins uint64 // hedges that answered first
	Refusals  uint64 // calls this service did not send: breaker open, cooling down, no turn in time, queue full
	Throttled uint64 // 429 answers

	CacheHits   uint64 // requests the cache answered by itself
	CacheMisses uint64 // requests it forwarded, or answered with another's call
}

func newHost(origin string, rules Rules, opts limiter.Options) *Host {
	h := &Host{
		origin:  origin,
		limiter: limiter.New(rules.limits(), opts),
		retry:   newQuota(retryShare, retryFloor, retryWindow),
		hedge:   newQuota(hedgeShare, 0, hedgeWindow),
	}
	h.breaker = newCircuitBreaker()
	h.rules.Store(&rules)
	return h
}

// Name is the upstream entry's name, or "": fit for a metric label, since there are only as many as are configured.
func (h *Host) Name() string { return h.rules.Load().Name }

// Rules are the rules in force now.
func (h *Host) Rules() Rules { return *h.rules.Load() }

func (h *Host) setRules(rules Rules) {
	old := h.rules.Swap(&rules)
	if old.limits() != rules.limits() {
		h.limiter.SetRules(rules.limits())
	}
}

// idle reports whether h could be forgotten without anybody noticing.
func (h *Host) idle(now time.Time) bool {
	s := h.limiter.Snapshot()
	return s.Queue == 0 && s.InFlight == 0 && !s.PausedUntil.After(now) && h.breaker.State() == gobreaker.StateClosed
}

// Snapshot reports h's present state.
func (h *Host) Snapshot() HostStatus {
	var p [3]time.Duration
	h.latency.quantiles(time.Now(), []float64{0.5, 0.95, 0.99}, p[:])
	return HostStatus{
		Name: h.Name(), Origin: h.origin, Limit: h.limiter.Snapshot(), Breaker: h.breaker.State().String(),
		P50: p[0], P95: p[1], P99: p[2],
		Calls: h.calls.Load(), Failures: h.failures.Load(), Retries: h.retries.Load(),
		Hedges: h.hedges.Load(), HedgeWins: h.hedgeWins.Load(), Refusals: h.refusals.Load(), Throttled: h.throttled.Load(),
		CacheHits: h.cacheHits.Load(), CacheMisses: h.cacheMisses.Load(),
	}
}
