package handlers_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gather/demo"
	"gather/fetcher/fetchertest"
)

// rawPath is /v1/raw for a path of the upstream.
func (r *rig) rawPath(path string, params ...string) string {
	return "/v1/raw?url=" + url.QueryEscape(r.upstream+path) + strings.Join(append([]string{""}, params...), "&")
}

// mirror answers with the request it got.
func mirror(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusTeapot)
	_, _ = fmt.Fprintf(w, "%s %s %q\n", request.Method, request.URL, body)
	_ = request.Header.Write(w)
}

// TestRawMethods shows that method, target, content, status and content of the
// answer go through as they are, 8-bit and all.
func TestRawMethods(t *testing.T) {
	t.Parallel()
	r := serve(t, handle(t, mirror))
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			body := ""
			if method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE" {
				body = "\x00\xff\xfe\r\n{"
			}
			got := r.call(method, r.rawPath("/a%2Fb?q=1&r=%26"), body, "Content-Type: application/octet-stream").want(t, http.StatusTeapot)
			want := fmt.Sprintf("%s /a%%2Fb?q=1&r=%%26 %q\n", method, body)
			if method == "HEAD" {
				want = ""
			}
			if !strings.HasPrefix(string(got.body), want) || method == "HEAD" && len(got.body) > 0 {
				t.Errorf("got %q, want %q", got.body, want)
			}
			if got.Header.Get("Server-Timing") == "" || !strings.HasPrefix(got.Header.Get("Cache-Status"), "gather; fwd=") {
				t.Errorf("%v", got.Header)
			}
		})
	}
	for _, method := range []string{"CONNECT", "TRACE"} {
		r.call(method, r.rawPath("/"), "").problem(t, http.StatusMethodNotAllowed)
	}
}

// TestRawHeaders shows which fields pass, in both directions.
func TestRawHeaders(t *testing.T) {
	t.Parallel()
	seen := make(chan http.Header, 2)
	r := serve(t, handle(t, func(w http.ResponseWriter, request *http.Request) {
		seen <- request.Header.Clone()
		h := w.Header()
		h["Set-Cookie"] = []string{"a=1", "b=2"}
		h["X-Odd"] = []string{"\xe4, and \t more"}
		for _, name := range []string{"Keep-Alive", "Proxy-Authenticate", "X-Named", "Access-Control-Allow-Origin", "Clear-Site-Data", "Alt-Svc"} {
			h.Set(name, "x")
		}
		h.Set("Connection", "X-Named")
		h.Set("Content-Security-Policy", "default-src *")
		h.Set("Content-Type", "text/html")
	}))
	got := r.call("GET", r.rawPath("/"), "",
		"Authorization: Bearer theirs", "Cookie: a=1", "X-Own: 1", "X-Own: 2", "If-None-Match: \"x\"", "Range: bytes=0-1", "Accept: x/y",
		"Accept-Encoding: br", "User-Agent: me", "Cache-Control: no-cache",
		"Connection: X-Gone", "X-Gone: 1", "Te: trailers", "Proxy-Authorization: x", "Keep-Alive: 1", "X-Request-Id: mine",
		"Metadata-Flavor: Google", "X-Aws-Ec2-Metadata-Token: x",
	).want(t, http.StatusOK)
	sent := <-seen
	for name, want := range map[string]string{
		"Authorization": "Bearer theirs", "Cookie": "a=1", "X-Own": "1|2", "If-None-Match": `"x"`, "Range": "bytes=0-1", "Accept": "x/y",
		"Accept-Encoding": "br", "User-Agent": "me", "Cache-Control": "no-cache",
		"X-Gone": "", "Te": "", "Proxy-Authorization": "", "Keep-Alive": "", "X-Request-Id": "", "Metadata-Flavor": "", "X-Aws-Ec2-Metadata-Token": "",
	} {
		if value := strings.Join(sent[name], "|"); value != want {
			t.Errorf("%s was sent as %q, want %q", name, value, want)
		}
	}
	for name, want := range map[string]string{
		"Set-Cookie": "a=1|b=2", "X-Odd": "\xe4, and \t more", "Content-Type": "text/html", "X-Content-Type-Options": "nosniff", "X-Request-Id": "mine",
		"Keep-Alive": "", "Proxy-Authenticate": "", "X-Named": "", "Access-Control-Allow-Origin": "", "Alt-Svc": "",
		// What only browsers obey is for others as the upstream says it.
		"Clear-Site-Data": "x", "Content-Security-Policy": "default-src *",
	} {
		if value := strings.Join(got.Header[name], "|"); value != want {
			t.Errorf("%s came as %q, want %q", name, value, want)
		}
	}
	inert := r.call("GET", r.rawPath("/"), "", "User-Agent: Mozilla/5.0").want(t, http.StatusOK)
	<-seen
	if policies := inert.Header["Content-Security-Policy"]; !slices.ContainsFunc(policies, func(p string) bool { return strings.Contains(p, "sandbox") }) {
		t.Errorf("a fetched page is not put into a sandbox: %q", policies)
	}
	for _, name := range []string{"Clear-Site-Data", "Set-Cookie"} {
		if values := inert.Header[name]; values != nil {
			t.Errorf("a browser gets %s: %q", name, values)
		}
	}

	// A client that names no agent has none made up for it; a browser's cookies stay here.
	r.call("GET", r.rawPath("/2"), "", "Cookie: session=1", "Sec-Fetch-Site: same-origin", "Referer: http://page.example/?secret", "User-Agent: ")
	sent = <-seen
	for _, name := range []string{"User-Agent", "Cookie", "Referer", "Sec-Fetch-Site"} {
		if _, there := sent[name]; there {
			t.Errorf("%s was sent as %q", name, sent[name])
		}
	}
}

