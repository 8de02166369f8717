package cache

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"sync"
)

// Transport is the cache as an http.RoundTripper. It reads whole into memory every response to
// a GET that it may store or that others wait for; bounding a body's size is for the
// RoundTripper below it. A body that offers Bytes() []byte is taken without copying and must
// leave those bytes alone for ever, also after Close.
//
// Bodies it answers with, unless they are streamed through, offer Bytes() []byte too.
type Transport struct {
	next     http.RoundTripper
	store    Store
	options  Options
	flights  flights
	apart    *apart
	epochs   epochs
	counters counters

	ctx         context.Context // ends background validations
	stop        context.CancelFunc
	background  sync.WaitGroup
	mu          sync.Mutex
	validating  map[Key]struct{}
	closingDown bool
}

// NewTransport puts a cache with that store in front of next. Close it when done.
func NewTransport(next http.RoundTripper, store Store, options Options) *Transport {
	t := &Transport{
		next:       next,
		store:      store,
		options:    options.withDefaults(),
		apart:      newApart(),
		validating: make(map[Key]struct{}),
	}
	t.flights.spawn = t.options.Go
	t.ctx, t.stop = context.WithCancel(context.Background())
	return t
}

// Close ends the background validations and waits for them. Requests are still answered.
func (t *Transport) Close() {
	t.mu.Lock()
	t.closingDown = true
	t.mu.Unlock()
	t.stop()
	t.background.Wait()
}

// Purge forgets the URL, in all partitions, and what is on its way for it.
func (t *Transport) Purge(ctx context.Context, u *url.URL) {
	t.forget(ctx, NormalURL(u))
}

// PurgeAll forgets everything, and what is on its way.
func (t *Transport) PurgeAll(ctx context.Context) {
	t.epochs.moveAll()
	t.store.Clear(ctx)
}

func (t *Transport) forget(ctx context.Context, url string) {
	t.epochs.move(url)
	t.store.Delete(ctx, url)
}

// visit is one request on its way through the cache.
type visit struct {
	t       *Transport
	req     *http.Request
	header  http.Header // the request's, without Range where the method has none
	mode    Mode
	decoded bool
	control requestControl
	policy  policy
	key     Key
}

// RoundTrip answers from the store, from another request's exchange, or from next. Errors are
// next's, or the context's.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	v := t.visit(req)
	resp, outcome, err := v.handle()
	outcome.Failed = err != nil
	t.note(req, outcome)
	return resp, err
}

func (t *Transport) visit(req *http.Request) visit {
	ctx := req.Context()
	v := visit{t: t, req: req, header: req.Header, mode: modeOf(ctx), decoded: decodedOf(ctx), control: parseRequestControl(req.Header)}
	v.policy.rules = t.options.Rules(req)
	v.policy.authorized = len(req.Header["Authorization"]) > 0 || req.URL.User != nil
	v.policy.credentials = v.policy.authorized || len(req.Header["Cookie"]) > 0
	v.key.URL = normalURL(req.URL, req.Host)
	if v.policy.rules.Private {
		v.key.Partition = partitionOf(ctx)
		v.policy.private = v.key.Partition != ""
	}
	if req.Method == http.MethodHead && len(req.Header["Range"]) > 0 {
		v.header = maps.Clone(req.Header) // a Range is defined for GET only (RFC 9110 §14.2)
		delete(v.header, "Range")
	}
	return v
}

// handle decides between the store and the network (RFC 9111 §4).
func (v *visit) handle() (*http.Response, Outcome, error) {
	switch {
	case v.policy.rules.Ignore, v.mode == ModeNoStore, preconditions(v.header), hasBody(v.req) && !unsafe(v.req.Method):
		return v.forward(fwdBypass)
	case v.req.Method != http.MethodGet && v.req.Method != http.MethodHead:
		return v.forward(fwdMethod)
	}
	onlyIfCached := v.control.onlyIfCached || v.mode == ModeOnlyIfCached
	for waited := false; ; waited = true {
		looked := v.t.flights.landed.now()
		stored, reason := v.look()
		if reason == "" {
			resp, outcome := v.hit(stored, v.t.options.Now())
			return resp, outcome, nil
		}
		if onlyIfCached {
			resp, outcome := v.unavailable()
			return resp, outcome, nil
		}
		if waited || !v.mayJoin() {
			return v.fetchAlone(stored, reason)
		}
		if resp, outcome, ok, err := v.fetchTogether(stored, reason, looked); ok {
			return resp, outcome, err
		}
	}
}

// look selects a stored response. reason is why it does not do as it is, or "" if it does; then
// stored, unless nil, is what to validate.
func (v *visit) look() (stored *StoredResponse, reason string) {
	if v.mode == ModeReload || v.control.noStore {
		return nil, fwdRequest
	}
	now := v.t.options.Now()
	all := v.t.store.Get(v.req.Context(), v.key)
	best, candidates := pick(all, v.header, v.decoded, now)
	if best == nil {
		switch {
		case len(all) == 0:
			return nil, fwdURIMiss
		case !candidates:
			return nil, fwdPartial
		}
		return nil, fwdVaryMiss
	}
	verdict, reason := decide(best, v.control, v.mode, now)
	switch {
	case verdict == reuseRefresh:
		v.refresh(best)
	case verdict == validate && best.Range != nil:
		return nil, reason
	}
	return best, reason
}

// mayJoin reports whether the request may be answered by an exchange that is already under way,
// or lead one for others: not where it insists on an answer of its own time, and not where what
// comes back could be meant for one client alone.
func (v *visit) mayJoin() bool {
	switch {
	case v.mode == ModeReload, v.control.noCache, v.control.noStore, v.control.maxAge.valid && v.control.maxAge.seconds == 0:
		return false
	case v.policy.credentials && !v.policy.private:
		return false
	}
	return !v.t.apart.has(v.key, v.t.options.Now())
}

func hasBody(r *http.Request) bool { return r.Body != nil && r.Body != http.NoBody }
