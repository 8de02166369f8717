package fetcher_test

import (
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"gather/fetcher"
	"gather/fetcher/fetchertest"
)

// recorder is an upstream that keeps the requests it got and answers by path.
type recorder struct {
	*httptest.Server
	mu   sync.Mutex
	seen []seen
}

type seen struct {
	method, target, body string
	header               http.Header
}

func record(t *testing.T, handler http.HandlerFunc) *recorder {
	t.Helper()
	r := new(recorder)
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		r.seen = append(r.seen, seen{q.Method, q.URL.RequestURI(), string(body), q.Header.Clone()})
		r.mu.Unlock()
		handler(w, q)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *recorder) requests() []seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]seen(nil), r.seen...)
}

func TestRedirectsAreFollowedFiveTimes(t *testing.T) {
	t.Parallel()
	answers := map[string]fetchertest.Answer{"/end": fetchertest.JSON(`"here"`)}
	for i, path := range []string{"/6", "/5", "/4", "/3", "/2", "/1"} {
		to := "/end"
		if i > 0 {
			to = "/" + string(rune('7'-i))
		}
		answers[path] = fetchertest.Redirect(to)
	}
	answers["/a"], answers["/b"] = fetchertest.Redirect("/b"), fetchertest.Redirect("/a")
	up := fetchertest.Start(t, fetchertest.Paths(answers))
	r := start(t, setup{local: []string{up.URL}})

	got := r.one(t, `{"url": "`+up.URL+`/2"}`)
	got.wantBody(t, `"here"`)
	if got.URL != up.URL+"/end" || got.Attempts != 6 {
		t.Errorf("from %s in %d attempts", got.URL, got.Attempts)
	}
	r.one(t, `{"url": "`+up.URL+`/1"}`).wantError(t, fetcher.CodeTooManyRedirects, 502)
	loop := r.one(t, `{"url": "`+up.URL+`/a"}`)
	loop.wantError(t, fetcher.CodeTooManyRedirects, 502)
	if loop.Error.Detail != "the redirects go round in a circle" || loop.Attempts != 2 {
		t.Errorf("%d attempts, %s", loop.Attempts, loop.Error.Detail)
	}
	r.one(t, `{"url": "`+up.URL+`/2", "redirect": "error"}`).wantError(t, fetcher.CodeTooManyRedirects, 502)
	manual := r.one(t, `{"url": "`+up.URL+`/2", "redirect": "manual"}`)
	if manual.Collected || manual.Status != 302 || manual.Error.Code != "" || manual.Headers["location"] != "/3" || manual.Attempts != 1 {
		t.Errorf("manual: %+v", manual)
	}
}

func TestRedirectsAreJudgedAnew(t *testing.T) {
	t.Parallel()
	for name, location := range map[string]string{
		"another port of this machine": "http://127.0.0.1:9/",
		"metadata":                     "http://169.254.169.254/latest/",
		"another scheme":               "ftp://a.example/",
		"a name in this machine":       "http://localhost/",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up := fetchertest.Start(t, fetchertest.Redirect(location))
			r := start(t, setup{local: []string{up.URL}})
			r.one(t, `{"url": "`+up.URL+`/"}`).wantError(t, fetcher.CodeTargetBlocked, 403)
		})
	}
}

func TestRedirectsFromHTTPSToHTTPAreRefused(t *testing.T) {
	t.Parallel()
	plain := fetchertest.Start(t, fetchertest.JSON(`1`))
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	t.Cleanup(secure.Close)
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	r := start(t, setup{local: []string{secure.URL, plain.URL}, roots: roots})
	r.one(t, `{"url": "`+secure.URL+`/"}`).wantError(t, fetcher.CodeTargetBlocked, 403)
	if plain.Calls() != 0 {
		t.Error("the step down was taken")
	}
}

// What is the first origin's must not reach another one, not even when that one
// redirects within itself: net/http makes every hop from the first request.
func TestRedirectsLeaveSecretsBehind(t *testing.T) {
	t.Parallel()
	other := record(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/one" {
			http.Redirect(w, r, "/two", http.StatusTemporaryRedirect)
		}
	})
	own := record(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/one", http.StatusTemporaryRedirect)
	})
	r := start(t, setup{
		local: []string{own.URL, other.URL}, header: http.Header{"X-Team": {"blue"}},
		credential: fetcher.Credential{Kind: "header", Name: "X-Api-Key", Secret: "s3cret"},
	})
	r.one(t, `{"upstream": "a", "url": "/?q=1", "method": "POST", "headers": {"Cookie": "a=b", "X-Mine": "1", "Accept-Language": "eo"}, "body": {"pin": 1234}}`)
	if first := own.requests()[0]; first.header.Get("X-Api-Key") != "s3cret" || first.header.Get("X-Team") != "blue" || first.body != `{"pin": 1234}` {
		t.Fatalf("the upstream itself got %+v", first)
	}
	hops := other.requests()
	if len(hops) != 2 {
		t.Fatalf("%d hops at the other origin, want 2", len(hops))
	}
	for _, hop := range hops {
		for _, name := range []string{"X-Api-Key", "X-Team", "Cookie", "X-Mine", "Referer", "Content-Type"} {
			if value := hop.header.Get(name); value != "" {
				t.Errorf("%s %s carries %s: %s", hop.method, hop.target, name, value)
			}
		}
		if hop.body != "" || hop.header.Get("Accept-Language") != "eo" {
			t.Errorf("%s %s: body %q, header %v", hop.method, hop.target, hop.body, hop.header)
		}
	}
}

