package transport

import (
	"context"
	"errors"
	"net/http"
)

// keptAnswer is the largest body kept while its request is tried again. A larger one would hold memory that the next attempt waits for.
const keptAnswer = 64 << 10

// outcome is what one attempt ended with: an answer or an error.
type outcome struct {
	resp *http.Response
	err  error
	gone bool // the answer's body was let go
}

func attempt(next http.RoundTripper, req *http.Request) outcome {
	resp, err := next.RoundTrip(req)
	return outcome{resp: resp, err: err}
}

func (o outcome) worthRetrying() bool {
	if o.err != nil {
		return passing(o.err)
	}
	switch o.resp.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// outweighs reports whether o says more than a later attempt that was not sent, or that answered nothing in the time there was.
func (o outcome) outweighs(later outcome) bool {
	switch {
	case o.gone:
		return false
	case unsent(later.err):
		return true
	}
	return o.resp != nil && errors.Is(later.err, context.DeadlineExceeded) && later.err != errAttemptTimeout
}

// shed lets go of an answer too large to be kept during another attempt.
func (o *outcome) shed() {
	if o.resp == nil {
		return
	}
	if body, ok := o.resp.Body.(*Body); !ok || len(body.bytes) > keptAnswer {
		o.discard()
	}
}

func (o *outcome) discard() {
	if o.resp != nil && !o.gone {
		_ = o.resp.Body.Close()
		o.gone = true
	}
}
