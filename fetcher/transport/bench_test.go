package transport_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gather/fetcher/limiter"
	"gather/fetcher/transport"
)

// BenchmarkStage is what each stage adds to a call that goes straight through.
func BenchmarkStage(b *testing.B) {
	answer := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: transport.NewBody([]byte(`{}`))}
	end := answers(func(*http.Request) (*http.Response, error) { return answer, nil })
	hosts := newHosts(b, transport.Rules{Concurrency: 64, Hedge: true}, limiter.Options{Gate: limiter.NewGate(256)})
	for _, stage := range []struct {
		name string
		rt   http.RoundTripper
	}{
		{"observe", transport.NewObserve(end, hosts, discard{})},
		{"retry", transport.NewRetry(end, hosts, transport.RetryOptions{})},
		{"breaker", transport.NewBreaker(end, hosts)},
		{"limit", transport.NewLimit(end, hosts)},
		{"hedge", transport.NewHedge(end, hosts)},
		{"buffer", transport.NewBuffer(fresh{}, transport.BufferOptions{Budget: transport.NewBudget(1 << 30)})},
	} {
		b.Run(stage.name, func(b *testing.B) {
			req := request(b, "http://a.test/path")
			b.ReportAllocs()
			for b.Loop() {
				resp, err := stage.rt.RoundTrip(req)
				if err != nil {
					b.Fatal(err)
				}
				_ = resp.Body.Close()
			}
		})
	}
}

// BenchmarkChain is a call over a real socket: through all stages, and through net/http alone.
func BenchmarkChain(b *testing.B) {
	for _, size := range []int{300, 26 << 10} {
		body := strings.Repeat("x", size)
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
		b.Cleanup(srv.Close)
		base := transport.NewBase(transport.BaseOptions{})
		b.Cleanup(base.CloseIdleConnections)
		for _, way := range []struct {
			name string
			rt   http.RoundTripper
		}{{"bare", base}, {"stages", newChain(b, chainOptions{rules: transport.Rules{Concurrency: 64, Retries: 2}, gate: 256})}} {
			b.Run(way.name+"/"+map[int]string{300: "300B", 26 << 10: "26KB"}[size], func(b *testing.B) {
				req := request(b, srv.URL)
				b.ReportAllocs()
				var bytes []byte
				for b.Loop() {
					resp, err := way.rt.RoundTrip(req)
					if err != nil {
						b.Fatal(err)
					}
					if held, ok := resp.Body.(*transport.Body); ok {
						bytes = held.Bytes()
					} else if bytes, err = io.ReadAll(resp.Body); err != nil {
						b.Fatal(err)
					}
					if len(bytes) != size {
						b.Fatalf("%d bytes", len(bytes))
					}
					_ = resp.Body.Close()
				}
			})
		}
	}
}

func BenchmarkHostsFor(b *testing.B) {
	hosts := newHosts(b, transport.Rules{}, limiter.Options{})
	u := parse(b, "https://api.example.com/path")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			hosts.For(u)
		}
	})
}

func request(b *testing.B, url string) *http.Request {
	b.Helper()
	req, err := http.NewRequestWithContext(transport.WithCall(b.Context(), &transport.Call{Client: "bench", Weight: 1}), http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	return req
}

// fresh answers with a body that is read anew each time.
type fresh struct{}

func (fresh) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, ContentLength: 300, Body: io.NopCloser(strings.NewReader(benchBody))}, nil
}

var benchBody = strings.Repeat("x", 300)

// discard is an Observer that looks away.
type discard struct{}

func (discard) Begin(ctx context.Context, _ *http.Request) context.Context { return ctx }
func (discard) End(context.Context, transport.Observation)                 {}
