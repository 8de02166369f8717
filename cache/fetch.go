package cache

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"sync/atomic"
	"time"
)

// fetchTogether goes to the origin with all who ask the same. ok is false if the answer turned
// out to be another's alone, or one has come since the store was looked into: look again.
func (v *visit) fetchTogether(stored *StoredResponse, reason string, looked uint64) (resp *http.Response, o Outcome, ok bool, err error) {
	ctx := v.req.Context()
	epoch := v.t.epochs.at(v.key.URL)
	own := *v // v itself need not live on the heap for a hit
	f, started := v.t.flights.join(ctx, newFlightKey(v.req, v.key, v.decoded, epoch), looked, func(ctx context.Context) func() answer {
		d := own.detached(ctx)
		return func() answer { return d.exchangeSafely(stored, reason) }
	})
	if f == nil {
		return nil, Outcome{}, false, nil
	}
	a, err := v.t.flights.wait(ctx, f, started)
	if err != nil {
		return nil, Outcome{Fwd: reason, Collapsed: !started}, true, err
	}
	if !started && !a.share && a.err == nil {
		a.lease.release()
		return nil, Outcome{}, false, nil
	}
	o = a.outcome
	o.Collapsed = !started
	if !started {
		o.Fwd, o.Stored = reason, false
	}
	resp, o, err = v.deliver(a, o)
	return resp, o, true, err
}

// detached is the visit as an exchange runs it that may outlast the request.
func (v *visit) detached(ctx context.Context) *visit {
	d := *v
	d.req = v.req.WithContext(ctx)
	d.req.Header = maps.Clone(v.req.Header)
	d.header = d.req.Header
	if v.req.Method == http.MethodHead {
		d.header = maps.Clone(v.header)
	}
	return &d
}

// fetchAlone goes to the origin for this request only.
func (v *visit) fetchAlone(stored *StoredResponse, reason string) (*http.Response, Outcome, error) {
	a := v.exchange(stored, reason, false)
	return v.deliver(&a, a.outcome)
}

// deliver makes the response of an answer, whose lease it takes over.
func (v *visit) deliver(a *answer, o Outcome) (*http.Response, Outcome, error) {
	switch {
	case a.err != nil:
		return nil, o, a.err
	case a.live != nil:
		v.mark(a.live.Header, &o, make([]string, 1))
		a.live.Request = v.req
		return a.live, o, nil
	}
	resp := v.represent(a.stored, a, &o, v.t.options.Now())
	return resp, o, nil
}

// exchangeSafely is exchange for a goroutine nobody else watches over: a panic below becomes an
// error of those who wait.
func (v *visit) exchangeSafely(stored *StoredResponse, reason string) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{err: fmt.Errorf("cache: panic in a round trip: %v", p), outcome: Outcome{Fwd: reason}}
		}
	}()
	return v.exchange(stored, reason, true)
}

// exchange sends the request, conditional if stored can be validated, and stores what comes
// back. whole asks for the body in memory even if it is not stored.
func (v *visit) exchange(stored *StoredResponse, reason string, whole bool) answer {
	epoch := v.t.epochs.begin(v.key.URL)
	defer v.t.epochs.end(v.key.URL)
	o := Outcome{Fwd: reason}
	out, asked := v.req, false
	if stored != nil && v.req.Method == http.MethodGet {
		header := maps.Clone(v.req.Header)
		if asked = validators(header, stored.Header); asked {
			out = v.req.WithContext(v.req.Context())
			out.Header = header
		}
	}
	sent := v.t.options.Now()
	resp, err := v.t.next.RoundTrip(out)
	received := v.t.options.Now()
	if err != nil {
		if stored != nil && v.req.Context().Err() == nil && v.t.options.OriginFailed(err) &&
			staleOnFailure(stored, v.control, 0, received) {
			return v.standIn(stored, o, received)
		}
		return answer{err: err, outcome: o}
	}
	if asked && resp.StatusCode == http.StatusNotModified {
		return v.validated(stored, resp, o, epoch, sent, received)
	}
	if stored != nil && staleOnFailure(stored, v.control, resp.StatusCode, received) {
		o.FwdStatus = resp.StatusCode
		closeUnread(resp)
		return v.standIn(stored, o, received)
	}
	return v.received(resp, o, asked, epoch, sent, received, whole)
}

// standIn answers with the stale response for an origin that failed.
func (v *visit) standIn(stored *StoredResponse, o Outcome, now time.Time) answer {
	o.Stale, o.HasTTL, o.TTL, o.Detail = true, true, stored.TTL(now), "stale-on-error"
	return answer{stored: stored, evaluate: true, proto: http11, share: true, outcome: o}
}

