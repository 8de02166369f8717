package fetcher_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gather/fetcher"
)

const nowhere = "http://127.0.0.1:1" // the origin of upstream a; nothing listens there

// compiled is the error of judging a batch.
func compiled(t *testing.T, batch string, opts fetcher.CompileOptions) error {
	t.Helper()
	r := start(t, setup{local: []string{nowhere}, credential: fetcher.Credential{Kind: "bearer", Secret: "s3cret"}, limits: fetcher.Limits{MaxRequests: 5, MaxCalls: 100}})
	_, _, err := r.CompileText([]byte(batch), opts)
	return err
}

func TestCompileNamesEveryFaultOfAnItem(t *testing.T) {
	t.Parallel()
	const (
		url      = `"url": "https://a.example/"`
		noHeader = "this header cannot be set"
		method   = "must be GET, HEAD, POST, PUT, PATCH or DELETE"
	)
	for name, tt := range map[string]struct {
		item string
		want []string // after "#/requests/0"
	}{
		"no url":                  {`{}`, []string{"/url: is required"}},
		"relative":                {`{"url": "users/1"}`, []string{"/url: not an absolute URL with a host"}},
		"path without upstream":   {`{"url": "/users/1"}`, []string{"/url: must be an absolute http or https URL, or a path of a named upstream"}},
		"another scheme":          {`{"url": "ftp://a.example/"}`, []string{"/url: only http and https are fetched"}},
		"a scheme with reference": {`{"url": "ftp://a.example/{{b.body}}"}, {"id": "b", ` + url + `}`, []string{"/url: only http and https are fetched"}},
		"a file":                  {`{"url": "file:///etc/passwd"}`, []string{"/url: only http and https are fetched"}},
		"no host":                 {`{"url": "https:///x"}`, []string{"/url: not an absolute URL with a host"}},
		"unknown upstream":        {`{"url": "/x", "upstream": "nope"}`, []string{"/upstream: no upstream of this name is configured"}},
		"id with a space":         {`{"id": "a b", ` + url + `}`, []string{"/id: must be 1 to 64 of A-Z, a-z, 0-9, _ and -"}},
		"id too long":             {`{"id": "` + strings.Repeat("x", 65) + `", ` + url + `}`, []string{"/id: must be 1 to 64 of A-Z, a-z, 0-9, _ and -"}},
		"id reserved":             {`{"id": "params", ` + url + `}`, []string{`/id: "params" has a meaning of its own in references`}},
		"method":                  {`{"method": "TRACE", ` + url + `}`, []string{"/method: " + method}},
		"method in lower case":    {`{"method": "get", ` + url + `}`, []string{"/method: " + method}},
		"CONNECT":                 {`{"method": "CONNECT", ` + url + `}`, []string{"/method: " + method}},
		"body on GET":             {`{"body": 1, ` + url + `}`, []string{"/body: a GET has no body"}},
		"body on HEAD":            {`{"method": "HEAD", "body": null, ` + url + `}`, []string{"/body: a HEAD has no body"}},
		"hop-by-hop headers": {
			`{"headers": {"Connection": "x", "te": "trailers", "Proxy-Authorization": "x"}, ` + url + `}`,
			[]string{"/headers/Connection: " + noHeader, "/headers/Proxy-Authorization: " + noHeader, "/headers/te: " + noHeader},
		},
		"framing headers": {
			`{"headers": {"Content-Length": "1", "Host": "b.example", "Transfer-Encoding": "chunked"}, ` + url + `}`,
			[]string{"/headers/Content-Length: " + noHeader, "/headers/Host: " + noHeader, "/headers/Transfer-Encoding: " + noHeader},
		},
		"metadata header":           {`{"headers": {"Metadata": "true"}, ` + url + `}`, []string{"/headers/Metadata: " + noHeader}},
		"header name no token":      {`{"headers": {"a b": "1"}, ` + url + `}`, []string{"/headers/a%20b: " + noHeader}},
		"header value with CRLF":    {`{"headers": {"a": "1\r\nb: 2"}, ` + url + `}`, []string{"/headers/a: the header's value is not valid"}},
		"header twice":              {`{"headers": {"X-A": "1", "x-a": "2"}, ` + url + `}`, []string{"/headers/x-a: stands here twice, in different cases"}},
		"header of the credential":  {`{"headers": {"authorization": "x"}, "upstream": "a", "url": "/"}`, []string{"/headers/authorization: carries the upstream's own credential"}},
		"credential by a reference": {`{"headers": {"authorization": "{{params.x}}"}, "upstream": "a", "url": "/"}`, []string{"/headers/authorization: carries the upstream's own credential"}},
		"redirect":                  {`{"redirect": "nofollow", ` + url + `}`, []string{`/redirect: must be "follow", "error" or "manual"`}},
		"cache":                     {`{"cache": "no-cache", ` + url + `}`, []string{`/cache: must be "default", "no-store", "reload", "force-cache" or "only-if-cached"`}},
		"depends on nobody":         {`{"dependsOn": ["x"], ` + url + `}`, []string{`/dependsOn/0: there is no request "x"`}},
		"depends on itself":         {`{"id": "x", "dependsOn": ["x"], ` + url + `}`, []string{"/dependsOn/0: a request cannot depend on itself"}},
		"reference to nobody":       {`{"url": "https://a.example/{{user.body.id}}"}`, []string{`/url: there is no request "user"`}},
		"reference to itself":       {`{"id": "x", "url": "https://a.example/{{x.body.id}}"}`, []string{"/url: a request cannot depend on itself"}},
		"reference in a header":     {`{"headers": {"x": "{{user.headers.etag}}"}, ` + url + `}`, []string{`/headers/x: there is no request "user"`}},
		"reference in a body":       {`{"method": "POST", "body": {"a": ["{{user.body}}"]}, ` + url + `}`, []string{`/body: there is no request "user"`}},
		"no params here":            {`{"url": "https://a.example/{{params.x}}"}`, []string{`/url: there is no "params" here`}},
		"each without forEach":      {`{"url": "https://a.example/{{each}}"}`, []string{"/url: {{each}} needs forEach"}},
		"each in forEach":           {`{"forEach": "each[]", "url": "https://a.example/{{each}}"}`, []string{"/forEach: {{each}} is what it makes, and not to be had before"}},
		"reference in the host":     {`{"url": "https://{{1.body}}.example/"}, {` + url + `}`, []string{"/url: a reference must be the whole URL, or stand after the host"}},
		"reference not closed":      {`{"url": "https://a.example/{{1.body"}, {` + url + `}`, []string{"/url: a reference is not closed with }}"}},
		"paginate without a way":    {`{"paginate": {}, ` + url + `}`, []string{`/paginate: needs "next" (a link or an expression) or "param" (a query parameter to count)`}},
		"paginate a POST":           {`{"method": "POST", "paginate": {"next": "link"}, ` + url + `}`, []string{"/paginate: only a GET has pages"}},
		"too many pages":            {`{"paginate": {"next": "link", "maxPages": 101}, ` + url + `}`, []string{"/paginate/maxPages: must be at most 100"}},
		"select on HEAD":            {`{"method": "HEAD", "select": ".", ` + url + `}`, []string{"/method: a HEAD has no body to select from"}},
		"many at once": {
			`{"url": "gopher://x", "method": "FETCH", "cache": "x", "headers": {"host": "y"}}`,
			[]string{"/method: " + method, "/url: only http and https are fetched", "/headers/host: " + noHeader, `/cache: must be "default", "no-store", "reload", "force-cache" or "only-if-cached"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want []string
			for _, line := range tt.want {
				want = append(want, "#/requests/0"+line)
			}
			wantFaults(t, compiled(t, `{"requests": [`+tt.item+`]}`, fetcher.CompileOptions{}), want)
		})
	}
}

func TestCompileRefusesBadExpressions(t *testing.T) {
	t.Parallel()
	for field, item := range map[string]string{
		"select":         `"select": "%s"`,
		"paginate/next":  `"paginate": {"next": "%s"}`,
		"paginate/items": `"paginate": {"next": "link", "items": "%s"}`,
		"paginate/total": `"paginate": {"param": "page", "total": "%s"}`,
		"forEach":        `"forEach": "0.body | %s"`,
	} {
		for _, expression := range []string{".[", "input", "env", "nosuchfunction", "halt", "repeat(1)"} {
			item := fmt.Sprintf(item, expression)
			err := compiled(t, `{"requests": [{"url": "https://a.example/"}, {"url": "https://a.example/", `+item+`}]}`, fetcher.CompileOptions{})
			var faults fetcher.Faults
			if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Pointer != "#/requests/1/"+field {
				t.Errorf("%s: %v", item, err)
			}
		}
	}
}

func TestCompileJudgesTheBatch(t *testing.T) {
	t.Parallel()
	const item = `{"url": "https://a.example/"}`
	job := fetcher.CompileOptions{Job: true}
	for name, tt := range map[string]struct {
		batch string
		opts  fetcher.CompileOptions
		want  []string
	}{
		"empty":             {`{}`, fetcher.CompileOptions{}, []string{"#/requests: a batch needs at least one request"}},
		"no items":          {`{"requests": []}`, fetcher.CompileOptions{}, []string{"#/requests: a batch needs at least one request"}},
		"too many items":    {`{"requests": [` + strings.Repeat(item+",", 5) + item + `]}`, fetcher.CompileOptions{}, []string{"#/requests: 6 requests are more than the 5 allowed"}},
		"more for a caller": {`{"requests": [` + strings.Repeat(item+",", 5) + item + `]}`, fetcher.CompileOptions{MaxRequests: 6}, nil},
		"timeout too long":  {`{"timeout": "2m", "requests": [` + item + `]}`, fetcher.CompileOptions{}, []string{"#/timeout: must be at most 1m0s; a job (Prefer: respond-async) may take longer"}},
		"a job may":         {`{"timeout": "2m", "requests": [` + item + `]}`, job, nil},
		"a job too long":    {`{"timeout": "2h", "requests": [` + item + `]}`, job, []string{"#/timeout: must be at most 1h0m0s"}},
		"ids taken":         {`{"requests": [{"id": "1", "url": "https://a.example/"}, ` + item + `]}`, fetcher.CompileOptions{}, []string{"#/requests/1/id: is also the id of request 0"}},
		"reading and judging": {
			`{"requests": [{"url": 1, "method": "X"}, {"url": "/x", "timeout": 1}]}`, fetcher.CompileOptions{},
			[]string{
				"#/requests/0/url: must be a string", `#/requests/1/timeout: must be a duration such as "250ms" or "10s"`,
				"#/requests/0/method: must be GET, HEAD, POST, PUT, PATCH or DELETE",
				"#/requests/1/url: must be an absolute http or https URL, or a path of a named upstream",
			},
		},
		"an upstream that is not the caller's": {
			`{"requests": [{"upstream": "a", "url": "/"}]}`, fetcher.CompileOptions{Caller: fetcher.Caller{Upstreams: []string{"b"}}},
			[]string{"#/requests/0/upstream: no upstream of this name is configured"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := compiled(t, tt.batch, tt.opts)
			if tt.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			wantFaults(t, err, tt.want)
		})
	}
}

