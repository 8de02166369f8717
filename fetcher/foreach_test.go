package fetcher_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gather/fetcher"
	"gather/fetcher/fetchertest"
)

// lists is an upstream with lists to go through and records to find.
func lists(t *testing.T) *recorder {
	t.Helper()
	return record(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch path := r.URL.Path; {
		case path == "/ids":
			_, _ = fmt.Fprint(w, `{"ids": [3, 1, 9007199254740993], "none": [], "odd": ["a/b", "c d", {"k": [1]}], "urls": ["/ids", "x"]}`)
		case path == "/record/1":
			w.WriteHeader(http.StatusNotFound)
			_, _ = fmt.Fprint(w, `{"missing": true}`)
		case path == "/text":
			w.Header().Set("Content-Type", "text/plain")
			_, _ = fmt.Fprint(w, "text")
		default:
			_, _ = fmt.Fprintf(w, `{"path": %q, "n": 1.10}`, r.URL.RequestURI())
		}
	})
}

func TestForEachCollectsInOrder(t *testing.T) {
	t.Parallel()
	up := lists(t)
	r := start(t, setup{local: []string{up.URL}})
	u := `"url": "` + up.URL
	got := r.fetch(t, `{"requests": [
		{"id": "list", `+u+`/ids"},
		{"id": "all", `+u+`/item/{{each}}", "forEach": "list.body.ids[]", "select": ".path"},
		{"id": "whole", `+u+`/whole/{{each[1]}}", "forEach": "list.body.ids"},
		{"id": "some", `+u+`/record/{{each}}", "forEach": "list.body.ids[:2][]"},
		{"id": "none", `+u+`/item/{{each}}", "forEach": "list.body.none[]"},
		{"id": "after", `+u+`/sum/{{all.body | length}}/{{none.body | length}}"},
		{"id": "wrong", `+u+`/item/{{each}}", "forEach": "list.body.odd | keys[] | error"},
		{"id": "odd", "method": "POST", `+u+`/item", "headers": {"X-Each": "{{list.status}}"}, "body": {"each": "{{each}}", "text": "<{{list.status}}>"}, "forEach": "list.body.odd[2]"}
	]}`)
	all := got.Responses[1]
	all.wantBody(t, `["/item/3","/item/1","/item/9007199254740993"]`)
	if len(all.Elements) != 3 || all.Attempts != 3 || all.Elements[2].URL != up.URL+"/item/9007199254740993" || all.Elements[2].Timing["total"] <= 0 {
		t.Errorf("%+v", all)
	}
	got.Responses[2].wantBody(t, `[{"path": "/whole/1", "n": 1.10}]`)
	some := got.Responses[3]
	if some.Collected || some.Status != 404 || some.Error.Code != "" || string(some.Body) != `[{"path": "/record/3", "n": 1.10},{"missing": true}]` {
		t.Errorf("%+v", some)
	}
	if !some.Elements[0].Collected || some.Elements[1].Collected || some.Elements[1].Status != 404 {
		t.Errorf("%+v", some.Elements)
	}
	none := got.Responses[4]
	none.wantBody(t, `[]`)
	if none.Elements == nil || none.Attempts != 0 || none.Status != 200 {
		t.Errorf("%+v", none)
	}
	if after := got.Responses[5]; after.URL != up.URL+"/sum/3/0" {
		t.Errorf("%+v", after)
	}
	if wrong := got.Responses[6]; wrong.Collected {
		t.Errorf("%+v", wrong)
	}
	if !got.Responses[7].Collected {
		t.Errorf("%+v", got.Responses[7])
	}
	for _, sent := range up.requests() {
		if sent.method == "POST" && (sent.body != `{"each": {"k":[1]}, "text": "<200>"}` || sent.header.Get("X-Each") != "200") {
			t.Errorf("sent %s with %v", sent.body, sent.header)
		}
	}
}

func TestForEachIsBounded(t *testing.T) {
	t.Parallel()
	up := lists(t)
	r := start(t, setup{local: []string{up.URL}, limits: fetcher.Limits{MaxCalls: 2, MaxBatchBytes: 1024}})
	got := r.fetch(t, `{"requests": [
		{"id": "list", "url": "`+up.URL+`/ids"},
		{"url": "`+up.URL+`/item/{{each}}", "forEach": "list.body.ids[]"},
		{"url": "`+up.URL+`/item/{{each}}", "forEach": "list.body.ids[:2][]", "select": "[range(300)]"}
	]}`)
	got.Responses[1].wantError(t, fetcher.CodeExpressionFailed, 422)
	got.Responses[2].wantError(t, fetcher.CodeBodyTooLarge, 502)
	if calls := len(up.requests()); calls != 3 {
		t.Errorf("%d calls", calls)
	}
}

