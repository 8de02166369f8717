package cache_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gather/cache"
)

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
