package cache_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"gather/cache"
)

// Interim responses reach the httptrace of the request that is forwarded, while it waits.
func TestInterimResponsesPassThrough(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Cache-Control", "max-age=60")
		_, _ = io.WriteString(w, "x")
	}))
	defer server.Close()
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	transport := cache.NewTransport(base, cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
	defer transport.Close()
	var hints []string
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			hints = append(hints, http.StatusText(code)+" "+h.Get("Link"))
			return nil
		},
	})
	get(ctx, t, transport, server.URL+"/a")
	if len(hints) != 1 || hints[0] != "Early Hints </a>; rel=preload" {
		t.Errorf("interim responses %q", hints)
	}
	if value, _ := get(ctx, t, transport, server.URL+"/a"); !strings.HasPrefix(value, "hit") {
		t.Errorf("Cache-Status %q: the final response was not stored", value)
	}
}

// The hooks of a request that has left are not called, however the work goes on.
func TestTracesOfThoseWhoLeftAreSilent(t *testing.T) {
	t.Parallel()
	origin := hold("")
	inBubble(t, origin, cache.Options{}, func(t *testing.T, transport *cache.Transport) {
		var work *httptrace.ClientTrace
		origin.during = func(ctx context.Context) { work = httptrace.ContextClientTrace(ctx) }
		var called atomic.Int64
		count := func() { called.Add(1) }
		ctx, cancel := context.WithCancel(httptrace.WithClientTrace(t.Context(), everyHook(count)))
		var group sync.WaitGroup
		group.Go(func() {
			if _, err := transport.RoundTrip(step{}.request(t).WithContext(ctx)); err == nil {
				t.Error("the first waiter did not leave")
			}
		})
		synctest.Wait()
		group.Go(func() { get(t.Context(), t, transport, "http://api.test/a") })
		synctest.Wait()
		callEvery(t, work)
		if got := called.Load(); got != hooks {
			t.Errorf("%d hooks were called while the request waited, want %d", got, hooks)
		}
		cancel()
		synctest.Wait()
		callEvery(t, work)
		if got := called.Load(); got != hooks {
			t.Errorf("%d hooks were called after it had left", got-hooks)
		}
		close(origin.release)
		group.Wait()
	})
}
