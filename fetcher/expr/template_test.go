package expr_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"gather/fetcher/expr"
)

// answers is a scope with one item, once with its body decoded and once as raw JSON.
func answers(t testing.TB, raw bool) *expr.Scope {
	const text = `{"id": 7, "name": "Ada & Co/é", "next": "https://api.example.com/items?page=2", "big": 9007199254740993, "exp": 1e400, "dec": 1.10,
		"list": [1, {"a": 2}], "none": null, "dot": ".", "dots": "..", "empty": "", "crlf": "a\r\nX: y", "nul": "a\u0000", "flag": false, "curl": "}}\"", "a-b": "c", "slash": "a/../b", "pct": "%2e"}`
	var body any = json.RawMessage(text)
	if !raw {
		var err error
		if body, err = expr.Decode([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	values := map[string]any{
		"user":   map[string]any{"status": 200, "headers": map[string]any{"etag": `"v1"`, "content-type": "text/plain", "x-a": "1, 2"}, "body": body},
		"0":      map[string]any{"status": 204, "headers": map[string]any{}, "body": nil},
		"params": map[string]any{"user": 3, "tag": "a b"},
		"hook":   map[string]any{"sender": map[string]any{"id": json.Number("12345678901234567890")}},
		"each":   map[string]any{"id": 5},
	}
	return &expr.Scope{Lookup: func(root string) (any, bool) { v, ok := values[root]; return v, ok }}
}

// both runs a subtest with the body decoded and with it raw.
func both(t *testing.T, name string, test func(t *testing.T, scope *expr.Scope)) {
	t.Helper()
	for _, raw := range []bool{false, true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, answers(t, raw))
		})
	}
}

const invalid, failing = "invalid", "failing"

func TestURL(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ src, want string }{
		{"https://h/users/{{user.body.id}}", "https://h/users/7"},
		{"https://h/users/{{ user.body.id }}/posts", "https://h/users/7/posts"},
		{"https://h/q?name={{user.body.name}}&n={{params.user}}", "https://h/q?name=Ada%20%26%20Co%2F%C3%A9&n=3"},
		{"https://h/{{user.body.name}}", "https://h/Ada%20%26%20Co%2F%C3%A9"},
		{"/n/{{user.body.slash}}", "/n/a%2F..%2Fb"},
		{"/n/v{{user.body.dot}}", "/n/v."},
		{"/n?dot={{user.body.dots}}", "/n?dot=.."},
		{"/n?e={{user.body.empty}}", "/n?e="},
		{"/n/{{user.body.big}}/{{user.body.exp}}/{{user.body.dec}}", "/n/9007199254740993/1e400/1.10"},
		{"/n/{{hook.sender.id}}/{{each.id}}/{{params.tag}}", "/n/12345678901234567890/5/a%20b"},
		{"/n/{{user.body.list[1].a}}/{{user.body.list | length}}", "/n/2/2"},
		{"/n/{{user.body.flag}}/{{user.status}}/{{user.headers.etag}}", "/n/false/200/%22v1%22"},
		{"/n/{{user.headers.Content-Type}}/{{user.headers.x-a | split(\", \")[1]}}", "/n/text%2Fplain/2"},
		{`/n/{{user.body["a-b"]}}/{{user.body | {x: {y: .id}} | .x.y}}`, "/n/c/7"},
		{`/n/{{user.body | "}}" + (.id | tostring)}}`, "/n/%7D%7D7"},
		{`/n/{{user.body.none // "d"}}`, "/n/d"},
		{`/n/{{"{{"}}x}}/{{user.body.id}}`, "/n/{{x}}/7"},
		{"{{user.body.next}}", "https://api.example.com/items?page=2"},
		{"/n/{{user.body.crlf}}", "/n/a%0D%0AX%3A%20y"},
		{"https://h?x={{user.body.id}}", "https://h?x=7"},
		{"/{{0.status}}", "/204"},

		{"/n/{{user.body.dot}}", failing}, {"/n/{{user.body.dots}}/x", failing}, {"/n/.{{user.body.dot}}", failing}, {"/n/{{user.body.dot}}%2e?x", failing},
		{"/n/{{user.body.empty}}", failing}, {"/n/{{user.body.empty}}/x", failing}, {"/n/{{user.body.none}}", failing}, {"/n/{{user.body.missing.deep}}", failing},
		{"/n/{{user.body.list}}", failing}, {"/n/{{user.body}}", failing}, {"/n/{{user.body.list[]}}", failing}, {"/n/{{empty.body}}", failing}, {"/n/{{user.body | empty}}", failing},
		{"/n/{{user.body.id.x}}", failing}, {"{{user.body.empty}}", failing}, {"{{user.body.none}}", failing}, {"/n/{{0.body}}", failing}, {"/n/{{user.headers.nope}}", failing},

		{"https://{{user.body.name}}/x", invalid}, {"https://api.{{user.body.name}}.com/x", invalid}, {"https://h{{user.body.id}}", invalid}, {"https://h:{{user.body.id}}/", invalid},
		{"{{user.body.next}}/more", invalid}, {"{{user.body.next}}{{user.body.id}}", invalid}, {"http{{user.body.id}}://h/", invalid}, {"//{{user.body.id}}", invalid}, {`/\{{user.body.id}}`, invalid},
		{"https://h/x#{{user.body.id}}", invalid}, {"/n/{{}}", invalid}, {"/n/{{ }}", invalid}, {"/n/{{user.body.id", invalid}, {"/n/{{user.body.id}", invalid}, {"/n/{{user}}", invalid},
		{"/n/{{user.bodyx}}", invalid}, {"/n/{{user.id}}", invalid}, {"/n/{{.body}}", invalid}, {"/n/{{user.body | input}}", invalid}, {"/n/{{user.body.}}", invalid}, {"/n/{{user.body |}}", invalid},
		{"/n/{{" + strings.Repeat("x", 5000) + "}}", invalid},
	} {
		both(t, tt.src[:min(len(tt.src), 60)], func(t *testing.T, scope *expr.Scope) {
			u, err := expr.CompileURL(tt.src)
			got := ""
			if err == nil {
				got, err = u.Expand(t.Context(), scope)
			}
			check(t, got, err, tt.want)
		})
	}
}

