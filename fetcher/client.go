package fetcher

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"gather/cache"
	"gather/fetcher/transport"
)

// client makes one exchange: a request, its redirects, an answer in memory.
// Everything that makes it polite and safe stands in the chain below it.
type client struct {
	// blank is a request of a resty client, to be copied: what is empty in it is
	// made once, and stays empty.
	blank *resty.Request
	// plain is the same client without resty's view of a request, for Raw.
	plain *http.Client
	now   func() time.Time
}

func newClient(
	chain http.RoundTripper, checkRedirect func(next *http.Request, via []*http.Request) error, now func() time.Time,
) *client {
	plain := &http.Client{Transport: chain, CheckRedirect: checkRedirect}
	rest := resty.NewWithClient(plain).
		SetLogger(silent{}).
		SetDisableWarn(true)
	return &client{blank: rest.R().SetDoNotParseResponse(true), plain: plain, now: now}
}

// exchange is all that one call needs to know.
type exchange struct {
	caller    Caller
	method    string
	url       string
	header    http.Header
	body      []byte
	redirect  redirectMode
	cacheMode cache.Mode
	partition string
	upstream  *Upstream
	// timeout bounds the exchange with its queueing and retries; 0: only ctx does.
	timeout time.Duration
	call    *transport.Call
}

// do runs the exchange. It never fails: what went wrong is in the Response,
// whose ID and start are the caller's to set.
func (c *client) do(ctx context.Context, x *exchange) Response {
	began := c.now()
	if x.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, x.timeout)
		defer cancel()
	}
	request := *c.blank
	request.SetContext(x.context(ctx))
	request.Header = x.header
	if x.body != nil {
		request.SetBody(x.body)
	}
	answer, err := request.Execute(x.method, x.url)
	var response Response
	if err != nil {
		response.fail(Classify(err))
	} else {
		response = read(answer.RawResponse)
	}
	if x.timeout > 0 && response.Error != nil && response.Error.Code == CodeTimeout && ctx.Err() != nil {
		response.Error = noAnswerWithin(x.timeout)
	}
	trace := x.call.Trace()
	response.Attempts = trace.Attempts
	response.Timing = Timing{
		Queued: trace.Queued, DNS: trace.DNS, Connect: trace.Connect, TLS: trace.TLS,
		Wait: trace.Wait, Receive: trace.Receive, Total: c.now().Sub(began),
	}
	if response.URL == "" {
		response.URL = x.url
	}
	return response
}

// context is ctx with what the chain and the redirect policy need to know.
func (x *exchange) context(ctx context.Context) context.Context {
	ctx = transport.WithCall(ctx, x.call)
	if x.cacheMode != cache.ModeDefault {
		ctx = cache.WithMode(ctx, x.cacheMode)
	}
	if x.call.Decode {
		ctx = cache.WithDecoded(ctx)
	}
	if x.partition != "" {
		ctx = cache.WithPartition(ctx, x.partition)
	}
	return context.WithValue(ctx, hopKey{}, &hop{redirect: x.redirect, upstream: x.upstream, caller: x.caller})
}

// read turns the chain's answer, whose body is in memory, into a Response.
func read(answer *http.Response) Response {
	response := Response{
		Status: answer.StatusCode,
		Header: answer.Header,
		URL:    answer.Request.URL.String(),
		Cache:  cache.StatusOf(answer.Header),
	}
	content, free, err := contentOf(answer)
	if err != nil {
		response.fail(Classify(err))
		return response
	}
	var ok bool
	if response.Body, ok = bodyOf(answer, content); !ok {
		response.Error = &Error{Code: CodeBadBody, Detail: "the body claims to be JSON and is not"}
	}
	response.Body.free = free
	switch {
	case answer.StatusCode == http.StatusTooManyRequests && ok:
		response.Error = &Error{Code: CodeRateLimited, Detail: "the upstream answered 429 to the last attempt allowed"}
	case answer.StatusCode == http.StatusNotModified:
		// To a condition of the client's own: what it holds is as good as a 200.
		response.Collected = strings.HasPrefix(response.Cache, "hit")
	default:
		response.Collected = ok && answer.StatusCode/100 == 2
	}
	return response
}

// contentOf is the body without copying it where the chain holds it in memory.
func contentOf(answer *http.Response) (content []byte, free func() error, err error) {
	if held, ok := answer.Body.(interface{ Bytes() []byte }); ok {
		return held.Bytes(), answer.Body.Close, nil
	}
	defer func() { _ = answer.Body.Close() }()
	content, err = io.ReadAll(answer.Body)
	return content, nil, err
}

func bodyOf(answer *http.Response, content []byte) (Body, bool) {
	if len(content) == 0 && mayBeEmpty(answer) {
		return Body{}, true
	}
	held, kept := answer.Body.(checked)
	body, ok := newBody(answer.Header.Get("Content-Type"), content, kept && held.Checked())
	if kept && ok && body.Kind == BodyJSON {
		held.SetChecked()
	}
	return body, ok
}

// checked is a body from the cache, which keeps for all who get the same bytes that
// they are valid JSON.
type checked interface {
	Checked() bool
	SetChecked()
}

// mayBeEmpty reports whether an empty body is no broken promise of JSON
// (RFC 9110 sections 6.4.1 and 15): no content by method or status, or an answer
// to a change.
func mayBeEmpty(answer *http.Response) bool {
	switch answer.StatusCode {
	case http.StatusNoContent, http.StatusResetContent, http.StatusNotModified:
		return true
	}
	return answer.Request.Method != http.MethodGet || answer.StatusCode/100 == 3
}

// raw sends a request as it stands and returns the chain's own answer.
func (c *client) raw(ctx context.Context, x *exchange, target *url.URL) (*http.Response, error) {
	request := (&http.Request{
		Method: x.method, URL: target, Host: target.Host, Header: x.header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(x.context(ctx))
	if len(x.body) > 0 {
		request.ContentLength = int64(len(x.body))
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(x.body)), nil }
		request.Body = io.NopCloser(bytes.NewReader(x.body))
	}
	answer, err := c.plain.Do(request)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		// net/url's text quotes the URL, query and all.
		err = wrapped.Err
	}
	return answer, err
}

// silent keeps resty's warnings, which may quote URLs, out of the log.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
