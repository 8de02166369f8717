package cache_test

import (
	"context"
	"errors"
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
	"time"

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

type contextKey struct{}

// A caller that leaves ends its own wait only, the first one too; the work has the first one's
// values, the latest deadline, and ends when nobody waits.
func TestCancellation(t *testing.T) {
	t.Parallel()
	origin := hold("")
	var work context.Context
	origin.during = func(ctx context.Context) { work = ctx }
	inBubble(t, origin, cache.Options{}, func(t *testing.T, transport *cache.Transport) {
		begin := time.Now()
		start := func(ctx context.Context) chan error {
			done := make(chan error, 1)
			go func() {
				resp, err := transport.RoundTrip(step{}.request(t).WithContext(ctx))
				if err == nil {
					_ = resp.Body.Close()
				}
				done <- err
			}()
			synctest.Wait()
			return done
		}
		first, cancel := context.WithTimeout(context.WithValue(t.Context(), contextKey{}, "first"), time.Second)
		leader := start(first)
		if deadline, ok := work.Deadline(); !ok || deadline.Sub(begin) != time.Second {
			t.Errorf("the work's deadline is %v, want the first waiter's", deadline.Sub(begin))
		}
		second, cancelSecond := context.WithTimeout(t.Context(), 5*time.Second)
		follower := start(second)
		if deadline, _ := work.Deadline(); deadline.Sub(begin) != 5*time.Second {
			t.Errorf("the work's deadline is %v, want the latest", deadline.Sub(begin))
		}
		cancel()
		if err := <-leader; !errors.Is(err, context.Canceled) {
			t.Errorf("the first waiter has %v", err)
		}
		if work.Value(contextKey{}) != "first" {
			t.Error("the first waiter's values are gone")
		}
		synctest.Wait()
		if work.Err() != nil {
			t.Fatal("the first waiter's leaving ended the work")
		}
		endless := start(t.Context())
		if _, ok := work.Deadline(); ok {
			t.Error("one without a deadline waits, and the work has one")
		}
		cancelSecond()
		<-follower
		synctest.Wait()
		if work.Err() != nil {
			t.Fatal("the work ended while one still waits")
		}
		close(origin.release)
		if err := <-endless; err != nil {
			t.Error(err)
		}
		if got := origin.calls.Load(); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
	})
}

func TestTheLastToLeaveEndsTheWork(t *testing.T) {
	t.Parallel()
	origin := hold("")
	var work context.Context
	origin.during = func(ctx context.Context) { work = ctx }
	inBubble(t, origin, cache.Options{}, func(t *testing.T, transport *cache.Transport) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				if _, err := transport.RoundTrip(step{}.request(t).WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error %v, want the deadline's", err)
				}
			})
		}
		group.Wait()
		synctest.Wait()
		if work.Err() == nil {
			t.Error("the work goes on with nobody waiting")
		}
		// The key is free again.
		close(origin.release)
		if value, _ := get(t.Context(), t, transport, "http://api.test/a"); value != miss {
			t.Errorf("Cache-Status %q", value)
		}
	})
}

// An origin that cannot be reached fails once for all who wait.
func TestErrorsAreShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		release := make(chan struct{})
		transport := cache.NewTransport(roundTripper(func(*http.Request) (*http.Response, error) {
			calls.Add(1)
			<-release
			return nil, errDown
		}), cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
		defer transport.Close()
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if _, err := transport.RoundTrip(step{}.request(t)); !errors.Is(err, errDown) {
					t.Errorf("error %v", err)
				}
			})
		}
		synctest.Wait()
		close(release)
		group.Wait()
		if calls.Load() != 1 {
			t.Errorf("%d calls, want 1", calls.Load())
		}
	})
}

// A panic below is an error to those who wait, and not the end of the process.
func TestAPanicIsAnError(t *testing.T) {
	t.Parallel()
	transport := cache.NewTransport(roundTripper(func(*http.Request) (*http.Response, error) { panic("below") }),
		cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
	defer transport.Close()
	if _, err := transport.RoundTrip(step{}.request(t)); err == nil || !strings.Contains(err.Error(), "panic") {
		t.Errorf("error %v", err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