func check(t *testing.T, got string, err error, want string) {
	t.Helper()
	switch want {
	case invalid:
		if !errors.Is(err, expr.ErrInvalid) {
			t.Errorf("%q, %v; want it refused", got, err)
		}
	case failing:
		if !errors.Is(err, expr.ErrExpression) {
			t.Errorf("%q, %v; want it to fail", got, err)
		}
		if err != nil && (strings.Contains(err.Error(), "Ada") || strings.Contains(err.Error(), "X: y")) {
			t.Errorf("the error holds data: %v", err)
		}
	default:
		if err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ src, want string }{
		{"{{user.headers.etag}}", `"v1"`}, {"Bearer {{params.tag}}/{{user.body.id}}", "Bearer a b/7"}, {"{{user.body.name}}", "Ada & Co/é"}, {"a\tb", "a\tb"},
		{"{{user.body.crlf}}", failing}, {"{{user.body.nul}}", failing}, {"{{user.body.list}}", failing}, {"{{user.body.none}}", failing},
		{"a\r\nb {{user.body.id}}", invalid}, {"\x00{{user.body.id}}", invalid}, {"{{user.body.id", invalid},
	} {
		both(t, tt.src, func(t *testing.T, scope *expr.Scope) {
			h, err := expr.CompileHeader(tt.src)
			got := ""
			if err == nil {
				got, err = h.Expand(t.Context(), scope)
			}
			check(t, got, err, tt.want)
		})
	}
}

