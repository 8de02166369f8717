package transport_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gather/fetcher/limiter"
	"gather/fetcher/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// chain is all stages in their order, without guard and cache, and what they share.
type chain struct {
	http.RoundTripper
	hosts  *transport.Hosts
	budget *transport.Budget
	base   *http.Transport
}

type chainOptions struct {
	rules  transport.Rules
	buffer transport.BufferOptions
	base   transport.BaseOptions
	gate   int
}

func newChain(t testing.TB, opts chainOptions) *chain {
	t.Helper()
	c := &chain{base: transport.NewBase(opts.base)}
	t.Cleanup(c.base.CloseIdleConnections)
	c.hosts = newHosts(t, opts.rules, limiter.Options{Gate: limiter.NewGate(opts.gate)})
	if opts.buffer.Budget == nil {
		opts.buffer.Budget = transport.NewBudget(64 << 20)
	}
	c.budget = opts.buffer.Budget
	rt := transport.NewBuffer(c.base, opts.buffer)
	rt = transport.NewHedge(rt, c.hosts)
	rt = transport.NewLimit(rt, c.hosts)
	rt = transport.NewBreaker(rt, c.hosts)
	rt = transport.NewRetry(rt, c.hosts, transport.RetryOptions{Backoff: transport.Backoff{Base: time.Millisecond, Cap: 10 * time.Millisecond}})
	c.RoundTripper = transport.NewObserve(rt, c.hosts, nil)
	return c
}

func newHosts(t testing.TB, rules transport.Rules, limits limiter.Options) *transport.Hosts {
	t.Helper()
	hosts, err := transport.NewHosts(transport.HostsOptions{Defaults: rules, Limiter: limits})
	if err != nil {
		t.Fatal(err)
	}
	return hosts
}

// get sends one GET; the response's body is closed when the test ends at the latest.
func get(t testing.TB, ctx context.Context, rt http.RoundTripper, url string) (*http.Response, error) {
	t.Helper()
	return send(t, ctx, rt, http.MethodGet, url, nil)
}

func send(t testing.TB, ctx context.Context, rt http.RoundTripper, method, url string, body io.Reader) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := rt.RoundTrip(req)
	if err == nil {
		t.Cleanup(func() { _ = resp.Body.Close() })
	}
	return resp, err
}

func bodyOf(t testing.TB, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// answers is a RoundTripper made of a function, for tests of one stage under a fake clock.
type answers func(*http.Request) (*http.Response, error)

func (f answers) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func reply(status int, fields ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(fields); i += 2 {
		h.Set(fields[i], fields[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: transport.NewBody([]byte("answer"))}
}

// refuse answers 429 and asks for half a minute.
func refuse(*http.Request) (*http.Response, error) { return reply(429, "Retry-After", "30"), nil }
