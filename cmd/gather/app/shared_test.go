package app_test

import (
	"strings"
	"testing"

	"gather/redisclient/redistest"
)

// twins are two instances that share a Redis and an upstream.
func twins(t *testing.T, key string) (a, b *service, server *redistest.Server) {
	t.Helper()
	server = redistest.Start(t)
	configuration := key + ": {redis: '" + server.URL(t) + "'}\n"
	a = start(t, configuration)
	b = start(t, configuration+"\nupstreams: ["+a.upstream()+"]\n")
	return a, b, server
}

// What one instance fetched is a hit on the other, until either is told to forget it.
func TestInstancesShareTheCache(t *testing.T) {
	t.Parallel()
	a, b, _ := twins(t, "cache")
	raw := "/v1/raw?url=" + a.sample + "/users/1"
	status := func(s *service) string {
		t.Helper()
		return s.call("GET", raw, "").want(t, 200).Header.Get("Cache-Status")
	}
	if first := status(a); strings.Contains(first, "hit") {
		t.Fatalf("the first is %q", first)
	}
	if second := status(b); !strings.Contains(second, "hit") {
		t.Errorf("on the other instance it is %q, want a hit", second)
	}
	b.call("DELETE", "/v1/cache?url="+a.sample+"/users/1", "").want(t, 204)
	if third := status(a); strings.Contains(third, "hit") {
		t.Errorf("forgotten by the other, it is %q", third)
	}
}

// Without its Redis an instance goes on, and says so once.
func TestInstanceOutlivesTheSharedCache(t *testing.T) {
	t.Parallel()
	a, _, server := twins(t, "cache")
	server.Stop()
	for range 20 {
		a.call("GET", "/v1/raw?url="+a.sample+"/users/1", "").want(t, 200)
	}
	if n := strings.Count(a.log.String(), "the shared cache does not answer"); n != 1 {
		t.Errorf("it is logged %d times, want once:\n%s", n, a.log)
	}
}
