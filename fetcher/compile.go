package fetcher

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"gather/cache"
)

// MaxAttempts is the most retry.attempts an item may ask for.
const MaxAttempts = 10

// CompileOptions are what a batch is judged against besides the engine's limits.
type CompileOptions struct {
	Caller Caller
	// MaxRequests replaces Limits.MaxRequests where it is above zero.
	MaxRequests int
	// Job lifts the bound on the batch's timeout and allows a callback.
	Job bool
	// Timeout and Cache stand in where the batch, or an item, names none.
	Timeout time.Duration
	Cache   string
	// Roots are values that references may name besides items: params, hook.
	Roots map[string]any
}

// Compile turns a batch into a plan, or reports all of its faults as [Faults].
// Nothing is sent and no name is resolved.
func (e *Engine) Compile(b Batch, opts CompileOptions) (*Plan, error) {
	c := compiler{engine: e, opts: opts, batch: &b}
	return c.compile()
}

// CompileText reads and compiles the JSON form of a batch, with the faults of
// both at once.
func (e *Engine) CompileText(text []byte, opts CompileOptions) (*Plan, Batch, error) {
	batch, err := DecodeBatch(text, e.mostRequests(opts))
	var faults Faults
	if err != nil && !errors.As(err, &faults) {
		return nil, batch, err
	}
	plan, err := e.Compile(batch, opts)
	if err = faults.Merge(err); err != nil {
		return nil, batch, err
	}
	return plan, batch, nil
}

func (e *Engine) mostRequests(opts CompileOptions) int {
	if opts.MaxRequests > 0 {
		return opts.MaxRequests
	}
	return e.limits.MaxRequests
}

type compiler struct {
	faultList
	engine *Engine
	opts   CompileOptions
	batch  *Batch
	plan   *Plan
	// byID maps ids to positions.
	byID map[string]int
	// neededBy is, for each item, the last one that was found to depend on it,
	// counted from 1.
	neededBy []int
}

func (c *compiler) compile() (*Plan, error) {
	limit := c.engine.mostRequests(c.opts)
	switch n := len(c.batch.Requests); {
	case n == 0:
		c.add("#/requests", "a batch needs at least one request")
	case n > limit:
		c.addf("#/requests", "%d requests are more than the %d allowed", n, limit)
	}
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	c.plan = &Plan{
		items:       make([]item, len(c.batch.Requests)),
		timeout:     c.timeout(),
		concurrency: c.batch.Concurrency,
		roots:       c.opts.Roots,
	}
	c.neededBy = make([]int, len(c.plan.items))
	c.names()
	for i := range c.batch.Requests {
		if c.full() {
			break
		}
		c.item(i)
	}
	c.graph()
	if err := c.faults.orNil(); err != nil {
		return nil, err
	}
	return c.plan, nil
}

func (c *compiler) timeout() time.Duration {
	limits := c.engine.limits
	asked := c.batch.Timeout
	if asked == 0 {
		asked = c.opts.Timeout
	}
	switch {
	case asked == 0 && c.opts.Job:
		return limits.MaxJobTimeout
	case asked == 0:
		return limits.Timeout
	case c.opts.Job && asked > limits.MaxJobTimeout:
		c.addf("#/timeout", "must be at most %s", limits.MaxJobTimeout)
	case !c.opts.Job && asked > limits.MaxTimeout:
		c.addf("#/timeout", "must be at most %s; a job (Prefer: respond-async) may take longer", limits.MaxTimeout)
	}
	return asked
}

// names gives every item its id and finds those that are taken.
func (c *compiler) names() {
	c.byID = make(map[string]int, len(c.batch.Requests))
	for i := range c.batch.Requests {
		id := c.batch.Requests[i].idAt(i)
		switch {
		case !validID(id):
			c.add(requestPointer(i, "id"), "must be 1 to 64 of A-Z, a-z, 0-9, _ and -")
			continue
		case reserved[id]:
			c.addf(requestPointer(i, "id"), "%q has a meaning of its own in references", id)
			continue
		}
		if first, taken := c.byID[id]; taken {
			c.addf(requestPointer(i, "id"), "is also the id of request %d", first)
			continue
		}
		c.byID[id] = i
		c.plan.items[i].id = id
	}
}

// reserved are the roots of references that are not items.
var reserved = map[string]bool{"each": true, "params": true, "hook": true}

func validID(id string) bool {
	if len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}

func (c *compiler) item(i int) {
	r, it := &c.batch.Requests[i], &c.plan.items[i]
	it.required, it.timeout, it.attempts = r.Required, r.Timeout, r.Attempts
	c.method(i, r, it)
	c.upstream(i, r, it)
	c.target(i, r, it)
	c.headers(i, r, it)
	c.body(i, r, it)
	c.words(i, r, it)
	c.expressions(i, r, it)
}

func (c *compiler) method(i int, r *Request, it *item) {
	it.method = r.Method
	switch r.Method {
	case "":
		it.method = http.MethodGet
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		c.add(requestPointer(i, "method"), "must be GET, HEAD, POST, PUT, PATCH or DELETE")
	}
}

func (c *compiler) upstream(i int, r *Request, it *item) {
	if r.Upstream == "" {
		return
	}
	it.upstream = c.engine.upstreams[r.Upstream]
	// A name that is not the caller's to use looks like one that is not there.
	if it.upstream == nil || !c.opts.Caller.MayUse(r.Upstream) {
		it.upstream = nil
		c.add(requestPointer(i, "upstream"), "no upstream of this name is configured")
	}
}

func (c *compiler) words(i int, r *Request, it *item) {
	if r.Attempts < 0 || r.Attempts > MaxAttempts {
		c.addf(requestPointer(i, "retry/attempts"), "must be a whole number from 1 to %d", MaxAttempts)
	}
	var ok bool
	if it.redirect, ok = redirectModes[r.Redirect]; !ok {
		c.add(requestPointer(i, "redirect"), `must be "follow", "error" or "manual"`)
	}
	it.cache = cache.Mode(cmp.Or(r.Cache, c.opts.Cache, string(cache.ModeDefault)))
	switch it.cache {
	case cache.ModeDefault, cache.ModeNoStore, cache.ModeReload, cache.ModeForceCache, cache.ModeOnlyIfCached:
	default:
		c.add(requestPointer(i, "cache"), `must be "default", "no-store", "reload", "force-cache" or "only-if-cached"`)
	}
}
