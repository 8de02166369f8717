package fetcher

import (
	"context"
	"errors"
	"net/http"

	"gather/fetcher/guard"
	"gather/fetcher/transport"
)

// RawRequest is one URL to be passed through.
type RawRequest struct {
	Method string
	URL    string
	// Header is the client's, end-to-end fields only. The engine may change it.
	Header http.Header
	Body   []byte
	// Redirect has the Fetch standard's words; "" is "follow".
	Redirect string
	// Attempts is at most [MaxAttempts]; 0 is one.
	Attempts int
	Caller   Caller
}

// Raw sends a request through the chain and returns the upstream's answer with
// its body in memory, to be closed by the caller. ctx's trace hooks see interim
// (1xx) responses. An error is a [Faults] for what the client got wrong, else an
// *[Error].
func (e *Engine) Raw(ctx context.Context, r RawRequest) (*http.Response, transport.Trace, error) {
	var faults faultList
	redirect, ok := redirectModes[r.Redirect]
	if !ok {
		faults.add("#/redirect", `must be "follow", "error" or "manual"`)
	}
	if r.Attempts < 0 || r.Attempts > MaxAttempts {
		faults.addf("#/retry", "must be a whole number from 1 to %d", MaxAttempts)
	}
	target, err := e.guard.Parse(r.URL)
	if err == nil {
		err = e.mayFetch(r.Caller, nil, target)
	}
	if err != nil {
		var refusal *guard.Error
		if errors.As(err, &refusal) && unreadable(refusal) {
			faults.add("#/url", refusal.Reason.Message())
			err = nil
		}
	}
	if invalid := faults.faults.orNil(); invalid != nil {
		return nil, transport.Trace{}, invalid
	}
	if err != nil {
		return nil, transport.Trace{}, Classify(err)
	}
	x := &exchange{
		caller: r.Caller,
		method: r.Method, header: r.Header, body: r.Body, redirect: redirect,
		call: &transport.Call{
			Client: r.Caller.Client, Weight: max(1, r.Caller.Weight), Batch: e.batches.Add(1),
			Attempts: max(1, r.Attempts), RetryUnsafe: r.Attempts > 1,
		},
	}
	ctx, cancel := context.WithTimeout(ctx, e.limits.Timeout)
	defer cancel()
	answer, err := e.client.raw(ctx, x, target)
	if err != nil {
		return nil, x.call.Trace(), Classify(err)
	}
	return answer, x.call.Trace(), nil
}

// unreadable reports whether a refusal is about the text, not about the target.
func unreadable(refusal *guard.Error) bool {
	return errors.Is(refusal, guard.ErrMalformed) || refusal.Reason == guard.ReasonScheme
}

// CheckTarget reports why a URL is not to be called for a caller, or nil. Nothing
// is resolved.
func (e *Engine) CheckTarget(caller Caller, address string) *Error {
	target, err := e.guard.Parse(address)
	if err == nil {
		err = e.mayFetch(caller, nil, target)
	}
	if err != nil {
		return Classify(err)
	}
	return nil
}