// TestRawConditionals lets the sample API judge conditions and ranges, then the
// cache.
func TestRawConditionals(t *testing.T) {
	t.Parallel()
	r := serve(t, handle(t, demo.New(demo.Options{}).ServeHTTP))
	first := r.call("GET", r.rawPath("/users/1"), "").want(t, http.StatusOK)
	if status := first.Header.Get("Cache-Status"); status != "gather; fwd=uri-miss; stored" && !strings.HasPrefix(status, "gather; fwd=uri-miss; stored;") {
		t.Errorf("Cache-Status %q", status)
	}
	second := r.call("GET", r.rawPath("/users/1"), "").want(t, http.StatusOK)
	if !strings.HasPrefix(second.Header.Get("Cache-Status"), "gather; hit") || second.Header.Get("Age") == "" || string(second.body) != string(first.body) {
		t.Errorf("%v", second.Header)
	}
	if got := r.call("GET", r.rawPath("/users/1"), "", "If-None-Match: "+first.Header.Get("Etag")).want(t, http.StatusNotModified); len(got.body) > 0 {
		t.Errorf("%q", got.body)
	}
	part := r.call("GET", r.rawPath("/users/1"), "", "Range: bytes=2-5").want(t, http.StatusPartialContent)
	if string(part.body) != string(first.body[2:6]) || part.Header.Get("Content-Range") != fmt.Sprintf("bytes 2-5/%d", len(first.body)) {
		t.Errorf("%q %v", part.body, part.Header)
	}
	r.call("GET", r.rawPath("/users/2"), "", "If-Match: \"other\"").want(t, http.StatusPreconditionFailed)
	head := r.call("HEAD", r.rawPath("/users/1"), "").want(t, http.StatusOK)
	if head.ContentLength != int64(len(first.body)) || len(head.body) > 0 {
		t.Errorf("HEAD: Content-Length %d, %d bytes", head.ContentLength, len(head.body))
	}
	// Forgotten means that the upstream is asked again.
	r.call("DELETE", "/v1/cache?url="+url.QueryEscape(r.upstream+"/users/1"), "").want(t, http.StatusNoContent)
	if got := r.call("GET", r.rawPath("/users/1"), ""); !strings.HasPrefix(got.Header.Get("Cache-Status"), "gather; fwd=uri-miss") {
		t.Errorf("after DELETE /v1/cache: %q", got.Header.Get("Cache-Status"))
	}
	r.call("DELETE", "/v1/cache", "").want(t, http.StatusNoContent)
	if got := r.call("GET", r.rawPath("/users/1"), ""); !strings.HasPrefix(got.Header.Get("Cache-Status"), "gather; fwd=uri-miss") {
		t.Errorf("after DELETE /v1/cache for all: %q", got.Header.Get("Cache-Status"))
	}
	if p := r.call("DELETE", "/v1/cache?url=x&all=1", "").problem(t, http.StatusUnprocessableEntity); p.faults() == "" {
		t.Error("no fault")
	}
}

// TestRawInterim shows that 1xx responses come through before the answer, and
// leave nothing behind in it.
func TestRawInterim(t *testing.T) {
	t.Parallel()
	r := serve(t, fetchertest.Start(t, fetchertest.Interim(2, fetchertest.JSON("1"))).URL)
	request := r.request("GET", r.rawPath("/"), "")
	var interim []string
	got := r.send(request.WithContext(httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			interim = append(interim, fmt.Sprint(code, " ", header.Get("Link")))
			return nil
		},
	})))
	if want := "103 </style.css>; rel=preload"; len(interim) != 2 || interim[0] != want || interim[1] != want {
		t.Errorf("%q", interim)
	}
	if got.want(t, http.StatusOK); got.Header.Get("Link") != "" || got.Header.Get("X-Request-Id") == "" || string(got.body) != "1" {
		t.Errorf("%v %q", got.Header, got.body)
	}
}

