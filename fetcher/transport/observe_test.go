package transport_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"gather/fetcher/fetchertest"
	"gather/fetcher/limiter"
	"gather/fetcher/transport"
)

type watcher struct {
	mu   sync.Mutex
	seen []transport.Observation
}

type watched struct{}

func (w *watcher) Begin(ctx context.Context, _ *http.Request) context.Context {
	return context.WithValue(ctx, watched{}, "mark")
}

func (w *watcher) End(ctx context.Context, seen transport.Observation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ctx.Value(watched{}) == "mark" {
		w.seen = append(w.seen, seen)
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Flaky(1, fetchertest.Reply(503, "no"), fetchertest.JSON(`{}`)))
	hosts, err := transport.NewHosts(transport.HostsOptions{Upstreams: []transport.Upstream{{Rules: transport.Rules{Name: "mine", Retries: 1}, URL: up.URL}}})
	if err != nil {
		t.Fatal(err)
	}
	base := transport.NewBase(transport.BaseOptions{})
	t.Cleanup(base.CloseIdleConnections)
	marked := false
	inner := transport.NewBuffer(base, transport.BufferOptions{})
	w := &watcher{}
	rt := transport.NewObserve(transport.NewRetry(answers(func(req *http.Request) (*http.Response, error) {
		marked = req.Context().Value(watched{}) == "mark"
		return inner.RoundTrip(req)
	}), hosts, transport.RetryOptions{Backoff: transport.Backoff{Base: 1, Cap: 1}}), hosts, w)
	call := &transport.Call{}
	for range 2 {
		if _, err := get(t, transport.WithCall(t.Context(), call), rt, up.URL+"/x"); err != nil {
			t.Fatal(err)
		}
	}
	if !marked {
		t.Error("the observer's context did not go down the chain")
	}
	if len(w.seen) != 2 {
		t.Fatalf("%d hops seen", len(w.seen))
	}
	if first := w.seen[0]; first.Upstream != "mine" || first.Status != 200 || first.Method != http.MethodGet || first.Trace.Attempts != 2 || first.Trace.Retries != 1 || first.Total <= 0 {
		t.Errorf("first: %+v", first)
	}
	if second := w.seen[1]; second.Trace.Attempts != 1 || second.Trace.Retries != 0 || second.Trace.Bytes != 2 {
		t.Errorf("the second hop is charged with the first: %+v", second)
	}
}

// A URL that the guard may yet refuse must not bring a host into being.
func TestObserveMakesNoHosts(t *testing.T) {
	t.Parallel()
	hosts := newHosts(t, transport.Rules{}, limiter.Options{})
	rt := transport.NewObserve(answers(func(*http.Request) (*http.Response, error) { return nil, transport.ErrConnect }), hosts, &watcher{})
	if _, err := get(t, t.Context(), rt, "http://metadata.internal/"); err == nil {
		t.Fatal("answered")
	}
	if n := hosts.Len(); n != 0 {
		t.Errorf("%d hosts", n)
	}
}

func TestStagesWithoutCall(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Flaky(1, fetchertest.Dead(), fetchertest.Gzip("x")))
	c := newChain(t, chainOptions{rules: transport.Rules{Retries: 1, Hedge: true, Rate: 1000, Concurrency: 1}})
	resp, err := get(t, t.Context(), c, up.URL)
	if err != nil || resp.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("got %v", err)
	}
	var none *transport.Call
	if none.Trace() != (transport.Trace{}) || transport.CallFrom(t.Context()) != nil {
		t.Error("a Call came from nowhere")
	}
}

// One Call may serve two hosts at once: a stale answer revalidated while the next hop runs.
func TestCallSharedByHosts(t *testing.T) {
	t.Parallel()
	a, b := fetchertest.Start(t, fetchertest.JSON(`"a"`)), fetchertest.Start(t, fetchertest.JSON(`"b"`))
	c := newChain(t, chainOptions{})
	ctx := transport.WithCall(t.Context(), &transport.Call{})
	var all sync.WaitGroup
	for range 50 {
		for _, up := range []*fetchertest.Upstream{a, b} {
			all.Go(func() {
				if _, err := get(t, ctx, c, up.URL); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	for _, s := range c.hosts.Snapshot() {
		if s.Calls != 50 {
			t.Errorf("%s: %d calls, want 50", s.Origin, s.Calls)
		}
	}
}
