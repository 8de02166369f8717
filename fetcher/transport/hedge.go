package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/sony/gobreaker/v2"
)

type hedge struct {
	next  http.RoundTripper
	hosts *Hosts
}

// NewHedge sends a second GET or HEAD beside one that takes longer than the host's p95, and returns whichever answers first; the other is
// cancelled. It does so only for hosts whose rules ask for it, with a token of its own that is there at once, while the circuit is closed,
// and for at most 5 % of the calls: a hedge is for a straggler, not for an upstream that is slow as a whole.
func NewHedge(next http.RoundTripper, hosts *Hosts) http.RoundTripper {
	return &hedge{next, hosts}
}

func (h *hedge) RoundTrip(req *http.Request) (*http.Response, error) {
	host := h.hosts.Of(req)
	if !host.rules.Load().Hedge || req.Method != http.MethodGet && req.Method != http.MethodHead || req.Body != nil && req.Body != http.NoBody {
		return h.next.RoundTrip(req)
	}
	now := time.Now()
	host.hedge.count(now)
	var p95 [1]time.Duration
	if host.latency.quantiles(now, []float64{0.95}, p95[:]) < hedgeMin {
		return h.next.RoundTrip(req)
	}
	after := p95[0]
	if host.hedge.scarce(now) {
		// One in twenty is past the p95 by what the word means, and would alone take up the quota: half of it is kept for true stragglers.
		after *= 2
	}
	return h.race(req, host, after)
}

// try is one of the two, with a record of its own.
type try struct {
	req  *http.Request
	call *Call
	resp *http.Response
	err  error
}

func newTry(ctx context.Context, req *http.Request) *try {
	t := &try{call: CallFrom(ctx).fork()}
	if t.call != nil {
		ctx = WithCall(ctx, t.call)
	}
	t.req = req.WithContext(ctx)
	return t
}

// race runs the first try on the caller's goroutine, so that the many calls that are answered in time cost a timer and little more. A second
// one that answers first cancels it.
func (h *hedge) race(req *http.Request, host *Host, after time.Duration) (*http.Response, error) {
	firstCtx, cancelFirst := context.WithCancel(req.Context())
	defer cancelFirst()
	secondCtx, cancelSecond := context.WithCancel(req.Context())
	defer cancelSecond()
	outcome := make(chan *try, 1) // the second try, over; nil: none was sent
	timer := time.AfterFunc(after, func() {
		outcome <- h.second(secondCtx, req, host, cancelFirst)
	})

	first := newTry(firstCtx, req)
	first.resp, first.err = h.next.RoundTrip(first.req)
	if timer.Stop() {
		return first.win(req, 0)
	}
	if first.err == nil {
		cancelSecond()
	}
	second := <-outcome // a cancelled try ends at once
	if second == nil {
		return first.win(req, 0)
	}
	CallFrom(req.Context()).hedged()
	if first.err == nil || second.err != nil || !useful(second.resp) {
		if second.resp != nil {
			_ = second.resp.Body.Close()
		}
		return first.win(req, 0)
	}
	host.hedgeWins.Add(1)
	return second.win(req, after)
}

// second sends the second try if everything allows it; nil: it was not sent.
func (h *hedge) second(ctx context.Context, req *http.Request, host *Host, cancelFirst context.CancelFunc) *try {
	if ctx.Err() != nil || host.breaker.State() != gobreaker.StateClosed || !host.hedge.take(time.Now()) {
		return nil
	}
	permit, ok := host.limiter.TryAcquire(caller(CallFrom(ctx)))
	if !ok {
		return nil
	}
	defer permit.Release()
	host.hedges.Add(1)
	t := newTry(ctx, req)
	if t.resp, t.err = h.next.RoundTrip(t.req); t.err != nil {
		return t
	}
	if useful(t.resp) {
		cancelFirst()
	} else {
		permit.Observe(t.resp.StatusCode, t.resp.Header) // nobody further out will see it
	}
	return t
}

// win hands t's answer on, its record joined to the call's and its context the request's again.
func (t *try) win(req *http.Request, head time.Duration) (*http.Response, error) {
	if call := CallFrom(req.Context()); call != nil {
		record := t.call.Trace()
		record.Wait += head
		call.record(record)
	}
	if t.resp != nil {
		t.resp.Request = req
	}
	return t.resp, t.err
}

// useful reports whether a second try's answer may stand for the first's: one that says "not now" may not.
func useful(resp *http.Response) bool {
	return resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests
}