func TestCompileNamesTheCircle(t *testing.T) {
	t.Parallel()
	const u = `"url": "https://a.example/"`
	for name, tt := range map[string]struct{ items, want string }{
		"two": {
			`{"id": "a", ` + u + `, "dependsOn": ["b"]}, {"id": "b", ` + u + `, "dependsOn": ["a"]}`,
			"#/requests/0/dependsOn: waits for itself: a → b → a",
		},
		"by references": {
			`{"id": "a", "url": "https://a.example/{{c.body}}"}, {"id": "b", ` + u + `, "headers": {"x": "{{a.status}}"}}, {"id": "c", "method": "POST", "body": "{{b.body}}", ` + u + `}`,
			"#/requests/0/dependsOn: waits for itself: a → c → b → a",
		},
		"behind others": {
			`{"id": "root", ` + u + `}, {"id": "a", ` + u + `, "dependsOn": ["root", "b"]}, {"id": "b", ` + u + `, "forEach": "a.body[]"}`,
			"#/requests/1/dependsOn: waits for itself: a → b → a",
		},
		"in front of others": {
			`{"id": "last", ` + u + `, "dependsOn": ["a"]}, {"id": "a", ` + u + `, "dependsOn": ["b"]}, {"id": "b", ` + u + `, "dependsOn": ["a"]}`,
			"#/requests/0/dependsOn: waits for itself: a → b → a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFaults(t, compiled(t, `{"requests": [`+tt.items+`]}`, fetcher.CompileOptions{}), []string{tt.want})
		})
	}
}

