package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gather/fetcher/transport"
)

// timings is what an answer says about where its time went (Server-Timing).
type timings struct {
	gin.ResponseWriter
	began   time.Time
	metrics []byte
	written bool
}

const timingsKey = "timings"

// time puts Server-Timing on every answer: what handlers added, and the total
// until the answer's header was written.
func timed(c *gin.Context) {
	t := &timings{ResponseWriter: c.Writer, began: time.Now()}
	c.Set(timingsKey, t)
	c.Writer = t
	c.Next()
	t.finish()
}

func (t *timings) finish() {
	if t.written {
		return
	}
	t.written = true
	t.add("total", time.Since(t.began))
	t.Header().Set("Server-Timing", string(t.metrics))
}

func (t *timings) add(name string, d time.Duration) {
	if len(t.metrics) > 0 {
		t.metrics = append(t.metrics, ", "...)
	}
	t.metrics = append(append(t.metrics, name...), ";dur="...)
	t.metrics = strconv.AppendFloat(t.metrics, float64(d.Microseconds())/1000, 'f', -1, 64)
}

// Unwrap lets http.ResponseController reach the connection.
func (t *timings) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// The ways by which an answer begins.

func (t *timings) WriteHeaderNow() {
	t.finish()
	t.ResponseWriter.WriteHeaderNow()
}

func (t *timings) Write(b []byte) (int, error) {
	t.finish()
	return t.ResponseWriter.Write(b)
}

func (t *timings) WriteString(s string) (int, error) {
	t.finish()
	return t.ResponseWriter.WriteString(s)
}

func (t *timings) Flush() {
	t.finish()
	t.ResponseWriter.Flush()
}

// addTiming notes how long a part of the work took.
func addTiming(c *gin.Context, name string, d time.Duration) {
	if t, ok := c.Value(timingsKey).(*timings); ok {
		t.add(name, d)
	}
}

// addTrace notes where the time of a call went.
func addTrace(c *gin.Context, trace transport.Trace) {
	for _, phase := range [...]struct {
		name string
		d    time.Duration
	}{
		{"queued", trace.Queued}, {"dns", trace.DNS}, {"connect", trace.Connect},
		{"tls", trace.TLS}, {"wait", trace.Wait}, {"receive", trace.Receive},
	} {
		if phase.d > 0 {
			addTiming(c, phase.name, phase.d)
		}
	}
}
