package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gather/fetcher/fetchertest"
	"gather/handlers"
)

// TestProblems shows that whatever is not there, or not so, is a problem document.
func TestProblems(t *testing.T) {
	t.Parallel()
	r := serve(t, handle(t, http.NotFound))
	for name, tt := range map[string]struct {
		method, path string
		status       int
		allow        string
	}{
		"nothing there":        {"GET", "/v2/fetch", 404, ""},
		"a slash too many":     {"GET", "/v1/fetch/", 404, ""},
		"two slashes":          {"GET", "//v1/fetch", 404, ""},
		"upwards":              {"GET", "/v1/../../etc/passwd", 404, ""},
		"case":                 {"GET", "/V1/FETCH", 404, ""},
		"a file that is none":  {"GET", "/assets/other.js", 404, ""},
		"the wrong method":     {"PUT", "/v1/fetch", 405, "GET, POST"},
		"an unknown method":    {"BREW", "/v1/jobs", 405, "GET"},
		"writing what is read": {"POST", "/livez", 405, "GET"},
		"reading a hook":       {"GET", "/v1/hooks/x", 405, "POST"},
		"unknown hook":         {"POST", "/v1/hooks/x", 404, ""},
		"unknown collection":   {"GET", "/v1/collections/x", 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := r.call(tt.method, tt.path, "")
			got.problem(t, tt.status)
			for _, method := range strings.Split(tt.allow, ", ") {
				if !strings.Contains(got.Header.Get("Allow"), method) {
					t.Errorf("Allow %q lacks %s", got.Header.Get("Allow"), method)
				}
			}
		})
	}
}

// TestEveryAnswer has a request id and Server-Timing, whatever it is.
func TestEveryAnswer(t *testing.T) {
	t.Parallel()
	upstream := fetchertest.Start(t, fetchertest.JSON("1"))
	r := serve(t, upstream.URL)
	for _, tt := range []struct{ method, path, accept string }{
		{"GET", "/", ""}, {"HEAD", "/", ""}, {"GET", "/assets/app.js", ""}, {"GET", "/openapi.json", ""}, {"GET", "/livez", ""},
		{"GET", "/readyz", ""}, {"GET", "/v1/upstreams", ""}, {"GET", "/v1/collections", ""}, {"DELETE", "/v1/cache", ""}, {"GET", "/nothing", ""},
		{"GET", "/v1/fetch?url=UP/", ""}, {"GET", "/v1/fetch?url=UP/", "text/event-stream"}, {"GET", "/v1/fetch", ""}, {"GET", "/v1/raw?url=UP/", ""},
	} {
		for given, want := range map[string]string{"": "", "trace-1.2_3": "trace-1.2_3", "not a token": "", strings.Repeat("a", 129): ""} {
			fields := []string{"Accept: " + tt.accept}
			if tt.accept == "" {
				fields = nil
			}
			if given != "" {
				fields = append(fields, "X-Request-Id: "+given)
			}
			got := r.call(tt.method, tt.path, "", fields...)
			id := got.Header["X-Request-Id"]
			if len(id) != 1 || want != "" && id[0] != want || want == "" && (id[0] == given || len(id[0]) < 20) {
				t.Errorf("%s %s: X-Request-Id %q for %q", tt.method, tt.path, id, given)
			}
			if timing := got.Header["Server-Timing"]; len(timing) != 1 || !strings.Contains(timing[0], "total;dur=") {
				t.Errorf("%s %s: Server-Timing %q", tt.method, tt.path, timing)
			}
		}
	}
	if timing := r.call("GET", "/v1/raw?url=UP/", "").Header.Get("Server-Timing"); !strings.Contains(timing, "wait;dur=") {
		t.Errorf("raw: Server-Timing %q", timing)
	}
}

// TestPanicsAreContained shows that a panic costs its own request, and that
// nothing of its value gets out.
func TestPanicsAreContained(t *testing.T) {
	t.Parallel()
	r := serve(t, handle(t, http.NotFound), func(o *handlers.Options) {
		o.Ready = func(context.Context) error { panic("CANARY") }
	})
	got := r.call("GET", "/readyz", "")
	got.problem(t, http.StatusInternalServerError)
	if strings.Contains(string(got.body)+r.log.String(), "CANARY") {
		t.Errorf("the panic's value is shown: %s %s", got.body, r.log)
	}
	if !strings.Contains(r.log.String(), "level=ERROR msg=panic route=/readyz") {
		t.Errorf("the panic is not logged: %s", r.log)
	}
	r.call("GET", "/livez", "").want(t, http.StatusOK)
}

func TestNotReady(t *testing.T) {
	t.Parallel()
	r := serve(t, handle(t, http.NotFound), func(o *handlers.Options) {
		o.Ready = func(context.Context) error { return errors.New("the service is shutting down") }
	})
	if p := r.call("GET", "/readyz", "").problem(t, http.StatusServiceUnavailable); p.Detail != "the service is shutting down" {
		t.Errorf("%+v", p)
	}
	r.call("GET", "/livez", "").want(t, http.StatusOK)
}

