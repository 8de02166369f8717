package guard_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"gather/fetcher/guard"
)

// roundTripper is the rest of the chain.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTransportHandsOnTheNormalForm(t *testing.T) {
	t.Parallel()
	g := newGuard(t, guard.Options{})
	for _, row := range []struct{ raw, host, wantURL, wantHost string }{
		{"https://example.com/a?b=c", "", "https://example.com/a?b=c", "example.com"},
		{"https://EXAMPLE.com.:443/a", "", "https://example.com/a", "example.com"},
		{"http://134744072/", "", "http://8.8.8.8/", "8.8.8.8"},
		{"https://example.com/?a b", "", "https://example.com/?a%20b", "example.com"},
		{"https://example.com/", "169.254.169.254", "https://example.com/", "example.com"},
		{"https://example.com/?a=%23", "example.com", "https://example.com/?a=%23", "example.com"},
	} {
		var seen *http.Request
		stage := guard.NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
			seen = r
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
		}), g)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, row.raw, nil)
		if err != nil {
			t.Fatal(err)
		}
		if row.host != "" {
			r.Host = row.host
		}
		before, beforeHost := r.URL.String(), r.Host
		if _, err := stage.RoundTrip(r); err != nil {
			t.Errorf("%s: %v", row.raw, err)
			continue
		}
		if seen.URL.String() != row.wantURL || seen.Host != row.wantHost {
			t.Errorf("%s: handed on %s for host %s, want %s for %s", row.raw, seen.URL, seen.Host, row.wantURL, row.wantHost)
		}
		if r.URL.String() != before || r.Host != beforeHost {
			t.Errorf("%s: the caller's request was changed", row.raw)
		}
	}
}

// A request that is in normal form already is handed on as it is.
func TestTransportSparesACopy(t *testing.T) {
	t.Parallel()
	var seen *http.Request
	stage := guard.NewTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		seen = r
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	}), newGuard(t, guard.Options{}))
	for _, row := range []struct {
		url  url.URL
		host string
		same bool
	}{
		{url.URL{Scheme: "https", Host: "example.com", Path: "/"}, "", true},
		{url.URL{Scheme: "https", Host: "example.com", Path: "/"}, "example.com", true},
		{url.URL{Scheme: "https", Host: "example.com:8443", Path: "/"}, "example.com:8443", true},
		{url.URL{Scheme: "https", Host: "example.com", Path: "/"}, "example.org", false},
		{url.URL{Scheme: "https", Host: "example.com:443", Path: "/"}, "example.com:443", false},
		{url.URL{Scheme: "https", Host: "example.com", Path: "/", RawQuery: "a#b"}, "", false},
	} {
		r := (&http.Request{Method: http.MethodGet, URL: &row.url, Host: row.host}).WithContext(t.Context())
		if _, err := stage.RoundTrip(r); err != nil {
			t.Fatal(err)
		}
		if (seen == r) != row.same {
			t.Errorf("%v for host %q: handed on unchanged %v", &row.url, row.host, seen == r)
		}
		if strings.ContainsAny(seen.URL.RawQuery, "# ") {
			t.Errorf("query %q", seen.URL.RawQuery)
		}
	}
}

// closed reports whether a refused request's body was closed, as a RoundTripper
// must do.
type closed struct {
	io.Reader
	done bool
}

func (c *closed) Close() error {
	c.done = true
	return nil
}

func TestTransportRefuses(t *testing.T) {
	t.Parallel()
	stage := guard.NewTransport(roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("a refused request was handed on")
		return nil, errors.New("unreachable")
	}), newGuard(t, guard.Options{}))
	for _, raw := range []string{"http://127.0.0.1:1/", "http://metadata.google.internal/", "http://[::1]/", "http://2130706433/", "http://example.com:22/"} {
		body := &closed{Reader: strings.NewReader("body")}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, raw, body)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stage.RoundTrip(r); !errors.Is(err, guard.ErrBlocked) {
			t.Errorf("%s: %v", raw, err)
		}
		if !body.done {
			t.Errorf("%s: body left open", raw)
		}
	}
}

