//go:build unix

package bench_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// A batch of ten cache hits against a plain Gin handler that writes the very bytes the service answered with.
//
//	cpu-ratio   the service's CPU time per batch, in that of the plain handler; at most 2
//	µs/batch    the service's CPU time per batch, plain-µs/batch the plain handler's
func BenchmarkCachedBatch(b *testing.B) {
	if child(b) {
		return
	}
	up := startUpstream(b)
	gather := startProgram(b, "gather", up.URL)
	plain := startProgram(b, "plain", up.URL)
	for _, bb := range []struct {
		name, path string
		batches    int
	}{
		{"small", "kept/small", 400}, // 300 bytes each
		{"large", "kept/large", 100}, // 26 KB each
	} {
		b.Run(bb.name, func(b *testing.B) {
			batch := []byte(`{"requests":[`)
			for i := range 10 {
				if i > 0 {
					batch = append(batch, ',')
				}
				batch = fmt.Appendf(batch, `{"id":"item%d","url":"%s/%s/%d"}`, i, up.URL, bb.path, i)
			}
			batch = append(batch, `]}`...)
			var answer []byte
			for range 2 { // the first one fills the cache
				var err error
				if answer, err = gather.post(batch); err != nil {
					b.Fatal(err)
				}
			}
			plain.tell(b, answer)
			round := func(p *program) time.Duration {
				return p.spend(b, bb.batches, func() []byte { return batch })
			}
			round(gather)
			round(plain)
			up.calls.Store(0)
			var ours, theirs time.Duration
			b.ResetTimer()
			for i := range b.N {
				if i%2 == 0 {
					ours += round(gather)
					theirs += round(plain)
				} else {
					theirs += round(plain)
					ours += round(gather)
				}
			}
			b.StopTimer()
			if n := up.calls.Load(); n != 0 {
				b.Fatalf("%d calls went out", n)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(ours)/float64(theirs), "cpu-ratio")
			b.ReportMetric(2, "budget")
			b.ReportMetric(micros(ours, b.N*bb.batches), "µs/batch")
			b.ReportMetric(micros(theirs, b.N*bb.batches), "plain-µs/batch")
		})
	}
}

// tell gives the plain handler what it is to answer from now on.
func (p *program) tell(b *testing.B, answer []byte) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPut, p.url+"/v1/fetch", bytes.NewReader(answer))
	if err != nil {
		b.Fatal(err)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	_ = resp.Body.Close()
}

// servePlain reads a request and writes what it was told to.
func servePlain(_ *testing.B, _ string, started func(url string)) {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	var answer []byte
	router.PUT("/v1/fetch", func(c *gin.Context) { answer, _ = io.ReadAll(c.Request.Body) })
	router.POST("/v1/fetch", func(c *gin.Context) {
		if _, err := io.Copy(io.Discard, c.Request.Body); err != nil {
			c.Status(http.StatusBadRequest)
			return
		}
		c.Data(http.StatusOK, "application/json", answer)
	})
	server := httptest.NewServer(router)
	defer server.Close()
	started(server.URL)
}