// TestForeign refuses names that are rebound to this machine, and pages of other
// origins; links to the page itself work from anywhere.
func TestForeign(t *testing.T) {
	t.Parallel()
	upstream := fetchertest.Start(t, fetchertest.JSON("1"))
	r := serve(t, upstream.URL)
	const fetch, page = "/v1/fetch?url=UP/", "/"
	own := "Origin: " + r.url
	for name, tt := range map[string]struct {
		path   string
		status int
		fields []string
	}{
		"rebound name":            {fetch, 403, []string{"Host: evil.example"}},
		"rebound name, page":      {page, 403, []string{"Host: evil.example"}},
		"rebound name, health":    {"/livez", 403, []string{"Host: evil.example"}},
		"rebound name, unknown":   {"/nothing", 403, []string{"Host: evil.example"}},
		"localhost":               {fetch, 200, []string{"Host: localhost:1234"}},
		"foreign page":            {fetch, 403, []string{"Origin: https://evil.example"}},
		"sandboxed page":          {fetch, 403, []string{"Origin: null"}},
		"foreign page, no CORS":   {fetch, 403, []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"}},
		"another port of this":    {fetch, 403, []string{"Sec-Fetch-Site: same-site"}},
		"foreign link to a fetch": {fetch, 403, []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}},
		"own page":                {fetch, 200, []string{own, "Sec-Fetch-Site: same-origin"}},
		"address bar":             {fetch, 200, []string{"Sec-Fetch-Site: none"}},
		"foreign link":            {page, 200, []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}},
		"foreign frame":           {page, 403, []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := r.call("GET", tt.path, "", tt.fields...)
			if got.want(t, tt.status); tt.status == http.StatusForbidden {
				got.problem(t, tt.status)
			}
		})
	}
	r.call("POST", "/v1/fetch", `{"requests":[{"url":"UP/"}]}`, "Content-Type: text/plain", "Origin: https://evil.example").problem(t, 403)
}

// TestLogsHoldNoSecrets plants a canary wherever a request has room for one.
func TestLogsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	upstream := fetchertest.Start(t, fetchertest.Paths(map[string]fetchertest.Answer{
		"/ok": fetchertest.JSON(`"CANARY"`), "/dead": fetchertest.Dead(),
		"/away": fetchertest.Redirect("http://10.0.0.1/?CANARY"),
	}))
	r := serve(t, upstream.URL)
	batch := `{"requests": [{"url": "UP/ok?CANARY"}, {"url": "UP/dead?CANARY"}, {"url": "UP/away?CANARY"}, {"url": "http://u:CANARY@10.0.0.1/CANARY"},
		{"url": "UP/ok", "method": "POST", "headers": {"authorization": "CANARY"}, "body": "CANARY"}]}`
	fields := []string{"Authorization: Bearer CANARY", "Cookie: CANARY", "X-Api-Key: CANARY", "Referer: http://a.example/CANARY"}
	for _, path := range []string{"ok", "dead", "away"} {
		r.call("GET", "/v1/raw?url=UP/"+path+"%3FCANARY", "", fields...)
	}
	r.call("POST", "/v1/fetch", batch, fields...).want(t, http.StatusOK)
	r.call("POST", "/v1/fetch", `{"CANARY": "CANARY"`, fields...)
	r.call("POST", "/v1/fetch", `{"CANARY": "CANARY"}`, fields...)
	r.call("GET", "/CANARY?CANARY", "", fields...)
	r.call("GET", "/v1/fetch?CANARY=CANARY&url=CANARY", "", fields...)
	r.call("CANARY", "/v1/jobs", "", fields...)
	logged := r.log.String()
	if lines := strings.Count(logged, "msg=request"); lines != 9 {
		t.Errorf("%d requests were logged: %s", lines, logged)
	}
	for line := range strings.SplitSeq(logged, "\n") {
		if strings.Contains(strings.Replace(line, "method=CANARY", "", 1), "CANARY") {
			t.Errorf("a secret is logged: %s", line)
		}
	}
}

// TestObservations counts answers by pattern, so that no client makes up a label.
func TestObservations(t *testing.T) {
	t.Parallel()
	seen := make(chan handlers.Observation, 3)
	r := serve(t, handle(t, http.NotFound), func(o *handlers.Options) {
		o.Observe = func(o handlers.Observation) { seen <- o }
	})
	for path, want := range map[string]string{"/v1/collections/anything": "/v1/collections/:name 404", "/any/thing": " 404", "/livez": "/livez 200"} {
		r.call("GET", path, "")
		if got := <-seen; fmt.Sprint(got.Route, " ", got.Status) != want || got.Method != "GET" || got.Duration <= 0 {
			t.Errorf("%s: %+v", path, got)
		}
	}
}
