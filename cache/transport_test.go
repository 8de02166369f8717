package cache_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

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

// stillBody is a body in memory that tells whether it was closed.
type stillBody struct {
	io.Reader
	content []byte
	closed  atomic.Int64
}

func (b *stillBody) Bytes() []byte { return b.content }
func (b *stillBody) Close() error  { b.closed.Add(1); return nil }

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

// One validation a key runs in the background, however many find the response stale; it outlives
// the request but not the Transport.
func TestBackgroundValidation(t *testing.T) {
	t.Parallel()
	origin := hold("Cache-Control: max-age=1, stale-while-revalidate=60")
	var backgrounds atomic.Int64
	options := cache.Options{
		RevalidateTimeout: 10 * time.Second,
		Background:        func(ctx context.Context) context.Context { backgrounds.Add(1); return ctx },
	}
	inBubble(t, origin, options, func(t *testing.T, transport *cache.Transport) {
		close(origin.release)
		get(t.Context(), t, transport, "http://api.test/a")
		origin.release = make(chan struct{})
		var work context.Context
		origin.during = func(ctx context.Context) { work = ctx }
		time.Sleep(5 * time.Second)
		for range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			if value, _ := get(ctx, t, transport, "http://api.test/a"); value != "hit; ttl=-4" {
				t.Errorf("Cache-Status %q", value)
			}
			cancel()
		}
		synctest.Wait()
		if origin.calls.Load() != 2 || backgrounds.Load() != 1 {
			t.Errorf("%d calls and %d backgrounds, want 2 and 1", origin.calls.Load(), backgrounds.Load())
		}
		if work.Err() != nil {
			t.Error("the work ended with the request")
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if work.Err() == nil {
			t.Error("the work outlasts its time")
		}
		get(t.Context(), t, transport, "http://api.test/a")
		synctest.Wait()
		if origin.calls.Load() != 3 {
			t.Errorf("%d calls, want 3: the key is not free again", origin.calls.Load())
		}
		closing := time.Now()
		transport.Close()
		if took := time.Since(closing); took != 0 {
			t.Errorf("Close waited %v for a validation instead of ending it", took)
		}
		get(t.Context(), t, transport, "http://api.test/a")
		synctest.Wait()
		if origin.calls.Load() != 3 {
			t.Error("a closed Transport validates")
		}
	})
}

func TestBackgroundValidationsAreBounded(t *testing.T) {
	t.Parallel()
	origin := hold("Cache-Control: max-age=1, stale-while-revalidate=60")
	inBubble(t, origin, cache.Options{MaxRevalidations: 2}, func(t *testing.T, transport *cache.Transport) {
		close(origin.release)
		urls := []string{"http://api.test/a", "http://api.test/b", "http://api.test/c", "http://api.test/d"}
		for _, u := range urls {
			get(t.Context(), t, transport, u)
		}
		origin.release = make(chan struct{})
		time.Sleep(5 * time.Second)
		for _, u := range urls {
			get(t.Context(), t, transport, u)
		}
		synctest.Wait()
		if got := origin.calls.Load() - 4; got != 2 {
			t.Errorf("%d validations at once, want 2", got)
		}
		close(origin.release)
	})
}

// Others' Cache-Status stays, this cache's comes last; nothing a caller does to a response's
// fields reaches the store.
func TestCacheStatusIsAppended(t *testing.T) {
	t.Parallel()
	transport := cache.NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		h := http.Header{"Cache-Control": {"max-age=60"}, "Cache-Status": {"Origin; hit"}, "A": {"1"}}
		return &http.Response{StatusCode: 200, Header: h, Body: http.NoBody, Request: r}, nil
	}), cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{Name: "edge", ShowKey: true})
	defer transport.Close()
	var key string
	for _, want := range []string{`edge; fwd=uri-miss; stored; key="`, `edge; hit; ttl=60; key="`, `edge; hit; ttl=60; key="`} {
		resp, err := transport.RoundTrip(step{}.request(t))
		if err != nil {
			t.Fatal(err)
		}
		got := resp.Header["Cache-Status"]
		if len(got) != 2 || got[0] != "Origin; hit" || !strings.HasPrefix(got[1], want) {
			t.Errorf("Cache-Status %q, want ours last: %s", got, want)
		}
		digest := strings.TrimPrefix(got[1], want)
		if key != "" && digest != key || len(digest) != 17 {
			t.Errorf("key %q, before %q", digest, key)
		}
		key = digest
		resp.Header.Add("A", "2")
		resp.Header.Set("Cache-Control", "no-store")
		resp.Header.Add("Cache-Status", "later; hit")
	}
	resp, err := transport.RoundTrip(step{}.request(t))
	if err != nil || len(resp.Header["A"]) != 1 || resp.Header.Get("Cache-Control") != "max-age=60" {
		t.Errorf("fields %v, error %v", resp.Header, err)
	}
}