func TestCompileKeepsALongCircleShort(t *testing.T) {
	t.Parallel()
	const n = 10_000
	batch := fetcher.Batch{Requests: make([]fetcher.Request, n)}
	for i := range batch.Requests {
		batch.Requests[i] = fetcher.Request{URL: "https://a.example/", DependsOn: []string{fmt.Sprint((i + 1) % n)}}
	}
	_, err := start(t, setup{}).Compile(batch, fetcher.CompileOptions{})
	wantFaults(t, err, []string{"#/requests/0/dependsOn: waits for itself: 0 → 1 → 2 → 3 → 4 → 5 → 6 → 7 → 8 → 9 → … → 0"})
}

func TestCompileRepeatsNoSecret(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	err := compiled(t, `{"requests": [
		{"url": "ftp://user:`+secret+`@a.example/?key=`+secret+`", "headers": {"host": "`+secret+`", "x": "`+secret+`\u0000"}, "body": "`+secret+`"},
		{"url": "https://a.example/?key=`+secret+`&x={{nope.body}}", "method": "`+secret+`", "cache": "`+secret+`", "redirect": "`+secret+`"}
	]}`, fetcher.CompileOptions{})
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Fatal(err)
	}
}

// A batch that another part of the program made is judged like one that was read.
func TestCompileJudgesWhatWasNotRead(t *testing.T) {
	t.Parallel()
	_, err := start(t, setup{}).Compile(fetcher.Batch{Requests: []fetcher.Request{{URL: "https://a.example/", Attempts: 21}}}, fetcher.CompileOptions{})
	wantFaults(t, err, []string{"#/requests/0/retry/attempts: must be a whole number from 1 to 10"})
}

