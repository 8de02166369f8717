package expr_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"gather/fetcher/expr"
)

// Whatever the expression: no panic, one of the two kinds of error, and a result that is JSON.
func FuzzQuery(f *testing.F) {
	for _, src := range hostile {
		if len(src) < 40 && !strings.Contains(src, "range(1") { // the slow ones have a test of their own
			f.Add(src)
		}
	}
	for _, src := range []string{`.a[0].b`, `[.[] | {id, title}]`, `.a // "x" | @uri "\(.)"`, `reduce .[] as {a: $x} (0; . + $x)`, `.[1:][0] |= 2`, `try error catch .`} {
		f.Add(src)
	}
	input := []byte(`{"a":[1,{"b":"x"},null,1e400],"t":"text, more","n":9007199254740993}`)
	f.Fuzz(func(t *testing.T, src string) {
		q, err := expr.Compile(src)
		if err != nil {
			if !errors.Is(err, expr.ErrInvalid) {
				t.Fatalf("%v", err)
			}
			return
		}
		var out []byte
		if took := cpuTime(t, func() { out, err = q.JSON(t.Context(), input) }); took > 3*slow*expr.MaxRun {
			t.Fatalf("took %v", took)
		}
		if err != nil && !errors.Is(err, expr.ErrExpression) || err == nil && !json.Valid(out) {
			t.Fatalf("%s, %v", out, err)
		}
	})
}

// Whatever stands in a template: the host stays, the segments of the path stay, and a body is JSON.
func FuzzTemplate(f *testing.F) {
	for _, seed := range [][2]string{
		{"user.body", "a/../b"}, {"user.body | tojson", `"`}, {`"{{"`, ""}, {"user.headers.x-y", "\r\n"}, {`user.body | "}}"`, ".."}, {"user.body}}\x16\x83{{user.body", "\x00"}, {"user.body // {a: {}}", "%2e"}, {"each", "{{user.body}}"}, {"user.body | .[0:1]", "é"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, inner, value string) {
		scope := &expr.Scope{Lookup: func(root string) (any, bool) {
			if root == "params" || root == "hook" || root == "each" {
				return value, true
			}
			return map[string]any{"status": 200, "headers": map[string]any{"x-y": value}, "body": value}, true
		}}
		template := "http://host.example/a/{{" + inner + "}}/b"
		if u, err := expr.CompileURL(template); err == nil {
			if out, err := u.Expand(t.Context(), scope); err == nil && len(u.Refs()) == 1 && strings.Count(template, "{{") == 1 && strings.Count(template, "}}") == 1 {
				parsed, err := url.Parse(out)
				if err != nil || parsed.Host != "host.example" || strings.Count(parsed.EscapedPath(), "/") != 3 {
					t.Fatalf("%q became %q", template, out)
				}
			}
		}
		if h, err := expr.CompileHeader("x {{" + inner + "}}"); err == nil {
			if out, err := h.Expand(t.Context(), scope); err == nil && strings.ContainsAny(out, "\r\n\x00") {
				t.Fatalf("%q", out)
			}
		}
		quoted, _ := json.Marshal("{{" + inner + "}}")
		if j, err := expr.CompileJSON([]byte(`{"a":` + string(quoted) + `,"b":1e400}`)); err == nil {
			if out, err := j.Expand(t.Context(), scope); err == nil && !json.Valid(out) {
				t.Fatalf("%s", out)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"a":[1,-0,1.5e3,"\ud83d\ude00",null,true]}`, `"\u`, `[[[[`, `-`, `1e`, `{"a":1,"a":2}`, ` 1 `, `{"":{"":""}}`, "\"\xb400\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.Count(text, "[")+strings.Count(text, "{") > expr.MaxDepth || longestNumber(text) > expr.MaxDigits || len(text) > 1<<20 {
			return
		}
		agree(t, text)
		// A plain path finds in the text what it finds in the value.
		if v, err := expr.Decode([]byte(text)); err == nil {
			for _, src := range []string{`.`, `.a`, `.a[0]`, `.[1]`, `.a.a`, `.[0].a`} {
				raw, errRaw := compile(t, src).JSON(t.Context(), []byte(text))
				want, errValue := compile(t, src).Value(t.Context(), v)
				if (errRaw == nil) != (errValue == nil) {
					t.Fatalf("%s on %q: %v, %v", src, text, errRaw, errValue)
				}
				if errRaw == nil {
					got, err := expr.Decode(raw)
					if err != nil || string(expr.Append(nil, got)) != string(expr.Append(nil, want)) {
						t.Fatalf("%s on %q: %s, want %s", src, text, raw, expr.Append(nil, want))
					}
				}
			}
		}
	})
}

func longestNumber(text string) (longest int) {
	run := 0
	for _, c := range text {
		if strings.ContainsRune("0123456789+-.eE", c) {
			run++
		} else {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}
