package cache_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"gather/cache"
)

// A thousand equal requests on real sockets are one call upstream, whether or not the origin
// says a word about caching.
func TestEqualRequestsAreOneCall(t *testing.T) {
	t.Parallel()
	for _, head := range []string{"", "max-age=60", "max-age=0"} {
		t.Run(head, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int64
			arrived, release := make(chan struct{}), make(chan struct{})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if calls.Add(1) == 1 {
					close(arrived)
				}
				<-release
				if head != "" {
					w.Header().Set("Cache-Control", head)
				}
				_, _ = io.WriteString(w, "content")
			}))
			defer server.Close()
			base := &http.Transport{}
			defer base.CloseIdleConnections()
			transport := cache.NewTransport(base, cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
			defer transport.Close()
			const n = 1000
			var group sync.WaitGroup
			for range n {
				group.Go(func() {
					if _, body := get(t.Context(), t, transport, server.URL+"/a"); body != "content" {
						t.Errorf("body %q", body)
					}
				})
			}
			<-arrived
			for transport.Waiting() < n {
				runtime.Gosched()
			}
			close(release)
			group.Wait()
			if got := calls.Load(); got != 1 {
				t.Errorf("%d calls upstream, want 1", got)
			}
			if s := transport.Stats(); s.Misses != 1 || s.Collapsed+s.Hits != n-1 {
				t.Errorf("stats %+v, want 1 miss and the others collapsed", s)
			}
		})
	}
}

func TestCollapsedStatus(t *testing.T) {
	t.Parallel()
	origin := hold("Cache-Control: max-age=60")
	inBubble(t, origin, cache.Options{}, func(t *testing.T, transport *cache.Transport) {
		got := together(t, 3, origin, plain(t, ""), transport)
		if want := []string{stored, "fwd=uri-miss; collapsed", "fwd=uri-miss; collapsed"}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("Cache-Status %q, want %q", got, want)
		}
	})
}

// What may not be shared is fetched for each, all at once after the first, and the key is
// remembered, so that the next do not wait for one another.
func TestUnshareableAnswersAreNotShared(t *testing.T) {
	t.Parallel()
	for _, head := range []string{
		"Cache-Control: private, max-age=60", "Cache-Control: no-store", "Cache-Control: no-cache",
		"Cache-Control: private=a", "Vary: *", "Set-Cookie: a=b",
	} {
		t.Run(head, func(t *testing.T) {
			t.Parallel()
			origin := hold(head)
			inBubble(t, origin, cache.Options{}, func(t *testing.T, transport *cache.Transport) {
				for _, value := range together(t, 10, origin, plain(t, ""), transport) {
					if strings.Contains(value, "collapsed") || strings.Contains(value, "hit") {
						t.Errorf("Cache-Status %q", value)
					}
				}
				if got := origin.calls.Load(); got != 10 {
					t.Errorf("%d calls, want 10", got)
				}
				origin.release = make(chan struct{})
				var group sync.WaitGroup
				for range 10 {
					group.Go(func() { get(t.Context(), t, transport, "http://api.test/a") })
				}
				synctest.Wait()
				if got := origin.calls.Load(); got != 20 {
					t.Errorf("%d of 10 more were on their way at once", got-10)
				}
				close(origin.release)
				group.Wait()
			})
		})
	}
}

// Requests that differ, that carry credentials, or that insist on an answer of their own time
// do not wait for another's.
func TestWhatDoesNotCoalesce(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]func(*testing.T, int) *http.Request{
		"other fields":   func(t *testing.T, i int) *http.Request { return step{send: fmt.Sprint("A: ", i)}.request(t) },
		"Authorization":  func(t *testing.T, _ int) *http.Request { return step{send: "Authorization: Basic eA=="}.request(t) },
		"Cookie":         func(t *testing.T, _ int) *http.Request { return step{send: "Cookie: a=b"}.request(t) },
		"no-store":       func(t *testing.T, _ int) *http.Request { return step{mode: cache.ModeNoStore}.request(t) },
		"reload":         func(t *testing.T, _ int) *http.Request { return step{mode: cache.ModeReload}.request(t) },
		"no-cache":       func(t *testing.T, _ int) *http.Request { return step{send: "Cache-Control: no-cache"}.request(t) },
		"max-age=0":      func(t *testing.T, _ int) *http.Request { return step{send: "Cache-Control: max-age=0"}.request(t) },
		"POST":           func(t *testing.T, _ int) *http.Request { return step{method: "POST"}.request(t) },
		"GET and HEAD":   func(t *testing.T, i int) *http.Request { return step{method: []string{"GET", "HEAD"}[i]}.request(t) },
		"decoded or not": func(t *testing.T, i int) *http.Request { return step{decoded: i == 0}.request(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			origin := hold("Cache-Control: max-age=60")
			inBubble(t, origin, cache.Options{}, func(t *testing.T, transport *cache.Transport) {
				together(t, 2, origin, func(i int) *http.Request { return request(t, i) }, transport)
				if got := origin.calls.Load(); got != 2 {
					t.Errorf("%d calls, want 2", got)
				}
			})
		})
	}
}

func TestWhatCoalesces(t *testing.T) {
	t.Parallel()
	private := cache.Options{Rules: rulesFor(cache.Rules{Private: true})}
	for name, test := range map[string]struct {
		options cache.Options
		request func(*testing.T, int) *http.Request
	}{
		"HEAD":         {request: func(t *testing.T, _ int) *http.Request { return step{method: "HEAD"}.request(t) }},
		"force-cache":  {request: func(t *testing.T, _ int) *http.Request { return step{mode: cache.ModeForceCache}.request(t) }},
		"trace fields": {request: func(t *testing.T, i int) *http.Request { return step{send: fmt.Sprint("Traceparent: ", i)}.request(t) }},
		"one partition": {options: private, request: func(t *testing.T, _ int) *http.Request {
			return step{partition: "a", send: "Authorization: Basic eA=="}.request(t)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			origin := hold("")
			inBubble(t, origin, test.options, func(t *testing.T, transport *cache.Transport) {
				together(t, 5, origin, func(i int) *http.Request { return test.request(t, i) }, transport)
				if got := origin.calls.Load(); got != 1 {
					t.Errorf("%d calls, want 1", got)
				}
			})
		})
	}
}

func TestPartitionsDoNotCoalesce(t *testing.T) {
	t.Parallel()
	origin := hold("Cache-Control: private, max-age=60")
	inBubble(t, origin, cache.Options{Rules: rulesFor(cache.Rules{Private: true})}, func(t *testing.T, transport *cache.Transport) {
		together(t, 3, origin, func(i int) *http.Request { return step{partition: fmt.Sprint(i)}.request(t) }, transport)
		if got := origin.calls.Load(); got != 3 {
			t.Errorf("%d calls, want 3", got)
		}
	})
}
