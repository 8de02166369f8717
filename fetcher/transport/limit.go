package transport

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/sony/gobreaker/v2"

	"gather/fetcher/limiter"
)

// patience is how long an upstream must have had for a caller's own deadline to count against it. Otherwise anyone could open its circuit
// for all by asking with a deadline it cannot meet.
const patience = time.Second

type limit struct {
	next  http.RoundTripper
	hosts *Hosts
}

// NewLimit waits for the host's turn and holds the permit until the body was read, for which it relies on the buffer stage inside it. The
// host's attempt timeout starts with the turn. It returns the limiter's errors, and
// ErrCircuitOpen where the host's circuit opened during the wait: what queues for a host that went down is not sent to it.
func NewLimit(next http.RoundTripper, hosts *Hosts) http.RoundTripper {
	return &limit{next, hosts}
}

func (l *limit) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	host, call := l.hosts.Of(req), CallFrom(ctx)
	permit, err := host.limiter.Acquire(ctx, caller(call))
	if err != nil {
		closeBody(req)
		if errors.Is(err, context.Canceled) {
			return nil, context.Canceled
		}
		host.refusals.Add(1)
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, limiter.ErrDeadline
		}
		return nil, err
	}
	defer permit.Release()
	call.queued(permit.Queued())
	if host.breaker.State() == gobreaker.StateOpen { // it opened while the call was queued
		host.refusals.Add(1)
		closeBody(req)
		return nil, ErrCircuitOpen
	}
	host.calls.Add(1)

	granted := time.Now()
	if timeout := host.rules.Load().Timeout; timeout > 0 && !endsWithin(ctx, granted.Add(timeout)) {
		timed, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		req = req.WithContext(timed)
	}
	resp, err := l.next.RoundTrip(req)
	took := time.Since(granted)
	if err != nil {
		return nil, attemptError(ctx, err, took)
	}
	// Before the release, so that the next turn already knows.
	permit.Observe(resp.StatusCode, resp.Header)
	if resp.StatusCode == http.StatusTooManyRequests {
		host.throttled.Add(1)
	} else if resp.StatusCode < 500 {
		host.latency.add(took, granted.Add(took))
	}
	return resp, nil
}

// endsWithin reports whether ctx ends by itself before t.
func endsWithin(ctx context.Context, t time.Time) bool {
	deadline, ok := ctx.Deadline()
	return ok && deadline.Before(t)
}

// attemptError tells whose time was up: the attempt's, by its host's rule, or the call's.
func attemptError(ctx context.Context, err error, took time.Duration) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if deadline, ok := ctx.Deadline(); ctx.Err() == nil && (!ok || time.Now().Before(deadline)) {
		return errAttemptTimeout
	}
	if took < patience {
		return errImpatient
	}
	return err
}

func caller(c *Call) limiter.Caller {
	if c == nil {
		return limiter.Caller{}
	}
	return limiter.Caller{Client: c.Client, Weight: c.Weight, Batch: c.Batch, Low: c.Low}
}