func TestRedirectsWithinTheOriginKeepEverythingButTheReferer(t *testing.T) {
	t.Parallel()
	up := record(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/next", http.StatusPermanentRedirect)
		}
	})
	r := start(t, setup{local: []string{up.URL}, credential: fetcher.Credential{Kind: "bearer", Secret: "s3cret"}})
	r.one(t, `{"upstream": "a", "url": "/?key=1", "method": "PUT", "headers": {"X-Mine": "1"}, "body": [1]}`)
	last := up.requests()[1]
	if last.method != "PUT" || last.body != "[1]" || last.header.Get("X-Mine") != "1" || last.header.Get("Authorization") != "Bearer s3cret" || last.header.Get("Referer") != "" {
		t.Errorf("%+v", last)
	}
}

func TestRedirectToGETDropsTheFieldsOfTheBody(t *testing.T) {
	t.Parallel()
	up := record(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/next", http.StatusSeeOther)
		}
	})
	r := start(t, setup{local: []string{up.URL}})
	r.one(t, `{"url": "`+up.URL+`/", "method": "POST", "body": {"a": 1}}`)
	if last := up.requests()[1]; last.method != "GET" || last.body != "" || last.header.Get("Content-Type") != "" {
		t.Errorf("%+v", last)
	}
}

// A caller who may use some upstreams only is led to no other by any of them.
func TestCallersStayWithTheirUpstreams(t *testing.T) {
	t.Parallel()
	forbidden := fetchertest.Start(t, fetchertest.JSON(`"secret"`))
	allowed := fetchertest.Start(t, fetchertest.Paths(map[string]fetchertest.Answer{
		"/away": fetchertest.Redirect(forbidden.URL + "/"),
		"/to":   fetchertest.JSON(quote(forbidden.URL + "/")),
		"/page": fetchertest.Reply(200, `[1]`, "Content-Type: application/json", "Link: <"+forbidden.URL+`/>; rel="next"`),
	}))
	r := start(t, setup{local: []string{allowed.URL, forbidden.URL}})
	caller := fetcher.Caller{Client: "ci", Upstreams: []string{"a"}}
	got := r.fetchAs(t, t.Context(), `{"requests": [
		{"id": "to", "upstream": "a", "url": "/to"},
		{"url": "`+forbidden.URL+`/"},
		{"upstream": "a", "url": "/away"},
		{"url": "{{to.body}}"},
		{"url": "`+forbidden.URL+`/{{to.status}}"},
		{"upstream": "a", "url": "{{to.body}}"},
		{"upstream": "a", "url": "/page", "paginate": {"next": "link"}},
		{"url": "{{each}}", "forEach": "to.body"}
	]}`, fetcher.CompileOptions{Caller: caller})
	got.Responses[0].wantBody(t, quote(forbidden.URL+"/"))
	for _, a := range got.Responses[1:] {
		a.wantError(t, fetcher.CodeTargetBlocked, 403)
	}
	_, _, err := r.Raw(t.Context(), fetcher.RawRequest{Method: "GET", URL: allowed.URL + "/away", Header: http.Header{}, Caller: caller})
	if err == nil || !strings.Contains(err.Error(), string(fetcher.CodeTargetBlocked)) {
		t.Errorf("raw: %v", err)
	}
	if forbidden.Calls() != 0 {
		t.Errorf("%d calls went where the caller may not go", forbidden.Calls())
	}
}

func TestRawAnswersWithTheUpstreamsOwn(t *testing.T) {
	t.Parallel()
	up := record(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/odd")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	})
	r := start(t, setup{local: []string{up.URL}})
	answer, trace, err := r.Raw(t.Context(), fetcher.RawRequest{Method: "PROPFIND", URL: up.URL + "/pot?a=1", Header: http.Header{"Depth": {"1"}}, Body: []byte("tea")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 418 || string(body) != "short and stout" || trace.Attempts != 1 {
		t.Errorf("status %d, body %q, %d attempts, error %v", answer.StatusCode, body, trace.Attempts, err)
	}
	if got := up.requests()[0]; got.method != "PROPFIND" || got.target != "/pot?a=1" || got.body != "tea" || got.header.Get("Depth") != "1" {
		t.Errorf("sent %+v", got)
	}
	for pointer, bad := range map[string]fetcher.RawRequest{
		"#/url": {URL: "nowhere"}, "#/redirect": {URL: up.URL, Redirect: "x"}, "#/retry": {URL: up.URL, Attempts: 11},
	} {
		if _, _, err := r.Raw(context.Background(), bad); err == nil || !strings.HasPrefix(err.Error(), pointer+": ") {
			t.Errorf("%s: %v", pointer, err)
		}
	}
}
