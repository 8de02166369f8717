package transport_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gather/fetcher/transport"
)

// startHTTP2 starts a server that speaks HTTP/2 only with those who ask for it, and a chain that does.
func startHTTP2(t *testing.T, budget *transport.Budget, handler http.HandlerFunc) (*httptest.Server, *chain) {
	t.Helper()
	srv := startTLS(t, func(s *httptest.Server) {
		s.EnableHTTP2 = true
		s.Config.Handler = handler
	})
	return srv, newChain(t, chainOptions{
		base:   transport.BaseOptions{RootCAs: rootsOf(srv), HTTP2: true},
		buffer: transport.BufferOptions{Budget: budget},
	})
}

// While a body waits for memory, its stream must not fill another: what the server can send is bounded by the receive window.
func TestHTTP2WaitsWithoutBuffering(t *testing.T) {
	t.Parallel()
	const size = 4 << 20
	var written atomic.Int64
	over := make(chan struct{})
	budget := transport.NewBudget(size)
	srv, c := startHTTP2(t, budget, func(w http.ResponseWriter, _ *http.Request) {
		defer close(over)
		w.Header().Set("Content-Length", strconv.Itoa(size))
		piece := make([]byte, 16<<10)
		for range size / len(piece) {
			n, err := w.Write(piece)
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	if err := budget.Reserve(t.Context(), 1); err != nil { // so that the body has to wait
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := get(t, ctx, c, srv.URL); !errors.Is(err, transport.ErrOverloaded) {
		t.Fatalf("got %v", err)
	}
	<-over
	if got := written.Load(); got == 0 || got > 300<<10 {
		t.Errorf("the server could send %d bytes to a body that waited", got)
	}
}

func TestHTTP2BadInput(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    error
	}{
		{"a header section too large", func(w http.ResponseWriter, _ *http.Request) {
			for i := range 100 {
				w.Header().Set("X-"+strconv.Itoa(i), strings.Repeat("x", 2000))
			}
		}, transport.ErrBadResponse},
		{"a stream reset midway", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, 10_000))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, transport.ErrTruncated},
		{"shorter than declared", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write(make([]byte, 10))
		}, transport.ErrTruncated},
		{"never answers", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, context.DeadlineExceeded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv, c := startHTTP2(t, nil, tt.handler)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			begun := time.Now()
			_, err := get(t, ctx, c, srv.URL)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if took := time.Since(begun); took > 2*time.Second || c.budget.Used() != 0 {
				t.Errorf("ended after %v with %d bytes reserved", took, c.budget.Used())
			}
		})
	}
}
