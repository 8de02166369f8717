package transport_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gather/fetcher/fetchertest"
	"gather/fetcher/transport"
)

func startTLS(t *testing.T, configure func(*httptest.Server)) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are meant to fail
	if configure != nil {
		configure(srv)
	}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

func rootsOf(srv *httptest.Server) *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	return roots
}

func TestBaseProtocols(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		http2 bool
		want  string
	}{{false, "HTTP/1.1"}, {true, "HTTP/2.0"}} {
		srv := startTLS(t, func(s *httptest.Server) { s.EnableHTTP2 = true })
		c := newChain(t, chainOptions{base: transport.BaseOptions{RootCAs: rootsOf(srv), HTTP2: tt.http2}})
		call := &transport.Call{}
		resp, err := get(t, transport.WithCall(t.Context(), call), c, srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		if got := bodyOf(t, resp); got != tt.want {
			t.Errorf("HTTP2 %v: spoke %s", tt.http2, got)
		}
		if tr := call.Trace(); tr.TLS == 0 || tr.Connect == 0 {
			t.Errorf("phases of a new TLS connection: %+v", tr)
		}
	}
}

func TestBaseFailures(t *testing.T) {
	t.Parallel()
	good := startTLS(t, nil)
	old := startTLS(t, func(s *httptest.Server) {
		s.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	})
	plain := fetchertest.Start(t, fetchertest.JSON(`{}`))
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	fail := func(err error) func(context.Context, string, string) (net.Conn, error) {
		return func(context.Context, string, string) (net.Conn, error) { return nil, err }
	}
	refusal := errors.New("not to be dialled")
	tests := []struct {
		name string
		url  string
		base transport.BaseOptions
		want error
		text string
	}{
		{"connection refused", "http://" + closed.Addr().String(), transport.BaseOptions{}, transport.ErrConnect, "connection refused"},
		{"no such host", "http://nowhere.test/", transport.BaseOptions{DialContext: fail(&net.DNSError{Err: "no such host", Name: "nowhere.test", IsNotFound: true})}, transport.ErrDNS, "no such host"},
		{"name server silent", "http://nowhere.test/", transport.BaseOptions{DialContext: fail(&net.DNSError{Err: "timeout", Name: "nowhere.test", Server: "10.1.1.1:53", IsTimeout: true})}, transport.ErrDNS, "timed out"},
		{"dial timeout", "http://127.0.0.1:1/", transport.BaseOptions{DialContext: (&net.Dialer{Deadline: time.Now().Add(-time.Second)}).DialContext}, transport.ErrConnect, "timed out"},
		{"unknown authority", good.URL, transport.BaseOptions{}, transport.ErrTLS, "unknown authority"},
		{"another host", strings.Replace(good.URL, "127.0.0.1", "localhost", 1), transport.BaseOptions{RootCAs: rootsOf(good)}, transport.ErrTLS, "another host"},
		{"TLS 1.1", old.URL, transport.BaseOptions{RootCAs: rootsOf(old)}, transport.ErrTLS, "TLS"},
		{"no TLS at all", strings.Replace(plain.URL, "http:", "https:", 1), transport.BaseOptions{}, transport.ErrTLS, "TLS"},
		{"the dialer's refusal", "http://refused.test/", transport.BaseOptions{DialContext: fail(&net.OpError{Op: "dial", Err: refusal})}, refusal, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newChain(t, chainOptions{base: tt.base, buffer: transport.BufferOptions{Refusal: refusal}})
			call := &transport.Call{Attempts: 1}
			_, err := get(t, transport.WithCall(t.Context(), call), c, tt.url)
			if !errors.Is(err, tt.want) || errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "10.1.1.1") {
				t.Errorf("text %q", err)
			}
		})
	}
}

func TestBaseKeepsConnectionsWarm(t *testing.T) {
	t.Parallel()
	const width = 40
	var arrived sync.WaitGroup
	arrived.Add(width)
	wait := true
	gate := fetchertest.NewGate()
	up := fetchertest.Start(t, func(w *fetchertest.Wire, r *http.Request) {
		if wait {
			arrived.Done()
			gate.Answer(fetchertest.JSON(`{}`))(w, r)
			return
		}
		fetchertest.JSON(`{}`)(w, r)
	})
	c := newChain(t, chainOptions{})
	var all sync.WaitGroup
	for range width {
		all.Go(func() {
			if _, err := get(t, t.Context(), c, up.URL); err != nil {
				t.Error(err)
			}
		})
	}
	arrived.Wait() // all are in flight at once, each on a connection of its own
	gate.Open()
	all.Wait()
	before := up.Accepted()
	wait = false
	for range width {
		all.Go(func() {
			if _, err := get(t, t.Context(), c, up.URL); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if now := up.Accepted(); before != width || now != before {
		t.Errorf("%d connections for %d calls at once, %d after as many again", before, width, now)
	}
}
