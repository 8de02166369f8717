package transport

import (
	"context"
	"errors"
	"net/http"

	"gather/fetcher/limiter"
)

// What a call can fail with, besides the limiter's errors, the dialer's refusal, context.Canceled and context.DeadlineExceeded, which pass
// through. The texts of what wraps them name a reason, never a URL, an address or a header's value.
var (
	ErrDNS          = errors.New("the name could not be resolved")
	ErrConnect      = errors.New("no connection could be made")
	ErrTLS          = errors.New("no secure connection could be made")
	ErrBadResponse  = errors.New("the response is malformed")
	ErrBodyTooLarge = errors.New("the body is larger than allowed")
	ErrOverloaded   = errors.New("the memory for bodies in flight is spent")
	ErrCircuitOpen  = errors.New("the circuit breaker is open")

	// ErrTruncated is the ErrBadResponse of an answer that broke off: unlike a malformed one it may well arrive whole the next time.
	ErrTruncated error = &failure{kind: ErrBadResponse, text: "the response ended early", passing: true}
)

// errAttemptTimeout is the end of one attempt by its host's rule while the call itself still has time.
var errAttemptTimeout error = &failure{kind: context.DeadlineExceeded, text: "the attempt took longer than the upstream's timeout", passing: true}

// errImpatient is a caller's own deadline that passed before the upstream had a fair chance to answer; it says nothing about the upstream.
var errImpatient error = &failure{kind: context.DeadlineExceeded, text: "the deadline passed"}

// failure is one reason of a kind.
type failure struct {
	kind    error
	text    string
	passing bool // another attempt may succeed
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.kind }

// passing reports whether another attempt may succeed where this error came.
func passing(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.passing
}

// unsent reports whether err came from a stage that refused the request before anything was sent.
func unsent(err error) bool {
	return errors.Is(err, limiter.ErrDeadline) || errors.Is(err, limiter.ErrCooling) || errors.Is(err, limiter.ErrQueueFull) ||
		errors.Is(err, ErrCircuitOpen)
}

// closeBody is what a RoundTripper owes a request it does not hand on.
func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
