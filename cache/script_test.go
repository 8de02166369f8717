package cache_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gather/cache"
)

// A rule is one MUST or SHOULD, shown by exchanges with one cache in turn.
type rule struct {
	section string // the RFC and section it is from
	name    string
	options cache.Options
	steps   []step
}

// A step is one request and what must become of it.
type step struct {
	after     time.Duration // the clock moves on first
	method    string        // default GET
	url       string        // default http://api.test/a
	send      string        // request fields, a line each
	mode      cache.Mode
	partition string
	decoded   bool

	// origin is the answer of the origin: status, fields and content, each on lines of their
	// own, an empty line before the content. "" says that it must not be asked, "down" that
	// it does not answer. %d is the present, %d-60 a minute ago, as HTTP-dates.
	origin string

	status int    // wanted; default the origin's, else 200
	cache  string // Cache-Status without the name, exactly
	sees   string // lines the origin's request must hold; "-Name" must be absent
	has    string // lines the response must hold; "-Name" must be absent
	body   string // wanted; "" is not looked at
}

var errDown = errors.New("no route to the origin")

// scriptedOrigin answers with what the present step says.
type scriptedOrigin struct {
	mu     sync.Mutex
	answer string
	seen   *http.Request
	calls  int
}

func (o *scriptedOrigin) RoundTrip(r *http.Request) (*http.Response, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen, o.calls = r, o.calls+1
	if o.answer == "" || o.answer == "down" {
		return nil, errDown
	}
	head, content, _ := strings.Cut(o.answer, "\n\n")
	first, fields, _ := strings.Cut(head, "\n")
	status, err := strconv.Atoi(first)
	if err != nil {
		return nil, err
	}
	if r.Method == http.MethodHead {
		content = ""
	}
	h := parseFields(fields)
	if len(h["Date"]) == 0 {
		h.Set("Date", httpDate(0))
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h,
		Body: io.NopCloser(strings.NewReader(content)), ContentLength: int64(len(content)), Request: r,
	}, nil
}

func httpDate(offset int) string {
	return time.Now().Add(time.Duration(offset) * time.Second).UTC().Format(http.TimeFormat)
}

// parseFields reads "Name: value" lines and puts dates for %d and %d±seconds.
func parseFields(s string) http.Header {
	h := http.Header{}
	for line := range strings.SplitSeq(s, "\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		if rest, dated := strings.CutPrefix(value, "%d"); dated {
			offset, _ := strconv.Atoi(rest)
			value = httpDate(offset)
		}
		h.Add(strings.TrimSpace(name), value)
	}
	return h
}

func runRules(t *testing.T, rules []rule) {
	t.Helper()
	for _, r := range rules {
		t.Run(r.section+" "+r.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, r.run)
		})
	}
}

func (r rule) run(t *testing.T) {
	origin := &scriptedOrigin{}
	transport := cache.NewTransport(origin, cache.NewMemoryStore(cache.MemoryLimits{}), r.options)
	defer transport.Close()
	for i, s := range r.steps {
		time.Sleep(s.after)
		origin.answer, origin.calls, origin.seen = s.origin, 0, nil
		s.run(t, i+1, transport, origin)
		synctest.Wait() // background validations
	}
}

func (s step) request(t *testing.T) *http.Request {
	method, target := s.method, s.url
	if method == "" {
		method = http.MethodGet
	}
	if target == "" {
		target = "http://api.test/a"
	}
	ctx := cache.WithPartition(cache.WithMode(t.Context(), s.mode), s.partition)
	if s.decoded {
		ctx = cache.WithDecoded(ctx)
	}
	r, err := http.NewRequestWithContext(ctx, method, target, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = parseFields(s.send)
	return r
}

func (s step) run(t *testing.T, n int, transport http.RoundTripper, origin *scriptedOrigin) {
	t.Helper()
	resp, err := transport.RoundTrip(s.request(t))
	if s.origin == "down" && err != nil {
		if s.status != 0 {
			t.Errorf("step %d: %v, want a stored response", n, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("step %d: %v", n, err)
	}
	synctest.Wait()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("step %d: body: %v", n, err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatalf("step %d: close: %v", n, err)
	}
	if got := cache.StatusOf(resp.Header); got != s.cache {
		t.Errorf("step %d: Cache-Status %q, want %q", n, got, s.cache)
	}
	if s.origin == "" && origin.calls > 0 {
		t.Errorf("step %d: the origin was asked", n)
	}
	if s.origin != "" && origin.calls == 0 {
		t.Errorf("step %d: the origin was not asked", n)
	}
	if want := s.wantStatus(); resp.StatusCode != want {
		t.Errorf("step %d: status %d, want %d", n, resp.StatusCode, want)
	}
	if s.body != "" && string(content) != s.body {
		t.Errorf("step %d: body %q, want %q", n, content, s.body)
	}
	checkFields(t, n, "response", resp.Header, s.has)
	if origin.seen != nil {
		checkFields(t, n, "the origin's request", origin.seen.Header, s.sees)
	}
}

func (s step) wantStatus() int {
	if s.status != 0 {
		return s.status
	}
	first, _, _ := strings.Cut(s.origin, "\n")
	if status, err := strconv.Atoi(first); err == nil {
		return status
	}
	return http.StatusOK
}

func checkFields(t *testing.T, n int, where string, h http.Header, want string) {
	t.Helper()
	for line := range strings.SplitSeq(want, "\n") {
		line = strings.TrimSpace(line)
		if name, absent := strings.CutPrefix(line, "-"); absent {
			if values := h.Values(name); len(values) > 0 {
				t.Errorf("step %d: %s has %s: %q", n, where, name, values)
			}
			continue
		}
		for name, values := range parseFields(line) {
			if got := strings.Join(h.Values(name), ", "); got != values[0] {
				t.Errorf("step %d: %s has %s: %q, want %q", n, where, name, got, values[0])
			}
		}
	}
}

// get is a plain request on a loopback or scripted transport.
func get(ctx context.Context, t *testing.T, transport http.RoundTripper, target string) (status, content string) {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	r := (&http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{}}).WithContext(ctx)
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Error(err)
		return "", ""
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	_ = resp.Body.Close()
	return cache.StatusOf(resp.Header), string(data)
}
