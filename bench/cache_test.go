package bench_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"gather/cache"
)

// cachedOrigin is an upstream at no distance at all.
type cachedOrigin struct{ body string }

func (o cachedOrigin) RoundTrip(r *http.Request) (*http.Response, error) {
	h := http.Header{
		"Content-Type": {"application/json; charset=utf-8"}, "Cache-Control": {"public, max-age=14400"}, "Etag": {`W/"1b7f-x"`},
		"Vary": {"Origin, Accept-Encoding"}, "Server": {"origin"}, "X-Powered-By": {"Express"}, "Access-Control-Allow-Credentials": {"true"},
		"Date": {time.Now().UTC().Format(http.TimeFormat)},
	}
	return &http.Response{StatusCode: http.StatusOK, Header: h, Body: io.NopCloser(strings.NewReader(o.body)), Request: r}, nil
}

func cachedTransport(b testing.TB, size int) (transport *cache.Transport, request *http.Request) {
	b.Helper()
	transport = cache.NewTransport(cachedOrigin{strings.Repeat("x", size)}, cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
	b.Cleanup(transport.Close)
	request = httptest.NewRequest(http.MethodGet, "http://api.test/users/1?expand=posts", http.NoBody)
	request.Header = http.Header{"Accept": {"application/json"}, "Accept-Encoding": {"gzip, zstd"}, "User-Agent": {"gather"}}
	return transport, request
}

func hitOnce(b testing.TB, transport *cache.Transport, request *http.Request) *http.Response {
	resp, err := transport.RoundTrip(request)
	if err != nil {
		b.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp
}

func BenchmarkCacheHit(b *testing.B) {
	for _, size := range []int{300, 26_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			transport, request := cachedTransport(b, size)
			hitOnce(b, transport, request)
			b.ReportAllocs()
			for b.Loop() {
				hitOnce(b, transport, request)
			}
		})
	}
}

func BenchmarkCacheHitParallel(b *testing.B) {
	transport, request := cachedTransport(b, 300)
	hitOnce(b, transport, request)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			hitOnce(b, transport, request)
		}
	})
}

// Issue 4, line 7: what ten hits and their bytes cost beside a plain Gin handler that writes the
// same bytes, both on a real socket.
func BenchmarkTenHits(b *testing.B) {
	gin.SetMode(gin.ReleaseMode)
	const size = 300
	transport, request := cachedTransport(b, size)
	hitOnce(b, transport, request)
	content := []byte(strings.Repeat("x", 10*size))
	router := gin.New()
	router.GET("/plain", func(c *gin.Context) { c.Data(http.StatusOK, "application/json", content) })
	router.GET("/cached", func(c *gin.Context) {
		all := make([]byte, 0, 10*size)
		for range 10 {
			resp := hitOnce(b, transport, request)
			all = append(all, resp.Body.(interface{ Bytes() []byte }).Bytes()...)
		}
		c.Data(http.StatusOK, "application/json", all)
	})
	server := httptest.NewServer(router)
	defer server.Close()
	for _, path := range []string{"/plain", "/cached"} {
		b.Run(path[1:], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				resp, err := http.Get(server.URL + path)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
}

// Issue 4, line 7: the hit ratio on a zipf(1.1) trace over 100,000 URLs, with room for a tenth
// of their bytes, is at least 0.84 once the cache is warm.
func BenchmarkZipfHitRatio(b *testing.B) {
	const (
		urls     = 100_000
		requests = 1_000_000
	)
	probe, request := cachedTransport(b, 300)
	hitOnce(b, probe, request)
	each := probe.Stats().Bytes
	store := cache.NewMemoryStore(cache.MemoryLimits{Bytes: each * urls / 10, Entries: urls})
	transport := cache.NewTransport(cachedOrigin{strings.Repeat("x", 300)}, store, cache.Options{})
	defer transport.Close()
	zipf := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 1, urls-1)
	run := func(n int) {
		for range n {
			request.URL = &url.URL{Scheme: "http", Host: "api.test", Path: fmt.Sprintf("/users/%06d", zipf.Uint64()), RawQuery: "expand=p"}
			hitOnce(b, transport, request)
		}
	}
	run(requests / 4)
	warm := transport.Stats()
	run(requests)
	s := transport.Stats()
	ratio := float64(s.Hits-warm.Hits) / requests
	b.ReportMetric(ratio, "hit-ratio")
	b.ReportMetric(float64(s.Bytes)/float64(each*urls/10), "of-budget")
	if ratio < 0.84 {
		b.Errorf("hit ratio %.3f, want at least 0.84", ratio)
	}
}