func TestJSONBody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ src, want string }{
		{`{"id":"{{user.body.id}}"}`, `{"id":7}`},
		{`{ "a" : 1e400, "b":[9007199254740993, 1.10 ] , "c":"{{user.body.big}}" }`, `{ "a" : 1e400, "b":[9007199254740993, 1.10 ] , "c":9007199254740993 }`},
		{`["{{user.body.exp}}","{{user.body.dec}}","{{hook.sender.id}}","{{user.body.flag}}"]`, `[1e400,1.10,12345678901234567890,false]`},
		{`{"l":"{{user.body.list}}"}`, `{"l":[1,{"a":2}]}`},
		{`{"s":"id {{user.body.id}}, {{user.body.name}}"}`, `{"s":"id 7, Ada & Co/é"}`},
		{`{"s":"{{user.body.crlf}}"}`, `{"s":"a\r\nX: y"}`},
		{`{"n{{user.body.id}}": 1, "{{params.user}}" : 2}`, `{"n7": 1, "3" : 2}`},
		{`{"s":"{{user.body[\"a-b\"]}}"}`, `{"s":"c"}`},
		{`{"s":"\u007b{user.body.id}}"}`, `{"s":7}`},
		{`{"s":"{{\"{{\"}}x"}`, `{"s":"{{x"}`},
		{`"{{user.body.name}}"`, `"Ada & Co/é"`},
		{`"a={{user.body.name | @uri}}"`, `"a=Ada%20%26%20Co%2F%C3%A9"`},
		{`{"s":"\\\"{{each.id}}\\\""}`, `{"s":"\\\"5\\\""}`},
		{`{"s":"{{user.body.none // \"x\"}}"}`, `{"s":"x"}`},
		{`{"a":"{{user.body.none}}"}`, failing}, {`{"a":"x{{user.body.list}}"}`, failing}, {`{"{{user.body.list}}":1}`, failing}, {`{"a":"{{user.body.list[]}}"}`, failing},
		{`{"a":"{{user.body.id"}`, invalid}, {`{"a":{{user.body.id}}}`, invalid}, {`{`, invalid},
	} {
		both(t, tt.src, func(t *testing.T, scope *expr.Scope) {
			j, err := expr.CompileJSON([]byte(tt.src))
			var got []byte
			if err == nil {
				got, err = j.Expand(t.Context(), scope)
			}
			check(t, string(got), err, tt.want)
		})
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ src, want string }{
		{"user.body.list[]", `[1,{"a":2}]`}, {"user.body.list", `[[1,{"a":2}]]`}, {"user.body.list[] | numbers", `[1]`}, {"params.user", `[3]`}, {"hook.sender | keys[]", `["id"]`},
		{"user.body | range(0; .id; 3)", `[0,3,6]`}, {"user.body.missing[]?", `[]`}, {"user.status", `[200]`},
		{"user.body.missing[]", failing}, {"nobody.body[]", failing}, {"user.body | range(100)", failing},
		{"user", invalid}, {"", invalid}, {"user.body.list[", invalid},
	} {
		both(t, tt.src, func(t *testing.T, scope *expr.Scope) {
			p, err := expr.CompilePath(tt.src)
			var got []any
			if err == nil {
				got, err = p.Values(t.Context(), scope, 50)
			}
			check(t, string(expr.Append(nil, append([]any{}, got...))), err, tt.want)
		})
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	u, err := expr.CompileURL("/{{b.body.x}}/{{a.headers.etag}}?x={{b.status}}&y={{params.q}}")
	if err != nil {
		t.Fatal(err)
	}
	if want := []expr.Ref{{Root: "b"}, {Root: "a"}, {Root: "params"}}; !slices.Equal(u.Refs(), want) {
		t.Errorf("%v", u.Refs())
	}
	j, err := expr.CompileJSON([]byte(`{"a":"{{x.body}}","b":["{{y.body}} {{x.body}}"]}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := []expr.Ref{{Root: "x"}, {Root: "y"}}; !slices.Equal(j.Refs(), want) {
		t.Errorf("%v", j.Refs())
	}
}

func TestErrorsNameTheReference(t *testing.T) {
	t.Parallel()
	u, err := expr.CompileURL("/{{user.body.id.x}}")
	if err != nil {
		t.Fatal(err)
	}
	_, err = u.Expand(t.Context(), answers(t, false))
	if want := "the reference to user.body: expected an object but got: number"; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

func TestACancelIsNoFaultOfTheExpression(t *testing.T) {
	t.Parallel()
	p, err := expr.CompilePath("user.body | range(1000000)")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Values(ctx, answers(t, false), 0); !errors.Is(err, context.Canceled) || errors.Is(err, expr.ErrExpression) {
		t.Errorf("%v", err)
	}
}