// validated freshens the stored response by a 304 (RFC 9111 §4.3.4).
func (v *visit) validated(stored *StoredResponse, resp *http.Response, o Outcome, epoch uint64, sent, received time.Time) answer {
	closeUnread(resp)
	v.t.counters.revalidations.Add(1)
	dateIfMissing(resp.Header, received)
	header := updatedFields(stored.Header, resp.Header)
	c, targeted := controlOf(header, v.t.options.TargetedFields)
	fresh := v.newStored(stored.Status, header, stored.Body, c, targeted, sent, received)
	fresh.Range = stored.Range
	o.FwdStatus, o.Validated = http.StatusNotModified, true
	if storable(fresh.Status, header, c, targeted, v.control.noStore, v.policy) {
		kept := *fresh
		kept.Header = storedFields(header, c, v.policy.private)
		o.Stored = v.put(&kept, epoch)
	}
	share := shareable(fresh.Status, header, c, v.control.noStore, v.policy)
	v.keepApart(share)
	return answer{stored: fresh, evaluate: true, proto: protoOf(resp), share: share, outcome: o}
}

// received takes in a response that is not about the stored one.
func (v *visit) received(resp *http.Response, o Outcome, asked bool, epoch uint64, sent, received time.Time, whole bool) answer {
	dateIfMissing(resp.Header, received)
	c, targeted := controlOf(resp.Header, v.t.options.TargetedFields)
	store := v.req.Method != http.MethodHead &&
		storable(resp.StatusCode, resp.Header, c, targeted, v.control.noStore, v.policy)
	share := shareable(resp.StatusCode, resp.Header, c, v.control.noStore, v.policy)
	v.keepApart(share)
	if v.req.Method == http.MethodHead {
		v.freshenByHead(resp, c, targeted, epoch, sent, received)
	}
	evaluate := asked && resp.StatusCode == http.StatusOK
	if !store && !whole && !evaluate {
		return answer{live: resp, outcome: o}
	}
	content, lease, err := readBody(resp)
	if err != nil {
		return answer{err: err, outcome: o}
	}
	a := answer{evaluate: evaluate, proto: protoOf(resp), trailer: resp.Trailer, lease: lease, share: share}
	a.stored = v.newStored(resp.StatusCode, resp.Header, content, c, targeted, sent, received)
	if store && resp.StatusCode == http.StatusPartialContent {
		span, ok := parseContentRange(resp.Header.Get("Content-Range"))
		store = ok && span.Last-span.First+1 == int64(len(content))
		a.stored.Range = &span
		a.stored.Variant = variantID(a.stored.Selecting, true)
	}
	if store && worthKeeping(resp.Header, c, freshness{lifetime: a.stored.Lifetime, initialAge: a.stored.InitialAge}) {
		kept := *a.stored
		kept.Header = storedFields(resp.Header, c, v.policy.private)
		kept.Body = compact(content)
		o.Stored = v.put(&kept, epoch)
	}
	a.outcome = o
	return a
}

// newStored computes all policy of a response once.
func (v *visit) newStored(status int, h http.Header, content []byte, c responseControl, targeted bool, sent, received time.Time) *StoredResponse {
	f := freshnessOf(status, h, c, targeted, v.policy, sent, received)
	r := &StoredResponse{
		Status: status, Header: h, Body: content, Received: received, Date: received,
		InitialAge: f.initialAge, Lifetime: f.lifetime,
		StaleWhileRevalidate: c.staleWhileRevalidate.duration(),
		StaleIfError:         c.staleIfError.duration(),
		NoCache:              c.noCache,
		MustRevalidate:       c.mustRevalidate || !v.policy.private && (c.proxyRevalidate || c.sMaxAge.set),
		checked:              new(atomic.Bool),
	}
	if date, ok := dateField(h, "Date", received); ok {
		r.Date = date
	}
	if names, ok := varyNames(h); ok {
		r.Selecting = selecting(names, v.header, v.decoded)
		r.Variant = variantID(r.Selecting, false)
	}
	if v.t.options.ShowKey {
		r.KeyDigest = v.key.digest()
	}
	return r
}

// put stores the response unless its URL was purged or invalidated since it was asked for.
func (v *visit) put(r *StoredResponse, epoch uint64) bool {
	ctx := context.WithoutCancel(v.req.Context())
	if v.t.epochs.at(v.key.URL) != epoch {
		return false
	}
	keep := max(0, r.Lifetime-r.InitialAge) + max(v.t.options.StaleRetention, r.StaleWhileRevalidate, r.StaleIfError)
	if !v.t.store.Put(ctx, v.key, r, keep) {
		return false
	}
	if v.t.epochs.at(v.key.URL) != epoch {
		v.t.store.Delete(ctx, v.key.URL)
		return false
	}
	v.t.counters.stored.Add(1)
	return true
}

func (v *visit) keepApart(share bool) {
	if !share && (!v.policy.credentials || v.policy.private) {
		v.t.apart.add(v.key, v.t.options.Now())
	}
}

// dateIfMissing notes when the response came where it does not say when it was made (RFC 9110
// §6.6.1).
func dateIfMissing(h http.Header, received time.Time) {
	if len(h["Date"]) == 0 {
		h["Date"] = []string{received.UTC().Format(http.TimeFormat)}
	}
}
