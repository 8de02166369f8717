package guard_test

import (
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"testing"

	"gather/fetcher/guard"
)

// TestRefusalsAreToldOnce refuses a target at every place there is.
func TestRefusalsAreToldOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	told := make(map[guard.Reason]int)
	g, err := guard.New(guard.Options{
		Upstreams: []guard.Upstream{{Name: "a", URL: "http://127.0.0.1:9/", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}},
		Refused: func(r guard.Reason) {
			mu.Lock()
			defer mu.Unlock()
			told[r]++
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	read := func(s string) *url.URL {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	if _, err := g.Parse("http://127.0.0.1:9/x"); err != nil {
		t.Fatal(err)
	}
	_, _ = g.Parse("ftp://example.com/")
	_ = g.Check(read("http://user@example.com/"))
	_ = g.CheckRedirect(read("https://example.com/"), read("http://example.com/"))
	_ = g.CheckRedirect(read("https://example.com/"), read("https://example.com:22/"))
	_, _ = g.DialContext(t.Context(), "tcp", "10.0.0.1:80")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://printer.local/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := guard.NewTransport(http.DefaultTransport, g).RoundTrip(request); err == nil {
		_ = answer.Body.Close()
	}
	want := map[guard.Reason]int{
		guard.ReasonScheme: 1, guard.ReasonUserinfo: 1, guard.ReasonDowngrade: 1, guard.ReasonPort: 1, guard.ReasonAddress: 1, guard.ReasonName: 1,
	}
	if !maps.Equal(told, want) {
		t.Errorf("told of %v, want %v", told, want)
	}
}
