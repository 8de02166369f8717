package fetcher

import (
	"net/http"

	"gather/cache"
	"gather/fetcher/guard"
	"gather/fetcher/transport"
)

// stage puts one concern around the stages inside it.
type stage struct {
	name string
	wrap func(next http.RoundTripper) http.RoundTripper
}

// stages is the way of a request, outermost first. The order is the design:
//
//   - a cache hit costs no token and meets no breaker;
//   - the cache coalesces outside retry, so that one leader retries for all;
//   - a breaker that is open refuses before anything queues;
//   - limit is inside retry, so that retries are counted;
//   - hedge is inside limit and takes a token of its own, or does not hedge;
//   - buffer reads the body whole, so that a truncated one can be retried and
//     every stage around it sees bytes in memory;
//   - a client's trace is carried on where an upstream is really called;
//   - a query credential is added last, where nobody else sees the URL.
func stages(o *Options, cached **cache.Transport) []stage {
	return []stage{
		{"observe", func(next http.RoundTripper) http.RoundTripper { return transport.NewObserve(next, o.Hosts, o.Observer) }},
		{"guard", func(next http.RoundTripper) http.RoundTripper { return guard.NewTransport(next, o.Guard) }},
		{"cache", func(next http.RoundTripper) http.RoundTripper {
			*cached = cache.NewTransport(next, o.Store, o.Cache)
			return *cached
		}},
		{"retry", func(next http.RoundTripper) http.RoundTripper { return transport.NewRetry(next, o.Hosts, o.Retry) }},
		{"breaker", func(next http.RoundTripper) http.RoundTripper { return transport.NewBreaker(next, o.Hosts) }},
		{"limit", func(next http.RoundTripper) http.RoundTripper { return transport.NewLimit(next, o.Hosts) }},
		{"hedge", func(next http.RoundTripper) http.RoundTripper { return transport.NewHedge(next, o.Hosts) }},
		{"buffer", func(next http.RoundTripper) http.RoundTripper { return transport.NewBuffer(next, o.Buffer) }},
		{"trace", func(next http.RoundTripper) http.RoundTripper { return propagate{next} }},
		{"credential", func(next http.RoundTripper) http.RoundTripper { return queryCredential{next} }},
	}
}

// newChain stacks the stages around the connection pool. The cache is also given
// by itself, for what is asked of it outside the chain.
func newChain(o *Options, base http.RoundTripper) (chain http.RoundTripper, cached *cache.Transport) {
	chain = base
	all := stages(o, &cached)
	for i := len(all) - 1; i >= 0; i-- {
		chain = all[i].wrap(chain)
	}
	return chain, cached
}
