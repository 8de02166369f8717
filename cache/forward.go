package cache

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

// forward passes the request on without looking into the store. A successful unsafe request
// invalidates what it makes doubtful (RFC 9111 §4.4).
func (v *visit) forward(reason string) (*http.Response, Outcome, error) {
	o := Outcome{Fwd: reason}
	sent := v.t.options.Now()
	resp, err := v.t.next.RoundTrip(v.req)
	if err != nil {
		return nil, o, err
	}
	received := v.t.options.Now()
	if unsafe(v.req.Method) {
		ctx := context.WithoutCancel(v.req.Context())
		for _, url := range invalidated(v.req, resp.StatusCode, resp.Header) {
			v.t.forget(ctx, url)
		}
	}
	if v.representsTarget(resp) && reason == fwdMethod {
		epoch := v.t.epochs.begin(v.key.URL)
		defer v.t.epochs.end(v.key.URL)
		a := v.received(resp, o, false, epoch, sent, received, true)
		return v.deliver(&a, a.outcome)
	}
	v.mark(resp.Header, &o, make([]string, 1))
	return resp, o, nil
}

// representsTarget reports whether a response to POST is one a later GET may be answered with:
// it says so by Content-Location, and states its lifetime (RFC 9110 §9.3.3).
func (v *visit) representsTarget(resp *http.Response) bool {
	if v.req.Method != http.MethodPost || resp.StatusCode != http.StatusOK {
		return false
	}
	u := sameOrigin(v.req.URL, resp.Header.Get("Content-Location"))
	if u == nil || normalURL(u, "") != v.key.URL {
		return false
	}
	c, targeted := controlOf(resp.Header, v.t.options.TargetedFields)
	_, explicit := explicitLifetime(resp.Header, c, targeted, v.policy.private, time.Time{}, v.t.options.Now())
	return explicit
}

// refresh validates the stale response in the background, once at a time for a key, and not at
// all when too many are under way.
func (v *visit) refresh(stored *StoredResponse) {
	t := v.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, busy := t.validating[v.key]; busy || t.closingDown || len(t.validating) >= t.options.MaxRevalidations {
		return
	}
	t.validating[v.key] = struct{}{}
	shut := gate{shut: true} // the request's httptrace has no part in this
	detached, cancel := newFlightContext(t.options.Background(v.req.Context()), &shut)
	d := v.detached(detached)
	// What the client wants of its own answer is nothing to the stored one.
	for _, name := range [...]string{"If-None-Match", "If-Modified-Since", "If-Range", "Range"} {
		delete(d.req.Header, name)
	}
	d.req.Method = http.MethodGet
	stop := context.AfterFunc(t.ctx, cancel)
	timer := time.AfterFunc(t.options.RevalidateTimeout, cancel)
	t.background.Go(func() {
		a := d.exchangeSafely(stored, fwdStale)
		a.lease.release()
		timer.Stop()
		stop()
		cancel()
		t.mu.Lock()
		delete(t.validating, d.key)
		t.mu.Unlock()
	})
}

// freshenByHead updates the stored response to GET by a response to HEAD that describes the
// same representation, or has it validated before it is used again if it describes another
// (RFC 9111 §4.3.5).
func (v *visit) freshenByHead(resp *http.Response, c responseControl, targeted bool, epoch uint64, sent, received time.Time) {
	if resp.StatusCode != http.StatusOK {
		return
	}
	now := v.t.options.Now()
	stored, _ := pick(v.t.store.Get(v.req.Context(), v.key), v.header, v.decoded, now)
	if stored == nil || stored.Status != http.StatusOK || stored.Range != nil {
		return
	}
	if !sameRepresentation(stored, resp.Header) {
		stale := *stored
		stale.Lifetime, stale.StaleWhileRevalidate = 0, 0
		v.put(&stale, epoch)
		return
	}
	if !storable(resp.StatusCode, resp.Header, c, targeted, v.control.noStore, v.policy) {
		return
	}
	header := updatedFields(stored.Header, resp.Header)
	c, targeted = controlOf(header, v.t.options.TargetedFields)
	v.put(v.newStored(stored.Status, storedFields(header, c, v.policy.private), stored.Body, c, targeted, sent, received), epoch)
}

func sameRepresentation(stored *StoredResponse, head http.Header) bool {
	for _, name := range [...]string{"Etag", "Last-Modified"} {
		if values := head[name]; len(values) > 0 && values[0] != stored.Header.Get(name) {
			return false
		}
	}
	length := head["Content-Length"]
	return len(length) == 0 || length[0] == strconv.Itoa(len(stored.Body)) || length[0] == stored.Header.Get("Content-Length")
}

// closeUnread drops a response whose body does not matter; a little of it is read so that the
// connection can be used again.
func closeUnread(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
	_ = resp.Body.Close()
}
