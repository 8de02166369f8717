package cache_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gather/cache"
)

// hostileHeads are response fields meant to hurt.
func hostileHeads() map[string]string {
	long := func(s string) string { return strings.Repeat(s, 64<<10/len(s)) }
	return map[string]string{
		"64 KiB of directives":         "Cache-Control: " + long("max-age=1,") + "max-age=2",
		"64 KiB of commas":             "Cache-Control: " + long(","),
		"64 KiB of quotes":             "Cache-Control: " + long("\""),
		"64 KiB of escaped quotes":     "Cache-Control: x=\"" + long("\\\""),
		"64 KiB of quoted commas":      "Cache-Control: x=\"" + long(",\","),
		"64 KiB of equals":             "Cache-Control: " + long("="),
		"64 KiB of field names":        "Cache-Control: max-age=60, no-cache=\"" + long("a,") + "\"",
		"64 KiB of NUL":                "Cache-Control: " + long("\x00"),
		"64 KiB of Vary":               "Cache-Control: max-age=60\nVary: " + long("a,b,"),
		"names without end in Vary":    "Cache-Control: max-age=60\nVary: " + strings.Join(strings.Split(long("abcdefg"), "f"), "f,"),
		"Vary: * with others":          "Cache-Control: max-age=60\nVary: a, *, b",
		"a negative max-age":           "Cache-Control: max-age=-" + strings.Repeat("9", 400),
		"a max-age of 400 digits":      "Cache-Control: max-age=" + strings.Repeat("9", 400),
		"an Age of 400 digits":         "Cache-Control: max-age=60\nAge: " + strings.Repeat("9", 400),
		"every time at its largest":    "Cache-Control: max-age=9999999999, stale-while-revalidate=9999999999, stale-if-error=9999999999\nAge: 9999999999\nDate: Fri, 31 Dec 9999 23:59:59 GMT",
		"dates in year 10000":          "Date: Sat, 01 Jan 10000 00:00:00 GMT\nExpires: Sat, 01 Jan 10000 00:00:00 GMT\nLast-Modified: Sat, 01 Jan 10000 00:00:00 GMT",
		"dates in year 0":              "Date: Sat, 01 Jan 0000 00:00:00 GMT\nLast-Modified: Sat, 01 Jan 0000 00:00:00 GMT",
		"64 KiB of ETag":               "Cache-Control: max-age=60\nETag: \"" + long("x") + "\"",
		"64 KiB of Content-Range":      "Cache-Control: max-age=60\nContent-Range: bytes " + long("9"),
		"a Content-Location of a port": "Content-Location: http://api.test:99999999/\nLocation: ://",
	}
}

// None of it changes anything for another key, panics, or takes long.
func TestHostileResponses(t *testing.T) {
	t.Parallel()
	for name, head := range hostileHeads() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			synctest.Test(t, func(t *testing.T) {
				origin := &scriptedOrigin{answer: keep}
				transport := cache.NewTransport(origin, cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
				defer transport.Close()
				get(t.Context(), t, transport, "http://api.test/good")
				for _, method := range []string{"GET", "GET", "HEAD", "POST", "GET"} {
					origin.answer = "200\n" + head + "\n\nx"
					resp, err := transport.RoundTrip(step{method: method, send: head, url: "http://api.test/bad"}.request(t))
					if err != nil {
						t.Fatal(err)
					}
					_ = resp.Body.Close()
					time.Sleep(2 * time.Second)
				}
				origin.answer = ""
				if value, body := get(t.Context(), t, transport, "http://api.test/good"); value != "hit; ttl=50" || body != "x" {
					t.Errorf("another key: %q, %q", value, body)
				}
				if u := transport.Stats().Usage; u.Bytes > 1<<20 {
					t.Errorf("%d bytes are kept", u.Bytes)
				}
			})
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("took %v: not linear", took)
			}
		})
	}
}

func TestHostileRequests(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(`"a",`, 16<<10)
	for _, send := range []string{
		"If-None-Match: " + long, "If-None-Match: " + strings.Repeat("\"", 64<<10), "Range: bytes=" + strings.Repeat("0-1,", 16<<10),
		"Cache-Control: max-age=" + strings.Repeat("9", 400) + ", max-stale=" + strings.Repeat("9", 400), "If-Modified-Since: " + long,
		"If-Range: " + long, "Foo: " + strings.Repeat("\\\",", 20<<10), "Accept-Language: " + strings.Repeat("en;q=1.0,", 7<<10),
	} {
		synctest.Test(t, func(t *testing.T) {
			origin := &scriptedOrigin{answer: "200\nETag: \"1\"\nCache-Control: max-age=60\nVary: Foo, Accept-Language\n\nx"}
			transport := cache.NewTransport(origin, cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
			defer transport.Close()
			for range 2 {
				resp, err := transport.RoundTrip(step{send: send}.request(t))
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
			}
		})
	}
}

// Thousands of variants, and thousands of keys that may not be shared, cost bounded memory. It
// is not parallel: others' garbage is not to be counted.
func TestHostileVariantsCostBoundedMemory(t *testing.T) {
	transport := cache.NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		h := http.Header{"Cache-Control": {"max-age=60"}, "Vary": {"Foo"}}
		if r.Header.Get("Foo") == "" {
			h = http.Header{"Cache-Control": {"private"}}
		}
		return &http.Response{StatusCode: 200, Header: h, Body: io.NopCloser(strings.NewReader("x")), Request: r}, nil
	}), cache.NewMemoryStore(cache.MemoryLimits{Bytes: 1 << 20}), cache.Options{})
	defer transport.Close()
	ask := func(s step) {
		resp, err := transport.RoundTrip(s.request(t))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for i := range 20_000 {
		ask(step{send: fmt.Sprint("Foo: ", i)})
		ask(step{url: fmt.Sprint("http://api.test/", i)})
	}
	if u := transport.Stats().Usage; u.Entries > 32 {
		t.Errorf("%d variants of one key are kept", u.Entries)
	}
	if after := heap(); after > before+16<<20 {
		t.Errorf("the heap grew by %d MiB", (after-before)>>20)
	}
}
