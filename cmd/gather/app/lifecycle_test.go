package app_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"gather/cmd/gather/app"
	"gather/config"
)

// TestDrain stops the service while a request runs: no new connection is taken,
// and the request has its answer all the same.
func TestDrain(t *testing.T) {
	t.Parallel()
	called, answered := make(chan struct{}), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(called)
		<-answered
	}))
	t.Cleanup(slow.Close)
	s := start(t, "upstreams: [{name: slow, url: '"+slow.URL+"', allow: [127.0.0.1/32]}]")
	running := make(chan answer, 1)
	go func() { running <- s.call("GET", "/v1/fetch?url="+slow.URL, "") }()
	<-called
	s.stop()
	for {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if errors.Is(err, syscall.ECONNREFUSED) {
			break
		}
		if err == nil {
			_ = conn.Close()
		}
	}
	close(answered)
	if got := <-running; !strings.Contains(string(got.body), `"collected":1`) {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
}

// TestHeaderBound refuses a header beyond server.maxHeaderBytes.
func TestHeaderBound(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	s.call("GET", "/livez", "", "X-Large: "+strings.Repeat("a", 128<<10)).want(t, http.StatusRequestHeaderFieldsTooLarge)
	s.call("GET", "/livez", "", "X-Large: "+strings.Repeat("a", 32<<10)).want(t, http.StatusOK)
}

// TestTakenAddress says in words that there is no room.
func TestTakenAddress(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	cfg := config.Default()
	cfg.Server.Listen = listener.Addr().String()
	a, err := app.New(cfg, app.Options{Log: app.NewLog(new(lines), cfg.Log)})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "cannot listen on "+cfg.Server.Listen) {
		t.Errorf("%v", err)
	}
}
