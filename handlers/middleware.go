package handlers

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/trace"

	"gather/access"
)

const headerRequestID = "X-Request-Id"

// identify gives every request an id: the client's where it is a plain token, so
// that it can be followed through several services, else a new one.
func identify(c *gin.Context) {
	id := c.GetHeader(headerRequestID)
	if !isToken(id) {
		id = rand.Text()
	}
	c.Header(headerRequestID, id)
	c.Next()
}

// isToken reports whether s is 1 to 128 of A-Za-z0-9._-.
func isToken(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("._-", c) >= 0) {
			return false
		}
	}
	return true
}

// Observation is one answer of this service.
type Observation struct {
	// Route is the pattern, "" where none matched.
	Route    string
	Method   string
	Status   int
	Duration time.Duration
}

// record logs and counts every request once it is answered. The log never holds
// a query string, a header or a body.
func (s *server) record(c *gin.Context) {
	began := time.Now()
	c.Next()
	seen := Observation{Route: c.FullPath(), Method: c.Request.Method, Status: c.Writer.Status(), Duration: time.Since(began)}
	if s.Observe != nil {
		s.Observe(seen)
	}
	level := slog.LevelInfo
	attributes := []slog.Attr{
		slog.String("method", seen.Method), slog.String("route", seen.Route), slog.Int("status", seen.Status),
		slog.Duration("duration", seen.Duration), slog.Int("bytes", c.Writer.Size()),
		slog.String("requestId", c.Writer.Header().Get(headerRequestID)),
	}
	if span := trace.SpanContextFromContext(c.Request.Context()); span.IsValid() {
		attributes = append(attributes, slog.String("traceId", span.TraceID().String()))
	}
	if client := callerOf(c).Client; client != "" {
		attributes = append(attributes, slog.String("client", client))
	}
	if seen.Status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if err := c.Errors.Last(); err != nil {
		level = max(level, slog.LevelWarn)
		attributes = append(attributes, slog.String("error", err.Error()))
	}
	s.Log.LogAttrs(c.Request.Context(), level, "request", attributes...)
}

// hardened makes every answer inert to browsers, fetched and faulty ones, too;
// only the page's own files loosen it, for themselves.
func hardened(c *gin.Context) {
	access.HardenData(c.Writer.Header())
	c.Next()
}

// contain turns a panic into a problem document and keeps its value, which may
// hold anything, out of the answer.
func (s *server) contain(c *gin.Context) {
	defer func() {
		panicked := recover()
		if panicked == nil {
			return
		}
		if err, ok := panicked.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(panicked)
		}
		// Only where, never what: a panic's value may quote a secret.
		s.Log.Error("panic", "route", c.FullPath(), "stack", string(debug.Stack()))
		fail(c, &problem{status: http.StatusInternalServerError, detail: "something went wrong here"})
	}()
	c.Next()
}
