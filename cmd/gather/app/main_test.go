package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"go.uber.org/goleak"

	"gather/cmd/gather/app"
	"gather/config"
	"gather/demo"
)

func TestMain(m *testing.M) {
	for _, streamed := range []string{"application/x-ndjson", "text/event-stream"} {
		openapi3filter.RegisterBodyDecoder(streamed, openapi3filter.PlainBodyDecoder)
	}
	goleak.VerifyTestMain(m)
}

// service is the real program, configured, listening and run, beside the sample
// API as its upstream.
type service struct {
	*http.Client
	t      *testing.T
	app    *app.App
	url    string
	sample string
	log    *lines
	// stop tells the service to end, as a signal does.
	stop context.CancelFunc
}

// start runs the service with a configuration that is added to the least one
// there can be, until the test ends.
func start(t *testing.T, configuration string, env ...string) *service {
	t.Helper()
	sample := httptest.NewServer(demo.New(demo.Options{}))
	t.Cleanup(sample.Close)
	s := &service{Client: &http.Client{Transport: &http.Transport{}}, t: t, sample: sample.URL, log: new(lines)}
	t.Cleanup(s.CloseIdleConnections)

	cfg, _, err := config.Load(s.sources(configuration, env))
	if err != nil {
		t.Fatal(err)
	}
	s.app, err = app.New(cfg, app.Options{Log: slog.New(slog.NewTextHandler(s.log, nil)), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	listening, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- s.app.Run(ctx, func(at net.Addr) { listening <- at }) }()
	select {
	case at := <-listening:
		s.url = "http://" + at.String()
	case err := <-ended:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *service) sources(configuration string, env []string) config.Sources {
	folder := s.t.TempDir()
	file := filepath.Join(folder, "gather.yaml")
	text := "server: {listen: '127.0.0.1:0', drain: 2s}\n" + strings.ReplaceAll(configuration, "SAMPLE", s.sample)
	if !strings.Contains(text, "\nupstreams:") {
		text += "\nupstreams: [" + s.upstream() + "]\n"
	}
	text = strings.ReplaceAll(text, "UPSTREAM", s.upstream())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	env = append(env, "GATHER_JOBS_DATABASE=sqlite:"+filepath.Join(folder, "jobs.db"))
	return config.Sources{File: file, Env: env}
}

// upstream is the sample API as an entry of the configuration.
func (s *service) upstream() string {
	return "{name: sample, url: '" + s.sample + "', allow: [127.0.0.1/32], rate: 0, concurrency: 64}"
}

// answer is an answer with its content read.
type answer struct {
	*http.Response
	body []byte
}

// json reads the content into a value.
func (a answer) json(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal(a.body, into); err != nil {
		t.Fatalf("%s %s: %v in %s", a.Request.Method, a.Request.URL.Path, err, a.body)
	}
}

// call sends a request to a path of the service; fields are "Name: value".
func (s *service) call(method, path, body string, fields ...string) answer {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		if request.Header.Add(name, value); name == "Host" {
			request.Host = value
		}
	}
	return s.send(request)
}

func (s *service) send(request *http.Request) answer {
	s.t.Helper()
	response, err := s.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{Response: response, body: body}
}

// want fails the test unless the answer has the status.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s: %d, want %d: %s", a.Request.Method, a.Request.URL.Path, a.StatusCode, status, a.body)
	}
	return a
}

// lines collects what is logged.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
