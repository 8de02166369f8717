package fetcher

import (
	"net/http"
	"reflect"
	"testing"

	"gather/cache"
	"gather/fetcher/guard"
	"gather/fetcher/transport"
)

// The order of the stages is the design; whoever changes it changes this, too.
func TestChainOrder(t *testing.T) {
	t.Parallel()
	var cached *cache.Transport
	var got []string
	for _, stage := range stages(new(Options), &cached) {
		got = append(got, stage.name)
	}
	want := []string{"observe", "guard", "cache", "retry", "breaker", "limit", "hedge", "buffer", "trace", "credential"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("outermost first it is %v, want %v", got, want)
	}
}

// The stages are stacked in that order: the outermost meets a request first.
func TestChainStacksTheFirstOutermost(t *testing.T) {
	t.Parallel()
	g, err := guard.New(guard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := transport.NewHosts(transport.HostsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	reached := false
	base := roundTripper(func(*http.Request) (*http.Response, error) {
		reached = true
		return nil, http.ErrServerClosed
	})
	o := Options{Guard: g, Hosts: hosts, Store: cache.NewMemoryStore(cache.MemoryLimits{}), Buffer: transport.BufferOptions{Budget: transport.NewBudget(1 << 20)}}
	chain, cached := newChain(&o, base)
	t.Cleanup(cached.Close)
	for address, want := range map[string]bool{"http://169.254.169.254/": false, "https://a.example/": true} {
		reached = false
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := chain.RoundTrip(request)
		if err == nil {
			_ = answer.Body.Close()
			t.Errorf("%s was answered", address)
		}
		if reached != want {
			t.Errorf("%s reached the pool: %t", address, reached)
		}
	}
	if status := hosts.Snapshot(); len(status) != 1 || status[0].Origin != "https://a.example" {
		t.Errorf("hosts %+v: what the guard refuses is to leave no trace", status)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
