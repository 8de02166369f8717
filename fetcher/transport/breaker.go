package transport

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/sony/gobreaker/v2"
)

// A host's circuit opens when, in a window, at least so many calls failed and they are half of all; it is tried again after a while.
const (
	breakerWindow   = 10 * time.Second
	breakerBucket   = time.Second
	breakerFailures = 10
	breakerOpen     = 5 * time.Second
	breakerProbes   = 2 // calls let through half-open, all of which must succeed
)

var (
	errServerFault = errors.New("the upstream answered with a server error")
	errNoVerdict   = errors.New("the outcome says nothing about the upstream")
)

func newCircuitBreaker() *gobreaker.TwoStepCircuitBreaker[struct{}] {
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests:  breakerProbes,
		Interval:     breakerWindow,
		BucketPeriod: breakerBucket,
		Timeout:      breakerOpen,
		ReadyToTrip: func(c gobreaker.Counts) bool {
			return c.TotalFailures >= breakerFailures && c.TotalFailures >= c.TotalSuccesses
		},
		IsExcluded: func(err error) bool { return err == errNoVerdict },
	})
}

type breaker struct {
	next  http.RoundTripper
	hosts *Hosts
}

// NewBreaker refuses calls to a host whose circuit is open with ErrCircuitOpen, before they queue for it. It is blind to what says nothing
// about the upstream: cancels, the limiter's errors, the dialer's refusals, this service's own limits, and 429.
func NewBreaker(next http.RoundTripper, hosts *Hosts) http.RoundTripper {
	return &breaker{next, hosts}
}

func (b *breaker) RoundTrip(req *http.Request) (*http.Response, error) {
	host := b.hosts.Of(req)
	done, err := host.breaker.Allow()
	if err != nil {
		host.refusals.Add(1)
		closeBody(req)
		return nil, ErrCircuitOpen
	}
	resp, err := b.next.RoundTrip(req)
	outcome := verdict(resp, err)
	if outcome != nil && outcome != errNoVerdict {
		host.failures.Add(1)
	}
	done(outcome)
	return resp, err
}

// verdict is nil for a success of the upstream, errNoVerdict where nothing can be said about it, else a failure.
func verdict(resp *http.Response, err error) error {
	switch {
	case err == nil:
		return statusVerdict(resp.StatusCode)
	case errors.Is(err, ErrDNS), errors.Is(err, ErrConnect), errors.Is(err, ErrTLS), errors.Is(err, ErrBadResponse):
		return err
	case errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, errImpatient) && !unsent(err):
		return err
	}
	return errNoVerdict
}

func statusVerdict(status int) error {
	switch status {
	case http.StatusTooManyRequests:
		return errNoVerdict
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return errServerFault
	}
	return nil
}
