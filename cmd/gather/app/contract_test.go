package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// contract is the document the service serves, and which of its answers were seen.
type contract struct {
	*service
	doc  *openapi3.T
	seen map[string]bool // "GET /v1/jobs 200"
}

func newContract(s *service) *contract {
	s.t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(s.call("GET", "/openapi.json", "").want(s.t, 200).body)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	return &contract{service: s, doc: doc, seen: make(map[string]bool)}
}

// call sends a request and holds the answer against the document's operation at
// template, whose parameters params fill in. The status must be documented.
func (c *contract) call(method, template, query, body string, want int, fields ...string) answer {
	c.t.Helper()
	path, params := template, map[string]string{}
	if name, value, ok := strings.Cut(template, "="); ok { // /v1/jobs/{id}=value or /v1/jobs/{id}=value/events
		value, rest, deeper := strings.Cut(value, "/")
		if deeper {
			rest = "/" + rest
		}
		key := name[strings.Index(name, "{")+1 : strings.Index(name, "}")]
		params[key] = value
		template = name + rest
		path = strings.Replace(template, "{"+key+"}", value, 1)
	}
	if query != "" {
		path += "?" + query
	}
	got := c.service.call(method, path, body, fields...).want(c.t, want)
	c.check(template, params, got)
	return got
}

func (c *contract) check(template string, params map[string]string, got answer) {
	c.t.Helper()
	item := c.doc.Paths.Value(template)
	if item == nil || item.GetOperation(got.Request.Method) == nil {
		c.t.Fatalf("%s %s is not in the document", got.Request.Method, template)
	}
	options := &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: len(got.body) == 0}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: got.Request, PathParams: params, Options: options,
			Route: &routers.Route{
				Spec: c.doc, Path: template, PathItem: item, Method: got.Request.Method, Operation: item.GetOperation(got.Request.Method),
			},
		},
		Status: got.StatusCode, Header: got.Header, Options: options,
	}
	input.SetBodyBytes(got.body)
	if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
		c.t.Errorf("%s %s %d: %v\n%s", got.Request.Method, template, got.StatusCode, err, got.body)
	}
	c.seen[got.Request.Method+" "+template+" "+strconv.Itoa(got.StatusCode)] = true
}

// fits holds a JSON text against a schema of the document.
func (c *contract) fits(schema string, text []byte) {
	c.t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		c.t.Fatalf("%s: %v in %s", schema, err, text)
	}
	if err := c.doc.Components.Schemas[schema].Value.VisitJSON(value, openapi3.EnableJSONSchema2020()); err != nil {
		c.t.Errorf("%s: %v\n%s", schema, err, text)
	}
}

const contractConfig = `
callbacks:
  - {name: nobody, url: 'http://127.0.0.1:9', secretEnv: CALLBACK}
collections:
  - name: user
    description: A user and some of their todos.
    params:
      user: {type: integer, default: 1, min: 1, max: 10, description: Whose.}
      words: {type: string, default: a, pattern: '[a-z]+', maxLength: 5}
      done: {type: boolean, default: false, enum: [false, true]}
      ratio: {type: number}
    batch: {requests: [{id: user, upstream: sample, url: "/users/{{params.user}}"}]}
hooks:
  - {name: push, type: github, secretEnv: HOOK, collection: user, params: {ratio: 1}}
`

// TestContract calls every operation of the document and holds what really comes
// against what is promised.
func TestContract(t *testing.T) {
	t.Parallel()
	c := newContract(start(t, contractConfig, "CALLBACK=whsec_"+strings.Repeat("a", 40), "HOOK="+hookSecret))

	batch := `{"requests": [{"upstream": "sample", "url": "/users/1"}, {"url": "http://127.0.0.1:1/"}]}`
	c.call("GET", "/v1/fetch", "url="+url.QueryEscape(c.sample+"/users/1"), "", 200)
	c.call("GET", "/v1/fetch", "url=x", "", 422)
	c.call("GET", "/v1/fetch", "url=%zz", "", 400)
	c.call("POST", "/v1/fetch", "", batch, 200)
	c.call("POST", "/v1/fetch", "", `{"requests": [`, 400)
	c.call("POST", "/v1/fetch", "", batch, 406, "Accept: image/png")
	c.call("POST", "/v1/fetch", "", batch, 415, "Content-Type: text/html")
	c.call("POST", "/v1/fetch", "", `{"requests": [{"url": "ftp://x"}], "more": 1}`, 422)
	c.call("POST", "/v1/fetch", "", strings.Repeat(" ", 9<<20), 413)
	c.call("POST", "/v1/fetch", "", batch, 403, "Origin: https://elsewhere.example")
	c.stream(batch)
	c.raw()
	c.jobs(batch)
	c.collections()

	c.call("GET", "/v1/upstreams", "", "", 200)
	c.call("DELETE", "/v1/cache", "url="+url.QueryEscape(c.sample+"/users/1"), "", 204)
	c.call("DELETE", "/v1/cache", "url=none", "", 422)
	c.call("DELETE", "/v1/cache", "", "", 204)
	for _, path := range []string{"/livez", "/readyz", "/metrics", "/openapi.json"} {
		c.call("GET", path, "", "", 200)
		c.call("GET", path, "", "", 403, "Host: elsewhere.example")
	}
	c.complete()
}