func TestStatsAndObserver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		origin := &scriptedOrigin{answer: "200\nETag: \"1\"\nCache-Control: max-age=60\n\nx"}
		var seen []cache.Outcome
		transport := cache.NewTransport(origin, cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{
			Observe: func(r *http.Request, o cache.Outcome) {
				if r.URL.Host != "api.test" {
					t.Errorf("host %q", r.URL.Host)
				}
				seen = append(seen, o)
			},
		})
		defer transport.Close()
		ask := func(s step) {
			if resp, err := transport.RoundTrip(s.request(t)); err == nil {
				_ = resp.Body.Close()
			}
		}
		ask(step{})
		ask(step{})
		ask(step{method: "POST", url: "http://api.test/b"})
		time.Sleep(61 * time.Second)
		origin.answer = "304"
		ask(step{})
		origin.answer = "down"
		ask(step{url: "http://api.test/c"})
		time.Sleep(61 * time.Second)
		ask(step{})
		got := transport.Stats()
		if got.Bytes == 0 {
			t.Error("no bytes")
		}
		got.Bytes = 0
		want := cache.Stats{Hits: 1, Stale: 1, Misses: 5, Bypassed: 1, Stored: 2, Revalidations: 1, Usage: cache.Usage{Entries: 1}}
		if got != want {
			t.Errorf("stats %+v, want %+v", got, want)
		}
		if len(seen) != 6 || !seen[1].Hit || seen[2].Fwd != "method" || !seen[3].Validated || seen[3].FwdStatus != 304 || !seen[4].Failed || !seen[5].Stale {
			t.Errorf("observed %+v", seen)
		}
	})
}

// A request with content is not the cache's, whatever its method.
func TestContentIsNotTheCaches(t *testing.T) {
	t.Parallel()
	transport := cache.NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Cache-Control": {"max-age=60"}}, Body: http.NoBody, Request: r}, nil
	}), cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
	defer transport.Close()
	r := step{}.request(t)
	r.Body = io.NopCloser(strings.NewReader("content"))
	resp, err := transport.RoundTrip(r)
	if err != nil || cache.StatusOf(resp.Header) != "fwd=bypass" {
		t.Errorf("fields %v, error %v", resp.Header, err)
	}
}

// The same address asked under another name is another resource.
func TestHostIsPartOfTheKey(t *testing.T) {
	t.Parallel()
	transport := cache.NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Cache-Control": {"max-age=60"}}, Body: http.NoBody, Request: r}, nil
	}), cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
	defer transport.Close()
	for _, host := range []string{"api.test", "evil.test"} {
		r := step{}.request(t)
		r.Host = host
		resp, err := transport.RoundTrip(r)
		if err != nil || cache.StatusOf(resp.Header) != stored {
			t.Errorf("%s: fields %v, error %v", host, resp.Header, err)
		}
	}
}

// The request is never changed, as a RoundTripper promises.
func TestRequestIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		origin := &scriptedOrigin{answer: "200\nETag: \"1\"\nCache-Control: max-age=1\n\nx"}
		transport := cache.NewTransport(origin, cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
		defer transport.Close()
		for range 2 {
			r := step{send: "If-None-Match: \"2\"\nRange: bytes=0-0\nA: 1"}.request(t)
			before := maps.Clone(r.Header)
			if _, err := transport.RoundTrip(r); err != nil {
				t.Fatal(err)
			}
			if !maps.EqualFunc(before, r.Header, func(a, b []string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }) {
				t.Errorf("fields %v, before %v", r.Header, before)
			}
			time.Sleep(2 * time.Second)
		}
	})
}

// The time an exchange takes is part of the age (RFC 9111 §4.2.3).
func TestAgeCountsTheTimeOnTheWay(t *testing.T) {
	t.Parallel()
	origin := hold("Cache-Control: max-age=60\nAge: 10")
	inBubble(t, origin, cache.Options{}, func(t *testing.T, transport *cache.Transport) {
		time.AfterFunc(5*time.Second, func() { close(origin.release) })
		get(t.Context(), t, transport, "http://api.test/a")
		if value, _ := get(t.Context(), t, transport, "http://api.test/a"); value != "hit; ttl=45" {
			t.Errorf("Cache-Status %q, want an age of 15 s", value)
		}
	})
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

// A caller whose own time is over gets its error, not a stale response.
func TestStaleIsNotForThoseWhoLeft(t *testing.T) {
	t.Parallel()
	origin := hold("Cache-Control: max-age=1, public")
	inBubble(t, origin, cache.Options{}, func(t *testing.T, transport *cache.Transport) {
		close(origin.release)
		get(t.Context(), t, transport, "http://api.test/a")
		origin.release = make(chan struct{})
		time.Sleep(2 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		// With credentials it goes alone.
		resp, err := transport.RoundTrip(step{send: "Authorization: Basic eA=="}.request(t).WithContext(ctx))
		if err == nil {
			t.Errorf("a response: %v", resp.Header)
		}
	})
}

// HEAD tells the length of what GET would bring.
func TestHeadTellsTheLength(t *testing.T) {
	t.Parallel()
	transport := cache.NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		h := http.Header{"Content-Length": {"1234"}}
		return &http.Response{StatusCode: 200, Header: h, ContentLength: 1234, Body: http.NoBody, Request: r}, nil
	}), cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
	defer transport.Close()
	resp, err := transport.RoundTrip(step{method: "HEAD"}.request(t))
	if err != nil || resp.ContentLength != 1234 {
		t.Errorf("length %d, error %v", resp.ContentLength, err)
	}
}
