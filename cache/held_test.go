package cache_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"gather/cache"
)

// heldOrigin answers only when let go, and counts.
type heldOrigin struct {
	calls   atomic.Int64
	release chan struct{}
	head    http.Header
	status  int
	body    io.ReadCloser             // default: the number of the call
	during  func(ctx context.Context) // called while held
}

func hold(head string) *heldOrigin {
	return &heldOrigin{head: parseFields(head), status: http.StatusOK}
}

func (o *heldOrigin) RoundTrip(r *http.Request) (*http.Response, error) {
	n := o.calls.Add(1)
	if o.during != nil {
		o.during(r.Context())
	}
	select {
	case <-o.release:
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
	body := o.body
	if body == nil {
		body = io.NopCloser(strings.NewReader(fmt.Sprint(n)))
	}
	return &http.Response{StatusCode: o.status, Header: o.head.Clone(), Body: body, Request: r}, nil
}

// inBubble runs the test with a cache before the origin.
func inBubble(t *testing.T, origin *heldOrigin, options cache.Options, test func(*testing.T, *cache.Transport)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		origin.release = make(chan struct{}) // of the bubble
		transport := cache.NewTransport(origin, cache.NewMemoryStore(cache.MemoryLimits{}), options)
		defer transport.Close()
		test(t, transport)
	})
}

// together starts n requests, waits until all stand still, lets the origin go and returns their
// Cache-Status values.
func together(t *testing.T, n int, origin *heldOrigin, request func(i int) *http.Request, transport http.RoundTripper) []string {
	t.Helper()
	values := make([]string, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			resp, err := transport.RoundTrip(request(i))
			if err != nil {
				t.Error(err)
				return
			}
			_ = resp.Body.Close()
			values[i] = cache.StatusOf(resp.Header)
		})
		synctest.Wait()
	}
	close(origin.release)
	group.Wait()
	return values
}

func plain(t *testing.T, fields string) func(int) *http.Request {
	return func(int) *http.Request { return step{send: fields}.request(t) }
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
