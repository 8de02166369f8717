package cache_test

import (
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"gather/cache"
)

// A purge or an invalidation holds against what was asked for before it: that is neither stored
// nor waited for after it.
func TestPurge(t *testing.T) {
	t.Parallel()
	u := &url.URL{Scheme: "http", Host: "API.test:80", Path: "/a"}
	for name, purge := range map[string]func(*testing.T, *cache.Transport){
		"one": func(t *testing.T, c *cache.Transport) { c.Purge(t.Context(), u) },
		"all": func(t *testing.T, c *cache.Transport) { c.PurgeAll(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			origin := hold("Cache-Control: max-age=60")
			inBubble(t, origin, cache.Options{}, func(t *testing.T, transport *cache.Transport) {
				var group sync.WaitGroup
				fetch := func(want string) {
					group.Go(func() {
						if value, _ := get(t.Context(), t, transport, "http://api.test/a"); value != want {
							t.Errorf("Cache-Status %q, want %q", value, want)
						}
					})
					synctest.Wait()
				}
				fetch(miss)
				purge(t, transport)
				fetch(stored)
				if got := origin.calls.Load(); got != 2 {
					t.Errorf("%d calls, want 2: the second waits for what the purge outdated", got)
				}
				close(origin.release)
				group.Wait()
				fetch("hit; ttl=60")
				purge(t, transport)
				fetch(stored)
				group.Wait()
			})
		})
	}
}

// An answer that a purge has outdated does not undo what was stored after it.
func TestOutdatedAnswersUndoNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := make(chan struct{})
		var calls atomic.Int64
		transport := cache.NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
			if calls.Add(1) == 1 {
				<-first
			}
			h := http.Header{"Cache-Control": {"max-age=60"}}
			return &http.Response{StatusCode: 200, Header: h, Body: http.NoBody, Request: r}, nil
		}), cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
		defer transport.Close()
		var group sync.WaitGroup
		group.Go(func() { get(t.Context(), t, transport, "http://api.test/a") })
		synctest.Wait()
		transport.Purge(t.Context(), &url.URL{Scheme: "http", Host: "api.test", Path: "/a"})
		get(t.Context(), t, transport, "http://api.test/a")
		close(first)
		group.Wait()
		if value, _ := get(t.Context(), t, transport, "http://api.test/a"); value != "hit; ttl=60" {
			t.Errorf("Cache-Status %q", value)
		}
	})
}
