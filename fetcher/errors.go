package fetcher

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"gather/fetcher/expr"
	"gather/fetcher/guard"
	"gather/fetcher/limiter"
	"gather/fetcher/transport"
)

// Code says what went wrong with an item, in the contract's words.
type Code string

// The codes of API.md section 1. Each has one status in statusOf.
const (
	CodeTargetBlocked    Code = "target_blocked"
	CodeDNSFailure       Code = "dns_failure"
	CodeConnectFailure   Code = "connect_failure"
	CodeTLSFailure       Code = "tls_failure"
	CodeBadResponse      Code = "bad_response"
	CodeBadBody          Code = "bad_body"
	CodeBodyTooLarge     Code = "body_too_large"
	CodeTooManyRedirects Code = "too_many_redirects"
	CodeTimeout          Code = "timeout"
	CodeRateLimited      Code = "rate_limited"
	CodeCircuitOpen      Code = "circuit_open"
	CodeOverloaded       Code = "overloaded"
	CodeDependencyFailed Code = "dependency_failed"
	CodeExpressionFailed Code = "expression_failed"
	CodeCanceled         Code = "canceled"
)

// StatusClientClosedRequest is the status of what was cancelled; it has no name
// in the registry but is what proxies log for a client that left.
const StatusClientClosedRequest = 499

// Status is the HTTP status an error of this code is shown with. CodeBadBody has
// none of its own: there the upstream's stands.
func (c Code) Status() int {
	switch c {
	case CodeTargetBlocked:
		return http.StatusForbidden
	case CodeTimeout:
		return http.StatusGatewayTimeout
	case CodeRateLimited:
		return http.StatusTooManyRequests
	case CodeCircuitOpen, CodeOverloaded:
		return http.StatusServiceUnavailable
	case CodeDependencyFailed:
		return http.StatusFailedDependency
	case CodeExpressionFailed:
		return http.StatusUnprocessableEntity
	case CodeCanceled:
		return StatusClientClosedRequest
	default:
		return http.StatusBadGateway
	}
}

// Error is what this service has to say about an item. Detail is written for the
// client and never holds a query string, a credential or a resolved address.
type Error struct {
	Code   Code
	Detail string
}

// Error gives code and detail.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Detail }

var (
	errTooManyRedirects = errors.New("more than 5 redirects")
	errRedirectLoop     = errors.New("the redirects go round in a circle")
	errRedirectRefused  = errors.New(`the upstream redirected and redirect is "error"`)
	errRequiredFailed   = errors.New("a required request of the batch was not collected")
)

// sources is the one table from errors to codes; the first match counts. An empty
// detail takes the error's own text, which its package keeps free of secrets.
var sources = []struct {
	err    error
	code   Code
	detail string
}{
	{guard.ErrBlocked, CodeTargetBlocked, ""},
	{errTooManyRedirects, CodeTooManyRedirects, errTooManyRedirects.Error()},
	{errRedirectLoop, CodeTooManyRedirects, errRedirectLoop.Error()},
	{errRedirectRefused, CodeTooManyRedirects, errRedirectRefused.Error()},
	{expr.ErrExpression, CodeExpressionFailed, ""},
	{limiter.ErrDeadline, CodeTimeout, "the wait for the rate limit could not end in time"},
	{limiter.ErrCooling, CodeRateLimited, "the upstream is cooling down past the deadline"},
	{limiter.ErrQueueFull, CodeOverloaded, "too many calls wait for this upstream"},
	{transport.ErrCircuitOpen, CodeCircuitOpen, "the upstream failed too often and is given a rest"},
	{transport.ErrOverloaded, CodeOverloaded, "the memory for bodies in flight is spent"},
	{transport.ErrBodyTooLarge, CodeBodyTooLarge, "the body is larger than allowed"},
	{errRequiredFailed, CodeCanceled, errRequiredFailed.Error()},
	{context.DeadlineExceeded, CodeTimeout, "no answer in time"},
	{context.Canceled, CodeCanceled, "cancelled before it was done"},
	{transport.ErrDNS, CodeDNSFailure, "the name could not be resolved"},
	{transport.ErrConnect, CodeConnectFailure, "no connection could be made"},
	{transport.ErrTLS, CodeTLSFailure, "no secure connection could be made"},
	{transport.ErrBadResponse, CodeBadResponse, ""},
}

// Classify turns any error of a call into what a client is told.
func Classify(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	for _, source := range sources {
		if !errors.Is(err, source.err) {
			continue
		}
		detail := source.detail
		if detail == "" {
			detail = innermost(err, source.err)
		}
		return &Error{Code: source.code, Detail: detail}
	}
	// Whatever else the HTTP client says may hold a URL, so its text stays here.
	return &Error{Code: CodeBadResponse, Detail: "the upstream's answer could not be understood"}
}

func noAnswerWithin(limit time.Duration) *Error {
	return &Error{Code: CodeTimeout, Detail: "no answer within " + limit.String()}
}

// innermost is the text of the error that names sentinel most closely, without
// what outer layers put around it: net/url's above all, which quotes the URL.
func innermost(err, sentinel error) string {
	var quoting *url.Error
	if errors.As(err, &quoting) {
		err = quoting.Err
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil || inner == sentinel || !errors.Is(inner, sentinel) {
			return err.Error()
		}
		err = inner
	}
}