// What is well-formed but not to be fetched costs that item only, and nothing is sent.
func TestCompileLeavesRefusalsToTheItem(t *testing.T) {
	t.Parallel()
	r := start(t, setup{local: []string{nowhere}})
	got := r.fetch(t, `{"requests": [
		{"url": "http://127.0.0.1:2/"}, {"url": "http://169.254.169.254/latest/meta-data/"}, {"url": "http://localhost/"}, {"url": "http://[::1]/"},
		{"url": "https://a.example:22/"}, {"url": "https://u:p@a.example/"}, {"url": "http://localhost/{{0.body}}"}, {"url": "`+nowhere+`/", "upstream": "a", "dependsOn": ["0"]}
	]}`)
	for _, a := range got.Responses[:6] {
		a.wantError(t, fetcher.CodeTargetBlocked, 403)
		if a.Attempts != 0 {
			t.Errorf("%d attempts for what must not be fetched", a.Attempts)
		}
	}
	got.Responses[7].wantError(t, fetcher.CodeDependencyFailed, 424)
}

func TestTemplateKnowsItsRootsOnly(t *testing.T) {
	t.Parallel()
	template, err := fetcher.CompileTemplate(jsontext.Value(`{"user": "{{hook.sender.id}}", "n": 1e400}`), "hook")
	if err != nil {
		t.Fatal(err)
	}
	got, err := template.Expand(t.Context(), map[string]jsontext.Value{"hook": jsontext.Value(`{"sender": {"id": 9007199254740993}}`)})
	if err != nil || !json.Valid(got) || string(got) != `{"user": 9007199254740993, "n": 1e400}` {
		t.Errorf("%s, error %v", got, err)
	}
	if _, err := fetcher.CompileTemplate(jsontext.Value(`"{{params.x}}"`), "hook"); err == nil || err.Error() != `there is no "params" here` {
		t.Errorf("error %v", err)
	}
}
