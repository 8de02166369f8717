package cache_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"gather/cache"
)

// stillBody is a body in memory that tells whether it was closed.
type stillBody struct {
	io.Reader
	content []byte
	closed  atomic.Int64
}

func (b *stillBody) Bytes() []byte { return b.content }

func (b *stillBody) Close() error { b.closed.Add(1); return nil }

// The upstream's body is taken without copying, and closed once, when the last of the responses
// made from it is.
func TestBodyIsSharedAndClosedOnce(t *testing.T) {
	t.Parallel()
	origin := hold("Cache-Control: max-age=60")
	inBubble(t, origin, cache.Options{}, func(t *testing.T, transport *cache.Transport) {
		body := &stillBody{content: []byte("content")}
		origin.body = body
		const n = 5
		var group sync.WaitGroup
		responses := make([]*http.Response, n)
		for i := range n {
			group.Go(func() {
				var err error
				if responses[i], err = transport.RoundTrip(step{}.request(t)); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(origin.release)
		group.Wait()
		for i, resp := range responses {
			if got := resp.Body.(interface{ Bytes() []byte }).Bytes(); &got[0] != &body.content[0] {
				t.Error("the content was copied")
			}
			if got := body.closed.Load(); got != 0 {
				t.Fatalf("closed after %d of %d", i, n)
			}
			_ = resp.Body.Close()
			_ = resp.Body.Close()
		}
		if got := body.closed.Load(); got != 1 {
			t.Errorf("closed %d times, want once", got)
		}
	})
}

// A body that leaves with its waiter is not held for ever.
func TestBodyIsClosedWhenAWaiterHasLeft(t *testing.T) {
	t.Parallel()
	origin := hold("")
	inBubble(t, origin, cache.Options{}, func(t *testing.T, transport *cache.Transport) {
		body := &stillBody{content: []byte("content")}
		origin.body = body
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() {
			_, _ = transport.RoundTrip(step{}.request(t).WithContext(ctx))
		})
		synctest.Wait()
		group.Go(func() { get(t.Context(), t, transport, "http://api.test/a") })
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(origin.release)
		group.Wait()
		if got := body.closed.Load(); got != 1 {
			t.Errorf("closed %d times, want once", got)
		}
	})
}

// A response that cannot be stored and that nobody else waits for is not read into memory.
func TestStreaming(t *testing.T) {
	t.Parallel()
	body := io.NopCloser(strings.NewReader("content"))
	transport := cache.NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body, Request: r}, nil
	}), cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
	defer transport.Close()
	resp, err := transport.RoundTrip(step{method: "POST"}.request(t))
	if err != nil || resp.Body != body {
		t.Errorf("body %T, error %v, want the origin's own", resp.Body, err)
	}
}
