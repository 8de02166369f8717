package fetcher

import (
	"net/http"
	"time"
)

// Response is what became of one item. Every item of a batch gets one.
type Response struct {
	ID        string
	Collected bool
	// Status is the upstream's, or the one of Error's code.
	Status int
	// Header is the upstream's, whole; only a selection is shown to clients.
	Header http.Header
	Body   Body
	// URL is where the answer came from, after redirects.
	URL string
	// Cache is the item's Cache-Status (RFC 9211) without the cache's name.
	Cache    string
	Error    *Error
	Attempts int
	Timing   Timing
	// Elements and Pages tell how each call of a forEach or a paginate went.
	Elements []Outcome
	Pages    []Outcome
}

// Outcome is how one call of an item with several went.
type Outcome struct {
	Collected bool
	Status    int
	URL       string
	Cache     string
	Error     *Error
	Attempts  int
	Timing    Timing
}

// BodyKind says how a body is written into JSON.
type BodyKind uint8

// The kinds of body.
const (
	BodyNone BodyKind = iota
	// BodyJSON stands as it came, byte for byte.
	BodyJSON
	// BodyText becomes a JSON string.
	BodyText
	// BodyBinary becomes a base64 string beside "bodyEncoding": "base64".
	BodyBinary
)

// Body is a response's content, held in memory.
type Body struct {
	Kind BodyKind
	// Bytes must not be changed: a cache may share them.
	Bytes []byte
	free  func() error
}

// Release gives the body's share of the memory budget back. Bytes is not to be
// used afterwards. It may be called on any Response, several times.
func (r *Response) Release() {
	if r.Body.free != nil {
		_ = r.Body.free()
		r.Body.free = nil
	}
	r.Body.Bytes = nil
}

// Timing tells where an item's time went. Phases are of the last attempt, Queued
// is over all; Total counts from Start and includes them.
type Timing struct {
	// Start counts from the batch's begin to when the item could have been sent.
	Start time.Duration
	// Queued is the time spent waiting for the rate limit and for concurrency.
	Queued                           time.Duration
	DNS, Connect, TLS, Wait, Receive time.Duration
	Total                            time.Duration
}

// own is the time the item would also have taken alone.
func (t Timing) own() time.Duration { return max(t.Total-t.Queued, 0) }

// span widens t to also cover o, which is of the same item: one of several calls.
func (t *Timing) span(o Timing) {
	if t.Total == 0 {
		t.Start = o.Start
	}
	end := max(t.Start+t.Total, o.Start+o.Total)
	t.Start = min(t.Start, o.Start)
	t.Total = end - t.Start
	t.Queued += o.Queued
	t.DNS += o.DNS
	t.Connect += o.Connect
	t.TLS += o.TLS
	t.Wait += o.Wait
	t.Receive += o.Receive
}

// Summary tells how a batch went.
type Summary struct {
	Requests, Collected, NotCollected int
	Duration                          time.Duration
	// Sequential is what the items' own times add up to.
	Sequential time.Duration
	// CriticalPath is the chain of items, by id, that decided the duration; empty
	// where no item depends on another.
	CriticalPath []string
}

// outcome is the response without what it brought.
func (r *Response) outcome() Outcome {
	return Outcome{
		Collected: r.Collected, Status: r.Status, URL: r.URL, Cache: r.Cache,
		Error: r.Error, Attempts: r.Attempts, Timing: r.Timing,
	}
}

// own is what the calls behind the response took, one after the other.
func (r *Response) own() time.Duration {
	outcomes := r.Elements
	if outcomes == nil {
		outcomes = r.Pages
	}
	if outcomes == nil {
		return r.Timing.own()
	}
	var sum time.Duration
	for i := range outcomes {
		sum += outcomes[i].Timing.own()
	}
	return sum
}

// fail turns the response into one that was not collected for err.
func (r *Response) fail(err *Error) {
	r.Collected = false
	r.Error = err
	if err.Code != CodeBadBody {
		r.Status = err.Code.Status()
	}
}
