package fetcher

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"gather/cache"
	"gather/fetcher/guard"
	"gather/fetcher/transport"
)

// Options are the parts an [Engine] is made of. Guard, Hosts, Store and Limits
// are required.
type Options struct {
	Guard *guard.Guard
	Hosts *transport.Hosts
	Store cache.Store
	Cache cache.Options
	Retry transport.RetryOptions
	// Buffer holds the memory budget and the cap on one body.
	Buffer transport.BufferOptions
	// Base makes the connections; its DialContext is always the guard's.
	Base transport.BaseOptions
	// Observer may be nil.
	Observer  transport.Observer
	Upstreams []Upstream
	Limits    Limits
	// UserAgent is sent where an item names none.
	UserAgent string
	// Now is the clock; nil stands for time.Now.
	Now func() time.Time
}

// Limits bound what a batch may ask for. All are required.
type Limits struct {
	// Timeout is a batch's where it names none, MaxTimeout the most it may name,
	// MaxJobTimeout the same for a job, which also gets it by default.
	Timeout, MaxTimeout, MaxJobTimeout time.Duration
	// MaxRequests is the most items of a batch, MaxCalls the most calls that
	// forEach and paginate may make of one item.
	MaxRequests, MaxCalls int
	// MaxBatchBytes caps all bodies of a batch that is answered at once.
	MaxBatchBytes int64
	// PerHost is how many calls of one batch wait for one host at once; the rest
	// wait as data.
	PerHost int
}

// Engine compiles and runs batches. It is safe for concurrent use; Close it.
type Engine struct {
	client    *client
	cache     *cache.Transport
	guard     *guard.Guard
	hosts     *transport.Hosts
	upstreams map[string]*Upstream
	limits    Limits
	userAgent string
	pool      *http.Transport
	workers   *workers
	now       func() time.Time
	batches   atomic.Uint64
}

// New makes an engine of its parts.
func New(o Options) *Engine {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Base.DialContext = o.Guard.DialContext
	o.Buffer.Refusal = guard.ErrBlocked
	o.Cache.OriginFailed = originFailed
	o.Cache.Observe = func(r *http.Request, outcome cache.Outcome) { o.Hosts.Cached(r, outcome.Hit) }
	kept := newWorkers()
	o.Cache.Go = kept.run
	pool := transport.NewBase(o.Base)
	chain, cached := newChain(&o, pool)
	e := &Engine{
		cache:     cached,
		guard:     o.Guard,
		hosts:     o.Hosts,
		upstreams: make(map[string]*Upstream, len(o.Upstreams)),
		limits:    o.Limits,
		userAgent: o.UserAgent,
		pool:      pool,
		workers:   kept,
		now:       o.Now,
	}
	e.client = newClient(chain, e.checkRedirect, o.Now)
	for i := range o.Upstreams {
		e.upstreams[o.Upstreams[i].Name] = &o.Upstreams[i]
	}
	return e
}

// originFailed reports whether a stale response may stand in (RFC 9111 section
// 4.2.4): not where it was us who refused or the caller who left.
func originFailed(err error) bool {
	switch Classify(err).Code {
	case CodeDNSFailure, CodeConnectFailure, CodeTLSFailure, CodeBadResponse, CodeTimeout, CodeRateLimited, CodeCircuitOpen:
		return true
	default:
		return false
	}
}

// Caller is who a batch is run for.
type Caller struct {
	// Client keeps one client's calls apart from another's in fair queues and
	// private cache partitions; empty stands for nobody in particular.
	Client string
	// Weight is the client's share of a contended host; less than 1 counts as 1.
	Weight int
	// Background work yields to batches that somebody waits for.
	Background bool
	// Upstreams are the only ones the caller may fetch from; none: no such bound.
	Upstreams []string
}

// MayUse reports whether the caller may fetch from the upstream of that name; ""
// stands for hosts that no upstream names.
func (c Caller) MayUse(upstream string) bool {
	if len(c.Upstreams) == 0 {
		return true
	}
	return slices.Contains(c.Upstreams, upstream)
}

// mayFetch reports whether a caller may fetch from a URL, and whether the URL
// belongs to the upstream its item names.
func (e *Engine) mayFetch(caller Caller, upstream *Upstream, u *url.URL) error {
	name := e.hosts.For(u).Name()
	if !caller.MayUse(name) || upstream != nil && upstream.Name != name {
		return &guard.Error{Reason: guard.ReasonUnlisted}
	}
	return nil
}

// RunOptions say how a plan is run.
type RunOptions struct {
	Caller Caller
	// Keep leaves the bodies of responses valid after the sink returned; whoever
	// got them then calls Release. Otherwise the engine releases each as soon as
	// nothing of the plan needs it any more.
	Keep bool
}

// Run fetches what the plan asks for and gives each item's response to sink the
// moment it is done, one at a time and never concurrently. It returns when every
// item had its response: always all of them, by the plan's deadline at the
// latest, whatever upstreams do; ctx's end fails the rest as cancelled.
func (e *Engine) Run(ctx context.Context, plan *Plan, opts RunOptions, sink func(i int, r *Response)) Summary {
	r := newRun(ctx, e, plan, opts, sink)
	defer r.end()
	r.loop()
	return r.summary()
}

// Resume is Run for a plan that was interrupted: items that were done earlier are
// neither fetched again nor given to the sink, but count in the summary and may
// be referred to. The error is that of reading them, before anything is sent.
func (e *Engine) Resume(
	ctx context.Context, plan *Plan, opts RunOptions, earlier Earlier, sink func(i int, r *Response),
) (Summary, error) {
	r := newRun(ctx, e, plan, opts, sink)
	defer r.end()
	for _, i := range earlier.Done {
		if err := r.restore(i, earlier.Stored); err != nil {
			return Summary{}, err
		}
	}
	r.loop()
	return r.summary(), nil
}

// Hosts reports every host known, for the state of limits, breakers and queues.
func (e *Engine) Hosts() []transport.HostStatus { return e.hosts.Snapshot() }

// CacheStats reports what the cache did and holds.
func (e *Engine) CacheStats() cache.Stats { return e.cache.Stats() }

// Forget drops what the cache holds for one URL, for all clients.
func (e *Engine) Forget(ctx context.Context, address string) error {
	u, err := e.guard.Parse(address)
	if err != nil {
		return err
	}
	e.cache.Purge(ctx, u)
	return nil
}

// ForgetAll empties the cache.
func (e *Engine) ForgetAll(ctx context.Context) { e.cache.PurgeAll(ctx) }

// Close waits for running calls, then ends idle workers and connections.
func (e *Engine) Close() {
	e.workers.close()
	e.cache.Close()
	e.pool.CloseIdleConnections()
}
