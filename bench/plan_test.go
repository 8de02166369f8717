package bench_test

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"testing"
	"time"

	"gather/cache"
	"gather/fetcher"
	"gather/fetcher/guard"
	"gather/fetcher/limiter"
	"gather/fetcher/transport"
)

// What planning costs: the budget is 60 µs an item once its expressions are
// compiled, and 100 ms for a graph of 10,000 items.

const (
	planBudget  = 100 * time.Millisecond
	itemBudget  = 60 * time.Microsecond
	planItems   = 10_000
	planAddress = "http://127.0.0.1:1"
)

func newEngine(t testing.TB, address string, rules transport.Rules) *fetcher.Engine {
	t.Helper()
	g, err := guard.New(guard.Options{Upstreams: []guard.Upstream{{Name: "a", URL: address, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}}})
	if err != nil {
		t.Fatal(err)
	}
	rules.Name = "a"
	hosts, err := transport.NewHosts(transport.HostsOptions{
		Upstreams: []transport.Upstream{{Rules: rules, URL: address}}, Limiter: limiter.Options{Gate: limiter.NewGate(256)},
	})
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	engine := fetcher.New(fetcher.Options{
		Guard: g, Hosts: hosts, Store: cache.NewMemoryStore(cache.MemoryLimits{Bytes: 64 << 20, Entries: 100_000}),
		Buffer:    transport.BufferOptions{Budget: transport.NewBudget(256 << 20), MaxBody: 10 << 20},
		Upstreams: []fetcher.Upstream{{Name: "a", Base: base}},
		Limits: fetcher.Limits{
			Timeout: time.Minute, MaxTimeout: time.Minute, MaxJobTimeout: time.Minute, MaxRequests: planItems, MaxCalls: 1000,
			MaxBatchBytes: 64 << 20, PerHost: 128,
		},
		UserAgent: "gather/bench",
	})
	t.Cleanup(engine.Close)
	return engine
}

// graphOf is the JSON of n items: a chain of ten, each of which reads the one
// before, again and again, with a header and a selection.
func graphOf(n int) []byte {
	text := []byte(`{"requests":[`)
	for i := range n {
		if i > 0 {
			text = append(text, ',')
		}
		if i%10 == 0 {
			text = fmt.Appendf(text, `{"id":"i%d","upstream":"a","url":"/users/%d","headers":{"Accept-Language":"eo"}}`, i, i)
			continue
		}
		text = fmt.Appendf(text, `{"id":"i%d","upstream":"a","url":"/todos?userId={{i%d.body.id}}&n=%d","headers":{"X-Etag":"{{i%d.headers.etag}}"},"select":"[.[] | {id, title}]"}`, i, i-1, i, i-1)
	}
	return append(text, `]}`...)
}

func BenchmarkPlan(b *testing.B) {
	engine := newEngine(b, planAddress, transport.Rules{})
	for _, n := range []int{10, 100, planItems} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			text := graphOf(n)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := engine.CompileText(text, fetcher.CompileOptions{}); err != nil {
					b.Fatal(err)
				}
			}
			perItem := b.Elapsed() / time.Duration(b.N*n)
			b.ReportMetric(float64(perItem.Nanoseconds()), "ns/item")
			if perItem > itemBudget {
				b.Errorf("%s an item, want at most %s", perItem, itemBudget)
			}
			if whole := b.Elapsed() / time.Duration(b.N); n == planItems && whole > planBudget {
				b.Errorf("%s for %d items, want at most %s", whole, n, planBudget)
			}
		})
	}
}
