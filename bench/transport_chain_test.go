package bench_test

import (
	"net/http"
	"testing"
	"time"

	"gather/fetcher/limiter"
	"gather/fetcher/transport"
)

// stack is the stages of fetcher/transport in their order, over a pool of their own.
type stack struct {
	http.RoundTripper
	hosts  *transport.Hosts
	budget *transport.Budget
}

func newStack(t testing.TB, rules transport.Rules, memory int64) *stack {
	t.Helper()
	hosts, err := transport.NewHosts(transport.HostsOptions{Defaults: rules, Limiter: limiter.Options{Gate: limiter.NewGate(256)}})
	if err != nil {
		t.Fatal(err)
	}
	base := transport.NewBase(transport.BaseOptions{})
	t.Cleanup(base.CloseIdleConnections)
	s := &stack{hosts: hosts, budget: transport.NewBudget(memory)}
	rt := transport.NewBuffer(base, transport.BufferOptions{Budget: s.budget})
	rt = transport.NewHedge(rt, hosts)
	rt = transport.NewLimit(rt, hosts)
	rt = transport.NewBreaker(rt, hosts)
	s.RoundTripper = transport.NewRetry(rt, hosts, transport.RetryOptions{Backoff: transport.Backoff{Base: time.Millisecond, Cap: time.Second}})
	return s
}