// stream holds each response, event by event and line by line, against its schema.
func (c *contract) stream(batch string) {
	c.t.Helper()
	lines := bytes.Split(bytes.TrimSpace(c.call("POST", "/v1/fetch", "", batch, 200, "Accept: application/x-ndjson").body), []byte("\n"))
	for _, line := range lines[:len(lines)-1] {
		c.fits("Response", line)
	}
	var last struct{ Summary json.RawMessage }
	if err := json.Unmarshal(lines[len(lines)-1], &last); err != nil {
		c.t.Fatal(err)
	}
	c.fits("Summary", last.Summary)
	schemas := map[string]string{"response": "Response", "progress": "Progress", "summary": "Summary", "state": "Job"}
	for _, e := range eventsOf(c.t, c.call("POST", "/v1/fetch", "", batch, 200, "Accept: text/event-stream").body) {
		c.fits(schemas[e.name], []byte(e.data))
	}
}

func (c *contract) raw() {
	c.t.Helper()
	target := "url=" + url.QueryEscape(c.sample+"/posts/1")
	for method, body := range map[string]string{
		"GET": "", "HEAD": "", "OPTIONS": "", "DELETE": "", "PUT": `{"title": "x"}`, "PATCH": `{"title": "x"}`,
	} {
		want := http.StatusOK
		if method == "OPTIONS" {
			want = http.StatusNoContent
		}
		c.call(method, "/v1/raw", target, body, want)
	}
	c.call("POST", "/v1/raw", "url="+url.QueryEscape(c.sample+"/posts"), `{"title": "x"}`, 201, "Content-Type: application/json")
	c.call("GET", "/v1/raw", "", "", 422)
	c.call("GET", "/v1/raw", "url=http://10.0.0.1/", "", 403)
	c.call("POST", "/v1/raw", target, strings.Repeat(" ", 9<<20), 413)
}

func (c *contract) jobs(batch string) {
	c.t.Helper()
	batch = strings.TrimSuffix(batch, "}") + `, "callback": {"endpoint": "nobody"}}`
	c.call("GET", "/v1/fetch", "url="+url.QueryEscape(c.sample+"/users/1"), "", 202, "Prefer: respond-async")
	accepted := c.call("POST", "/v1/fetch", "", batch, 202, "Prefer: respond-async", "Idempotency-Key: k")
	c.call("POST", "/v1/fetch", "", `{"requests": [{"upstream": "sample", "url": "/"}]}`, 422, "Prefer: respond-async", "Idempotency-Key: k")
	id := strings.TrimPrefix(accepted.Header.Get("Location"), "/v1/jobs/")

	events := eventsOf(c.t, c.call("GET", "/v1/jobs/{id}="+id+"/events", "", "", 200).body)
	schemas := map[string]string{"response": "Response", "progress": "Progress", "summary": "Summary", "state": "Job"}
	for _, e := range events {
		c.fits(schemas[e.name], []byte(e.data))
	}
	c.call("GET", "/v1/jobs/{id}="+id+"/events", "", "", 406, "Accept: application/json")
	c.call("GET", "/v1/jobs/{id}="+id+"/events", "", "", 422, "Last-Event-ID: x")
	c.call("GET", "/v1/jobs/{id}=none/events", "", "", 404)
	c.call("GET", "/v1/jobs", "limit=1", "", 200)
	c.call("GET", "/v1/jobs", "state=lost&limit=0", "", 422)
	c.call("GET", "/v1/jobs", "cursor=x", "", 400)
	c.call("GET", "/v1/jobs/{id}="+id, "", "", 200)
	c.call("GET", "/v1/jobs/{id}="+id, "", "", 200, "Accept: application/x-ndjson")
	c.call("GET", "/v1/jobs/{id}="+id, "", "", 406, "Accept: text/html")
	c.call("GET", "/v1/jobs/{id}=none", "", "", 404)
	c.call("DELETE", "/v1/jobs/{id}="+id, "", "", 200)
	c.call("DELETE", "/v1/jobs/{id}=none", "", "", 404)
	c.call("POST", "/v1/jobs/{id}="+id+"/retry", "", "", 202)
	c.call("POST", "/v1/jobs/{id}=none/retry", "", "", 404)

	var page struct{ Deliveries []struct{ ID string } }
	c.call("GET", "/v1/deliveries", "job="+id, "", 200).json(c.t, &page)
	if len(page.Deliveries) != 1 {
		c.t.Fatalf("deliveries: %+v", page)
	}
	c.call("GET", "/v1/deliveries", "state=lost", "", 422)
	c.call("GET", "/v1/deliveries", "cursor=x", "", 400)
	c.call("POST", "/v1/deliveries/{id}="+page.Deliveries[0].ID+"/resend", "", "", 200)
	c.call("POST", "/v1/deliveries/{id}=none/resend", "", "", 404)
}

