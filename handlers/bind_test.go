package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gather/demo"
)

// TestShortForms sends the same two requests in every form there is.
func TestShortForms(t *testing.T) {
	t.Parallel()
	r := serve(t, handle(t, demo.New(demo.Options{}).ServeHTTP))
	one, two := r.upstream+"/users/1", r.upstream+"/posts?userId=1&_limit=1"
	form := url.Values{"url": {one, two}}.Encode()
	list := "# two of the sample\r\n\n  " + one + "  \r\n" + two
	batch := `{"requests": [{"url": "` + one + `"}, {"url": "` + two + `"}]}`
	const curl = "Content-Type: application/x-www-form-urlencoded" // what curl -d and --data-binary send

	for name, tt := range map[string]struct {
		method, query, body string
		fields              []string
	}{
		"query":                      {"GET", "?" + form, "", nil},
		"form":                       {"POST", "", form, []string{curl}},
		"form with charset":          {"POST", "", form, []string{curl + "; charset=utf-8"}},
		"form ending in a line":      {"POST", "", form + "\n", []string{curl}},
		"list":                       {"POST", "", list, []string{"Content-Type: text/plain; charset=utf-8"}},
		"list without type":          {"POST", "", list, nil},
		"list as curl sends a file":  {"POST", "", list, []string{curl}},
		"list as curl strips a file": {"POST", "", one + "\n" + two, []string{curl}},
		"JSON":                       {"POST", "", batch, []string{"Content-Type: application/json"}},
		"JSON of another name":       {"POST", "", batch, []string{"Content-Type: application/vnd.batch+json"}},
		"JSON without type":          {"POST", "", "\n " + batch, nil},
		"JSON as curl sends it":      {"POST", "", batch, []string{curl}},
		"identity coding":            {"POST", "", batch, []string{"Content-Encoding: identity"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := r.call(tt.method, "/v1/fetch"+tt.query, tt.body, tt.fields...).result(t)
			if len(got.Responses) != 2 || got.Responses[0].ID != "0" || got.Responses[1].ID != "1" ||
				got.Responses[0].URL != one || got.Responses[1].URL != two || got.Summary.Collected != 2 {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestShortFormsTakeTheBatchesFields also as parameters.
func TestShortFormsTakeTheBatchesFields(t *testing.T) {
	t.Parallel()
	r := serve(t, handle(t, demo.New(demo.Options{}).ServeHTTP))
	target := url.QueryEscape(r.upstream + "/users/1?_delay=5s")
	got := r.call("GET", "/v1/fetch?timeout=50ms&concurrency=1&url="+target, "").result(t)
	if got.Responses[0].Status != http.StatusGatewayTimeout || got.Responses[0].Error.Code != "timeout" {
		t.Errorf("%+v", got)
	}
}

// TestUnreadable pins what is said of requests that cannot be read at all.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	r := serve(t, handle(t, http.NotFound))
	for name, tt := range map[string]struct {
		path, body, mediaType string
		status                int
		detail                string
	}{
		"empty":                  {"", "", "application/json", 400, "line 1, column 1: unexpected end of the text"},
		"cut off":                {"", "{\"requests\":\n  [{", "", 400, "line 2, column 5: not JSON: unexpected EOF"},
		"a second value":         {"", "{} {}", "", 400, "line 1, column 5: data after the end of the batch"},
		"a comma too many":       {"", `{"requests":[],}`, "", 400, "line 1, column 15: not JSON: "},
		"single quotes":          {"", `{'requests':[]}`, "", 400, "line 1, column 2: not JSON: "},
		"no UTF-8":               {"", "{\"requests\":[{\"url\":\"\xff\"}]}", "", 400, "line 1, column 22: not JSON: invalid UTF-8"},
		"half a surrogate":       {"", `{"requests":[{"url":"\ud800"}]}`, "", 400, "line 1, column 22: not JSON: "},
		"list, no UTF-8":         {"", "http://a.example/\xff", "text/plain", 400, "the list is not UTF-8"},
		"list, endless line":     {"", "http://a.example/" + strings.Repeat("a", 70_000), "text/plain", 400, "the list has a line that is too long"},
		"form, no UTF-8":         {"", "url=\xff", "application/x-www-form-urlencoded", 400, "the parameters are not UTF-8"},
		"form, escaped no UTF-8": {"", "url=%ff", "application/x-www-form-urlencoded", 400, "the parameters are not UTF-8"},
		"query, bad escape":      {"?url=%zz", "", "", 400, "the parameters are not form-urlencoded, or too many"},
		"HTML":                   {"", "<p>", "text/html", 415, "send application/json, text/plain (one URL a line) or"},
		"a type that is none":    {"", "{}", "json", 415, "send application/json"},
		"multipart":              {"", "--x", "multipart/form-data; boundary=x", 415, "send application/json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			method, fields := "POST", []string(nil)
			if tt.path != "" {
				method = "GET"
			}
			if tt.mediaType != "" {
				fields = append(fields, "Content-Type: "+tt.mediaType)
			}
			got := r.call(method, "/v1/fetch"+tt.path, tt.body, fields...)
			if p := got.problem(t, tt.status); !strings.HasPrefix(p.Detail, tt.detail) {
				t.Errorf("%q, want %q", p.Detail, tt.detail)
			}
			if tt.status == 415 && got.Header.Get("Accept-Post") == "" {
				t.Error("no Accept-Post")
			}
		})
	}
}

// TestInvalid pins all faults of bad requests, each with its place. A canary
// stands wherever a value may be secret.
func TestInvalid(t *testing.T) {
	t.Parallel()
	r := serve(t, handle(t, http.NotFound))
	for name, tt := range map[string]struct{ body, want string }{
		"no object": {`[1]`, `
#: must be an object
`},
		"no requests": {`{}`, `
#/requests: a batch needs at least one request
`},
		"none": {`{"requests": []}`, `
#/requests: a batch needs at least one request
`},
		"too many": {`{"requests": [` + strings.Repeat(`{"url":"UP/"},`, 100) + `{"url":"UP/"}]}`, `
#/requests: 101 requests are more than the 100 allowed
`},
		"keys": {`{"requests": [{"url": "UP/", "ulr": "CANARY", "url": "CANARY"}], "a/b~": 1, "requests": []}`, `
#/requests/0/ulr: unknown key
#/requests/0/url: duplicate key
#/a~1b~0: unknown key
#/requests: duplicate key
`},
		"types": {`{"requests": [{"url": 1, "headers": {"a": 1}, "required": "CANARY", "dependsOn": "CANARY", "retry": {"attempts": 11}}, 7],
			"timeout": 10, "concurrency": -1}`, `
#/requests/0/url: must be a string
#/requests/0/headers/a: must be a string
#/requests/0/required: must be true or false
#/requests/0/dependsOn: must be an array
#/requests/0/retry/attempts: must be a whole number from 1 to 10
#/requests/1: must be an object
#/timeout: must be a duration such as "250ms" or "10s"
#/concurrency: must be a whole number from 0 to 1048576
`},
		"targets": {`{"requests": [{"url": "CANARY"}, {"url": "/CANARY"}, {"url": "ftp://CANARY.example/"}, {"url": "http://u:CANARY@a.example/"},
			{"upstream": "CANARY", "url": "/"}, {"url": "http://a.example\\CANARY"}, {}]}`, `
#/requests/0/url: not an absolute URL with a host
#/requests/1/url: must be an absolute http or https URL, or a path of a named upstream
#/requests/2/url: only http and https are fetched
#/requests/4/upstream: no upstream of this name is configured
#/requests/5/url: the URL holds a character that is not allowed
#/requests/6/url: is required
`},
		"words": {`{"requests": [{"url": "UP/", "method": "CONNECT", "cache": "never", "redirect": "maybe", "id": "a b", "timeout": "soon"}],
			"timeout": "-1s"}`, `
#/requests/0/timeout: must be a duration above zero such as "250ms" or "10s"
#/timeout: must be a duration above zero such as "250ms" or "10s"
#/requests/0/id: must be 1 to 64 of A-Z, a-z, 0-9, _ and -
#/requests/0/method: must be GET, HEAD, POST, PUT, PATCH or DELETE
#/requests/0/redirect: must be "follow", "error" or "manual"
#/requests/0/cache: must be "default", "no-store", "reload", "force-cache" or "only-if-cached"
`},
		"fields": {`{"requests": [{"url": "UP/", "headers": {"Host": "CANARY", "content-length": "1", "X A": "1", "x-b": "CANARY\r\n", "A": "1", "a": "2"}}]}`, `
#/requests/0/headers/Host: this header cannot be set
#/requests/0/headers/X%20A: this header cannot be set
#/requests/0/headers/a: stands here twice, in different cases
#/requests/0/headers/content-length: this header cannot be set
#/requests/0/headers/x-b: the header's value is not valid
`},
		"graph": {`{"requests": [{"id": "a", "url": "UP/{{b.body.id}}"}, {"id": "b", "url": "UP/", "dependsOn": ["a", "c"]}, {"id": "a", "url": "UP/"}]}`, `
#/requests/2/id: is also the id of request 0
#/requests/1/dependsOn/1: there is no request "c"
#/requests/0/dependsOn: waits for itself: a → b → a
`},
		"expressions": {`{"requests": [{"url": "UP/", "select": ".["}, {"url": "UP/{{0.body.id"}, {"url": "UP/{{each}}"}, {"url": "UP/{{params.x}}"},
			{"url": "UP/", "select": "env"}]}`, `
#/requests/0/select: the expression is not jq: syntax error near byte 2
#/requests/1/url: a reference is not closed with }}
#/requests/2/url: {{each}} needs forEach
#/requests/3/url: there is no "params" here
#/requests/4/select: the function env/0 is not available: it reaches outside of the value
`},
		"body": {`{"requests": [{"url": "UP/", "body": {"CANARY": 1}}, {"url": "UP/", "method": "POST", "body": {"a": 1, "a": 2}}]}`, `
#/requests/1/body: holds a duplicate key
#/requests/0/body: a GET has no body
`},
		"callback": {`{"requests": [{"url": "UP/"}], "callback": {"url": "https://a.example/CANARY"}}`, `
#/callback: only a job calls back; send Prefer: respond-async
`},
		"too long": {`{"requests": [{"url": "UP/"}], "timeout": "2m"}`, `
#/timeout: must be at most 1m0s; a job (Prefer: respond-async) may take longer
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := r.call("POST", "/v1/fetch", tt.body)
			p := got.problem(t, http.StatusUnprocessableEntity)
			if p.faults() != strings.TrimLeft(tt.want, "\n") {
				t.Errorf("got\n%s", p.faults())
			}
			if strings.Contains(string(got.body), "CANARY") {
				t.Errorf("a submitted value is repeated: %s", got.body)
			}
		})
	}
}
