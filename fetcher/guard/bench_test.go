package guard_test

import (
	"net/http"
	"testing"

	"gather/fetcher/guard"
)

func benchmarkGuard(b *testing.B) *guard.Guard {
	return newGuard(b, guard.Options{Upstreams: []guard.Upstream{
		{Name: "a", URL: "https://jsonplaceholder.typicode.com"},
		{Name: "b", URL: "https://api.example.org:8443", Hosts: []string{"*.example.org"}},
	}})
}

// BenchmarkParseCheck is what the guard costs a plain URL: once when the batch is
// read, once in the chain.
func BenchmarkParseCheck(b *testing.B) {
	g := benchmarkGuard(b)
	b.ReportAllocs()
	for b.Loop() {
		u, err := g.Parse("https://api.example.com/users/1?expand=posts")
		if err != nil {
			b.Fatal(err)
		}
		if err := g.Check(u); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseInternational(b *testing.B) {
	g := benchmarkGuard(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.Parse("https://bücher.example/"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTransport(b *testing.B) {
	res := &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}
	stage := guard.NewTransport(roundTripper(func(*http.Request) (*http.Response, error) { return res, nil }), benchmarkGuard(b))
	r, err := http.NewRequest(http.MethodGet, "https://api.example.com/users/1?expand=posts", nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := stage.RoundTrip(r); err != nil {
			b.Fatal(err)
		}
	}
}