func (c *contract) collections() {
	c.t.Helper()
	c.call("GET", "/v1/collections", "", "", 200)
	for _, path := range []string{"/v1/collections/{name}=user", "/v1/collections/user"} {
		c.call("GET", path, "user=2&ratio=0.5", "", 200)
		c.call("GET", path, "user=2.5", "", 422)
		c.call("POST", path, "", `{"params": {"user": 2, "ratio": 1}}`, 200)
		c.call("POST", path, "", `{"params": {"user": 2, "ratio": 1}}`, 202, "Prefer: respond-async")
		c.call("POST", path, "", `{`, 400)
	}
	c.call("GET", "/v1/collections/{name}=none", "", "", 404)

	body := `{"zen": "design for failure"}`
	c.call("POST", "/v1/hooks/{name}=push", "", body, 202, signed(body, "d-1")...)
	c.call("POST", "/v1/hooks/{name}=push", "", body, 200, signed(body, "d-1")...)
	c.call("POST", "/v1/hooks/{name}=push", "", body+" ", 401, signed(body, "d-2")...)
	c.call("POST", "/v1/hooks/{name}=push", "", body, 400)
	c.call("POST", "/v1/hooks/{name}=none", "", body, 404)
}

// complete fails for every operation of which no good answer was seen.
func (c *contract) complete() {
	c.t.Helper()
	for path, item := range c.doc.Paths.Map() {
		for method := range item.Operations() {
			found := slices.ContainsFunc(slices.Collect(maps.Keys(c.seen)), func(seen string) bool {
				return strings.HasPrefix(seen, method+" "+path+" 2")
			})
			if !found {
				c.t.Errorf("%s %s was never called", method, path)
			}
		}
	}
}

// TestExamplesOfTheDocument sends every example request of the document as it
// stands there.
func TestExamplesOfTheDocument(t *testing.T) {
	t.Parallel()
	c := newContract(start(t, ""))
	here := strings.NewReplacer("http://127.0.0.1:8081", c.sample)
	send := func(name, mediaType, body string) {
		var result struct {
			Summary struct{ Requests, NotCollected int }
		}
		c.call("POST", "/v1/fetch", "", body, 200, "Content-Type: "+mediaType).json(t, &result)
		if result.Summary.Requests == 0 || result.Summary.NotCollected > 0 {
			t.Errorf("%s: %+v", name, result.Summary)
		}
	}
	content := c.doc.Paths.Value("/v1/fetch").Post.RequestBody.Value.Content
	for name, example := range content["application/json"].Examples {
		body, err := json.Marshal(example.Value.Value)
		if err != nil {
			t.Fatal(err)
		}
		c.fits("Batch", body)
		send(name, "application/json", here.Replace(string(body)))
	}
	list, _ := content["text/plain"].Example.(string)
	send("list", "text/plain", here.Replace(list))
	form, _ := content["application/x-www-form-urlencoded"].Example.(map[string]any)
	values := url.Values{}
	for _, u := range form["url"].([]any) {
		values.Add("url", here.Replace(u.(string)))
	}
	send("form", "application/x-www-form-urlencoded", values.Encode())
}