func TestRawTrailers(t *testing.T) {
	t.Parallel()
	r := serve(t, fetchertest.Start(t, fetchertest.Chunked([]string{"a", "b"}, "X-Sum: 2")).URL)
	got := r.call("GET", r.rawPath("/"), "").want(t, http.StatusOK)
	if string(got.body) != "ab" || got.Trailer.Get("X-Sum") != "2" {
		t.Errorf("%q, trailer %v", got.body, got.Trailer)
	}
}

// TestRawCodings shows that a coding is left alone, since the client asked for it.
func TestRawCodings(t *testing.T) {
	t.Parallel()
	r := serve(t, fetchertest.Start(t, fetchertest.Gzip("plain")).URL)
	got := r.call("GET", r.rawPath("/"), "", "Accept-Encoding: gzip").want(t, http.StatusOK)
	if got.Header.Get("Content-Encoding") != "gzip" || string(got.body) != fetchertest.GzipBytes("plain") {
		t.Errorf("%q %q", got.Header.Get("Content-Encoding"), got.body)
	}
}

func TestRawRedirects(t *testing.T) {
	t.Parallel()
	upstream := fetchertest.Start(t, fetchertest.Paths(map[string]fetchertest.Answer{
		"/from": fetchertest.Redirect("/to"), "/to": fetchertest.JSON("1"), "/round": fetchertest.Redirect("/round"),
		"/inwards": fetchertest.Redirect("http://169.254.169.254/latest/"),
	}))
	r := serve(t, upstream.URL)
	if got := r.call("GET", r.rawPath("/from"), "").want(t, 200); string(got.body) != "1" {
		t.Errorf("follow: %q", got.body)
	}
	if got := r.call("GET", r.rawPath("/from", "redirect=manual"), "").want(t, 302); got.Header.Get("Location") != "/to" {
		t.Errorf("manual: %v", got.Header)
	}
	for path, want := range map[string]struct {
		status int
		code   string
	}{
		r.rawPath("/from", "redirect=error"):     {502, "too_many_redirects"},
		r.rawPath("/round", "redirect=follow"):   {502, "too_many_redirects"},
		r.rawPath("/inwards"):                    {403, "target_blocked"},
		r.rawPath("/from", "redirect=sometimes"): {422, "the request is not valid"},
	} {
		got := r.call("GET", path, "")
		if p := got.problem(t, want.status); !strings.HasPrefix(p.Detail, want.code) {
			t.Errorf("%s: %q", path, p.Detail)
		}
		if got.Header.Get("Cache-Status") != "" {
			t.Errorf("%s: a problem of ours says %q", path, got.Header.Get("Cache-Status"))
		}
	}
}

// TestRawAttempts makes one attempt unless more are asked for, then also for a POST.
func TestRawAttempts(t *testing.T) {
	t.Parallel()
	for params, want := range map[string]struct{ status, calls int }{"": {503, 1}, "retry=3": {200, 3}} {
		upstream := fetchertest.Start(t, fetchertest.Flaky(2, fetchertest.Reply(503, ""), fetchertest.JSON("1")))
		r := serve(t, upstream.URL)
		r.call("POST", r.rawPath("/", params), "x").want(t, want.status)
		if upstream.Calls() != want.calls {
			t.Errorf("%q: %d calls, want %d", params, upstream.Calls(), want.calls)
		}
	}
}

// TestRawFailures turns what goes wrong with an upstream into a problem document.
func TestRawFailures(t *testing.T) {
	t.Parallel()
	upstream := fetchertest.Start(t, fetchertest.Paths(map[string]fetchertest.Answer{
		"/dead": fetchertest.Dead(), "/short": fetchertest.Truncated(10, "x"), "/rubbish": fetchertest.Raw("hello\r\n\r\n"),
		"/large": fetchertest.Endless(),
	}))
	r := serve(t, upstream.URL)
	for path, want := range map[string]string{
		r.rawPath("/dead"): "502 bad_response", r.rawPath("/short"): "502 bad_response", r.rawPath("/rubbish"): "502 bad_response",
		r.rawPath("/large"):                      "502 body_too_large",
		"/v1/raw?url=http://127.0.0.1:1/":        "403 target_blocked",
		"/v1/raw?url=http://metadata.internal/":  "403 target_blocked",
		"/v1/raw":                                "422 the request is not valid",
		"/v1/raw?url=nothing&more=1&retry=11":    "422 the request is not valid",
		"/v1/raw?url=http://a.example&url=other": "422 the request is not valid",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			got := r.call("GET", path, "")
			if p := got.problem(t, got.StatusCode); !strings.HasPrefix(fmt.Sprint(p.Status, " ", p.Detail), want) {
				t.Errorf("%s: %d %q, want %s", path, p.Status, p.Detail, want)
			}
		})
	}
}
