package transport

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"
)

// RetryOptions are what the retry stage needs. The zero value is usable.
type RetryOptions struct {
	Backoff Backoff        // zero: from 100 ms, at most 5 s
	Random  func() float64 // uniform in [0, 1); nil: math/rand/v2's
}

type retry struct {
	next  http.RoundTripper
	hosts *Hosts
	opts  RetryOptions
}

// NewRetry tries again what failed in passing: connection errors, broken-off answers, an attempt's timeout, and 408, 429, 500, 502, 503 and
// 504. It does so for idempotent methods (RFC 9110 section 9.2.2) or where the Call asks for it, while attempts, the host's retry quota and
// the deadline last; where they do not, the last answer stands. How long a 429 or 503 asks to wait is the limiter's to honour, for all calls:
// the next attempt meets its cool-down.
func NewRetry(next http.RoundTripper, hosts *Hosts, opts RetryOptions) http.RoundTripper {
	opts.Backoff.Base = cmp.Or(opts.Backoff.Base, 100*time.Millisecond)
	opts.Backoff.Cap = cmp.Or(opts.Backoff.Cap, 5*time.Second)
	if opts.Random == nil {
		opts.Random = rand.Float64
	}
	return &retry{next, hosts, opts}
}

func (r *retry) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	host, call := r.hosts.Of(req), CallFrom(ctx)
	host.retry.count(time.Now())
	attempts := 1 + host.rules.Load().Retries
	if call != nil && call.Attempts > 0 {
		attempts = call.Attempts
	}
	if attempts > 1 && !repeatable(req, call) {
		attempts = 1
	}

	last := attempt(r.next, req)
	for n := 1; n < attempts && last.worthRetrying(); n++ {
		delay := r.opts.Backoff.Delay(n, r.opts.Random())
		again, ok := r.prepare(req, host, delay)
		if !ok {
			break
		}
		if !sleep(ctx, delay) {
			closeBody(again)
			if errors.Is(ctx.Err(), context.Canceled) {
				last.discard()
				return nil, context.Canceled
			}
			break
		}
		last.shed()
		later := attempt(r.next, again)
		if !unsent(later.err) {
			host.retries.Add(1)
			call.retried(delay)
		}
		if last.outweighs(later) {
			break
		}
		last.discard()
		last = later
	}
	return last.resp, last.err
}

// prepare makes the next attempt's request, if there is time and quota for one.
func (r *retry) prepare(req *http.Request, host *Host, delay time.Duration) (*http.Request, bool) {
	now := time.Now()
	if deadline, ok := req.Context().Deadline(); ok && !now.Add(delay).Before(deadline) {
		return nil, false
	}
	if req.Context().Err() != nil || !host.retry.take(now) {
		return nil, false
	}
	again := req.WithContext(req.Context())
	if req.Body != nil && req.Body != http.NoBody {
		body, err := req.GetBody()
		if err != nil {
			return nil, false
		}
		again.Body = body
	}
	return again, true
}

// repeatable reports whether req may be sent twice, and its body can be.
func repeatable(req *http.Request, call *Call) bool {
	if req.Body != nil && req.Body != http.NoBody && req.GetBody == nil {
		return false
	}
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return call != nil && call.RetryUnsafe
}

// sleep waits for d; it is false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