func TestCheckRedirect(t *testing.T) {
	t.Parallel()
	g := newGuard(t, guard.Options{})
	for _, row := range []struct {
		from, to string
		want     guard.Reason
	}{
		{"https://example.com/", "https://example.com/b", 0},
		{"https://example.com/", "https://example.org/", 0},
		{"http://example.com/", "https://example.com/", 0},
		{"http://example.com/", "http://example.org/", 0},
		{"https://example.com/", "http://example.com/", guard.ReasonDowngrade},
		{"https://example.com/", "HTTP://example.com/", guard.ReasonDowngrade},
		{"https://example.com/", "http://127.0.0.1/", guard.ReasonDowngrade},
		{"http://example.com/", "http://127.0.0.1/", guard.ReasonAddress},
		{"http://example.com/", "http://169.254.169.254/", guard.ReasonMetadata},
		{"http://example.com/", "http://0251.0376.43518/", guard.ReasonMetadata},
		{"http://example.com/", "http://localhost/", guard.ReasonName},
		{"http://example.com/", "http://example.com:6379/", guard.ReasonPort},
		{"http://example.com/", "ftp://example.com/", guard.ReasonScheme},
		{"http://example.com/", "gopher://127.0.0.1:6379/_", guard.ReasonScheme},
		{"http://example.com/", "http://user:pass@example.com/", guard.ReasonUserinfo},
	} {
		from, errFrom := url.Parse(row.from)
		to, errTo := url.Parse(row.to)
		if errFrom != nil || errTo != nil {
			t.Fatal(errFrom, errTo)
		}
		err := g.CheckRedirect(from, to)
		refused, ok := errors.AsType[*guard.Error](err)
		if (row.want == 0) != (err == nil) || ok && refused.Reason != row.want {
			t.Errorf("%s to %s: %v, want %v", row.from, row.to, err, row.want)
		}
	}
}

// A redirector the operator trusts must not lead anywhere the operator has not
// named: every hop goes through both layers.
func TestRedirectorLeadsNowhere(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer inside.Close()
	redirector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Location"] = []string{r.URL.Query().Get("to")}
		w.WriteHeader(http.StatusFound)
	}))
	defer redirector.Close()

	insidePort := strings.TrimPrefix(inside.URL, "http://127.0.0.1:")
	server := newNameserver(t, map[string][]answer{
		"rebind.example.test":   {{addrs: []string{forbidden}}},
		"redirect.example.test": {{addrs: []string{forbidden}}},
	})
	base := strings.Replace(redirector.URL, "127.0.0.1", "redirect.example.test", 1)
	g := newGuard(t, guard.Options{
		Resolver:  server.addr,
		Upstreams: []guard.Upstream{{Name: "redirector", URL: base, Allow: prefixes("127.0.0.1/32")}},
	})
	inner := &http.Transport{DialContext: g.DialContext}
	defer inner.CloseIdleConnections()
	client := &http.Client{Transport: guard.NewTransport(inner, g)}
	for _, to := range []string{
		inside.URL, "http://2130706433:" + insidePort, "http://localhost:" + insidePort, "http://[::ffff:7f00:1]:" + insidePort,
		"http://0x7f.1:" + insidePort, "//127.1:" + insidePort, "http://rebind.example.test:" + insidePort,
		"http://redirect.example.test:" + insidePort, "http://169.254.169.254/", "http://①②⑦.⓪.⓪.①:" + insidePort,
		base + "/?to=" + url.QueryEscape(inside.URL), "file:///etc/passwd", "http://user@" + base[len("http://"):],
	} {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, base+"/?to="+url.QueryEscape(to), nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(r)
		if err == nil {
			_ = res.Body.Close()
		}
		if !errors.Is(err, guard.ErrBlocked) {
			t.Errorf("redirected to %s: %v", to, err)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d requests got inside", n)
	}
}