// One who asks for the values of {{each}} itself is told so: it once ended the process.
func TestForEachOfEachIsAFault(t *testing.T) {
	t.Parallel()
	_, _, err := start(t, setup{}).CompileText([]byte(`{"requests": [{"forEach": "each", "url": "https://a.example/{{each}}"}]}`), fetcher.CompileOptions{})
	wantFaults(t, err, []string{"#/requests/0/forEach: {{each}} is what it makes, and not to be had before"})
}

func TestReferencesAreEscapedByTheirPlace(t *testing.T) {
	t.Parallel()
	const value = `a/b?c=d&e#f g"é%2e`
	up := record(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", `"v/1"`)
		_, _ = fmt.Fprintf(w, `{"v": %s, "dots": "..", "lines": "a\r\nb: c", "null": null, "n": 1e400, "t": true, "o": {"a": 1}, "empty": "", "path": %q}`, quote(value), r.URL.Path)
	})
	r := start(t, setup{local: []string{up.URL}})
	u := `"url": "` + up.URL
	got := r.fetch(t, `{"requests": [
		{"id": "v", `+u+`/"},
		{"id": "in-url", `+u+`/p/{{v.body.v}}/{{v.body.n}}?q={{v.body.v}}&t={{v.body.t}}"},
		{"id": "in-header", `+u+`/h", "headers": {"X-V": "tag {{v.headers.etag}}"}},
		{"id": "in-body", "method": "POST", `+u+`/b", "body": {"v": "{{v.body.v}}", "n": "{{v.body.n}}", "o": "{{v.body.o}}", "null": "{{v.body.null // false}}", "s": "<{{v.body.n}}>"}},
		{"id": "dots", `+u+`/x/{{v.body.dots}}/y"},
		{"id": "empty", `+u+`/x/{{v.body.empty}}/y"},
		{"id": "null", `+u+`/x/{{v.body.null}}"},
		{"id": "missing", `+u+`/x?{{v.body.nope}}"},
		{"id": "object", `+u+`/x?{{v.body.o}}"},
		{"id": "lines", `+u+`/x", "headers": {"X-V": "{{v.body.lines}}"}},
		{"id": "two", `+u+`/x?{{v.body | .n, .t}}"},
		{"id": "escape", `+u+`/x?{{\"{{\"}}"}
	]}`)
	by := make(map[string]answer)
	for _, a := range got.Responses {
		by[a.ID] = a
	}
	for _, id := range []string{"in-url", "in-header", "in-body"} {
		if !by[id].Collected {
			t.Errorf("%s: %+v", id, by[id])
		}
	}
	for _, id := range []string{"dots", "empty", "null", "missing", "object", "lines", "two"} {
		by[id].wantError(t, fetcher.CodeExpressionFailed, 422)
		if by[id].Attempts != 0 || strings.Contains(by[id].Error.Detail, "c=d") {
			t.Errorf("%s: %d attempts, %s", id, by[id].Attempts, by[id].Error.Detail)
		}
	}
	const escaped = "a%2Fb%3Fc%3Dd%26e%23f%20g%22%C3%A9%252e"
	for _, sent := range up.requests() {
		switch {
		case strings.HasPrefix(sent.target, "/p/") && sent.target != "/p/"+escaped+"/1e400?q="+escaped+"&t=true":
			t.Errorf("sent %s", sent.target)
		case sent.target == "/h" && sent.header.Get("X-V") != `tag "v/1"`:
			t.Errorf("sent %v", sent.header)
		case sent.target == "/b" && sent.body != `{"v": `+`"a/b?c=d&e#f g\"é%2e"`+`, "n": 1e400, "o": {"a":1}, "null": false, "s": "<1e400>"}`:
			t.Errorf("sent %s", sent.body)
		case sent.target == "/x":
			t.Errorf("sent a header with a line break")
		}
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.JSON(`[{"id": 9007199254740993, "big": 1e400, "t": "x"}, {"id": 2, "big": 1, "t": "y"}]`))
	r := start(t, setup{local: []string{up.URL}})
	for expression, want := range map[string]string{
		`.`:                         `[{"id": 9007199254740993, "big": 1e400, "t": "x"}, {"id": 2, "big": 1, "t": "y"}]`,
		`[.[] | {id}]`:              `[{"id":9007199254740993},{"id":2}]`,
		`.[0].big`:                  `1e400`,
		`map(.t) | join(\"-\")`:     `"x-y"`,
		`length`:                    `2`,
		`map(select(.id > 2).id)[]`: `9007199254740993`,
	} {
		r.one(t, `{"url": "`+up.URL+`/", "select": "`+expression+`"}`).wantBody(t, want)
	}
	r.one(t, `{"url": "`+up.URL+`/", "select": "[range(1e9)]"}`).wantError(t, fetcher.CodeExpressionFailed, 422)
}
