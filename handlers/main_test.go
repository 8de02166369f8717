package handlers_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"gather/access"
	"gather/cache"
	"gather/collections"
	"gather/fetcher"
	"gather/fetcher/guard"
	"gather/fetcher/limiter"
	"gather/fetcher/transport"
	"gather/handlers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// maxBody is the most that the service under test reads of a request.
const maxBody = 8 << 20

// rig is the HTTP interface on a real socket, in front of a real engine that may
// fetch from one upstream on this machine.
type rig struct {
	*http.Client
	t   *testing.T
	url string
	// upstream is the upstream's base URL; its name is "up".
	upstream string
	log      *lines
}

// serve starts a rig until the test ends.
func serve(t *testing.T, upstream string, change ...func(*handlers.Options)) *rig {
	t.Helper()
	r := &rig{Client: &http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, t: t, upstream: upstream, log: new(lines)}
	options := handlers.Options{
		Engine:       newEngine(t, upstream),
		Collections:  collections.NewBook(nil),
		UI:           fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}, "assets/app.js": {Data: []byte("1")}},
		Log:          slog.New(slog.NewTextHandler(r.log, nil)),
		MaxBodyBytes: maxBody, MaxJobRequests: 10_000,
	}
	var err error
	if options.Access, err = access.New(access.Options{Listen: "127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(&options)
	}
	handler, err := handlers.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	r.url = server.URL
	t.Cleanup(func() {
		r.CloseIdleConnections()
		server.Close()
	})
	return r
}

// newEngine makes an engine without limits on rate for one upstream.
func newEngine(t *testing.T, upstream string) *fetcher.Engine {
	t.Helper()
	base, err := url.Parse(upstream)
	if err != nil {
		t.Fatal(err)
	}
	guarded, err := guard.New(guard.Options{Upstreams: []guard.Upstream{
		{Name: "up", URL: upstream, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := transport.NewHosts(transport.HostsOptions{
		Upstreams: []transport.Upstream{{Rules: transport.Rules{Name: "up", Concurrency: 64}, URL: upstream}},
		Limiter:   limiter.Options{Gate: limiter.NewGate(256)},
	})
	if err != nil {
		t.Fatal(err)
	}
	budget := transport.NewBudget(64 << 20)
	engine := fetcher.New(fetcher.Options{
		Guard:     guarded,
		Hosts:     hosts,
		Store:     cache.NewMemoryStore(cache.MemoryLimits{Bytes: 16 << 20, Entries: 1000}),
		Retry:     transport.RetryOptions{Backoff: transport.Backoff{Base: time.Millisecond, Cap: time.Millisecond}},
		Buffer:    transport.BufferOptions{Budget: budget, MaxBody: 16 << 20},
		Upstreams: []fetcher.Upstream{{Name: "up", Base: base}},
		Limits: fetcher.Limits{
			Timeout: 10 * time.Second, MaxTimeout: time.Minute, MaxJobTimeout: time.Hour,
			MaxRequests: 100, MaxCalls: 100, MaxBatchBytes: 32 << 20, PerHost: 64,
		},
		UserAgent: "gather/test",
	})
	t.Cleanup(func() {
		engine.Close()
		if used := budget.Used(); used != 0 {
			t.Errorf("%d bytes of the budget were never given back", used)
		}
	})
	return engine
}

// handle starts an upstream of net/http's until the test ends.
func handle(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// answer is an answer with its content read.
type answer struct {
	*http.Response
	body []byte
}

// call sends a request; fields are "Name: value", and "UP" in path and body
// stands for the upstream.
func (r *rig) call(method, path, body string, fields ...string) answer {
	r.t.Helper()
	return r.send(r.request(method, path, body, fields...))
}

func (r *rig) request(method, path, body string, fields ...string) *http.Request {
	r.t.Helper()
	here := strings.NewReplacer("UP", r.upstream)
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.url+here.Replace(path), strings.NewReader(here.Replace(body)))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		if request.Header.Add(name, value); name == "Host" {
			request.Host = value
		}
	}
	return request
}

func (r *rig) send(request *http.Request) answer {
	r.t.Helper()
	response, err := r.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer{Response: response, body: body}
}

// want fails the test unless the answer has the status.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s: %d, want %d: %.500s", a.Request.Method, a.Request.URL.Path, a.StatusCode, status, a.body)
	}
	return a
}

// result is a batch's answer, as far as these tests look at it.
type result struct {
	Responses []response `json:"responses"`
	Summary   summary    `json:"summary"`
}

type response struct {
	ID        string          `json:"id"`
	Collected bool            `json:"collected"`
	Status    int             `json:"status"`
	URL       string          `json:"url"`
	Body      json.RawMessage `json:"body"`
	Error     struct {
		Code string `json:"code"`
	} `json:"error"`
}

type summary struct {
	Requests, Collected, NotCollected int
	DurationMs, SequentialMs          float64
}

func (a answer) result(t *testing.T) result {
	t.Helper()
	var r result
	a.want(t, http.StatusOK).json(t, &r)
	return r
}

func (a answer) json(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal(a.body, into); err != nil {
		t.Fatalf("%v in %.500s", err, a.body)
	}
}

// problem is a problem document.
type problem struct {
	Type, Title, Detail, RequestID string
	Status                         int
	Errors                         []struct{ Detail, Pointer string }
}

// problem reads the answer as one and checks what every one of them has.
func (a answer) problem(t *testing.T, status int) problem {
	t.Helper()
	a.want(t, status)
	var p problem
	a.json(t, &p)
	if a.Header.Get("Content-Type") != "application/problem+json" || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("Content-Type %q, Cache-Control %q", a.Header.Get("Content-Type"), a.Header.Get("Cache-Control"))
	}
	if p.Status != status || p.Type != "about:blank" || p.Title == "" || p.Detail == "" || p.RequestID != a.Header.Get("X-Request-Id") {
		t.Errorf("incomplete: %s", a.body)
	}
	return p
}

// faults are the document's errors, one a line.
func (p problem) faults() string {
	var b strings.Builder
	for _, e := range p.Errors {
		b.WriteString(e.Pointer + ": " + e.Detail + "\n")
	}
	return b.String()
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
