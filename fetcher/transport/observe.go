package transport

import (
	"context"
	"net/http"
	"time"
)

// Observer is told of every hop that enters the chain. Its methods are called from many goroutines.
type Observer interface {
	// Begin is called before the hop; the context it returns goes down the chain. The URL is not judged yet.
	Begin(ctx context.Context, req *http.Request) context.Context
	// End is called after it, with the context Begin returned.
	End(ctx context.Context, seen Observation)
}

// Observation is what became of one hop, answered from the cache or by the upstream.
type Observation struct {
	Upstream string // the upstream entry's name; "" for hosts under the default rules
	Method   string
	Status   int           // 0: Err says why
	Err      error         // nil, or an error of this package, the limiter, the guard or the context
	Total    time.Duration // from entering the chain to the end of the body
	Trace    Trace         // of this hop alone; zero without a Call
}

type observe struct {
	next     http.RoundTripper
	hosts    *Hosts
	observer Observer
}

// NewObserve is the outermost stage: it tells the observer of every hop. The guard stands inside it, so it brings no Host into being for a
// URL that may yet be refused.
func NewObserve(next http.RoundTripper, hosts *Hosts, observer Observer) http.RoundTripper {
	return &observe{next, hosts, observer}
}

func (o *observe) RoundTrip(req *http.Request) (*http.Response, error) {
	if o.observer == nil {
		return o.next.RoundTrip(req)
	}
	call := CallFrom(req.Context())
	before, begun := call.Trace(), time.Now()
	ctx := o.observer.Begin(req.Context(), req)
	if ctx != req.Context() {
		req = req.WithContext(ctx)
	}
	resp, err := o.next.RoundTrip(req)
	seen := Observation{
		Upstream: o.hosts.upstream(req), Method: req.Method, Err: err,
		Total: time.Since(begun), Trace: call.Trace().since(before),
	}
	if err == nil {
		seen.Status = resp.StatusCode
	}
	o.observer.End(ctx, seen)
	return resp, err
}
