package expr_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/itchyny/gojq"

	"gather/fetcher/expr"
)

func compile(t testing.TB, src string) *expr.Query {
	t.Helper()
	q, err := expr.Compile(src)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return q
}

func TestJSON(t *testing.T) {
	t.Parallel()
	const photos = `[{"id":1,"title":"b","n":2},{"id":2,"title":"a","n":1},{"id":3,"title":"b","n":3}]`
	for _, tt := range []struct{ src, input, want string }{
		// Plain paths come back byte for byte.
		{`.`, ` {"b": 1.0, "a" : 1e400 } `, `{"b": 1.0, "a" : 1e400 }`},
		{`.a`, `{"a":9007199254740993}`, `9007199254740993`},
		{`.a.b[1]`, `{"a":{"b":[1,{"z": 1 , "a":2}]}}`, `{"z": 1 , "a":2}`},
		{`.a["b"]`, `{"a":{"b":"\u00e9"}}`, `"\u00e9"`},
		{`."a-b"`, `{"a-b":1,"a-b":2}`, `2`},
		{`."é"`, `{"é":1,"\u00e9":3}`, `3`},
		{`.a`, `{}`, `null`},
		{`.a.b.c`, `{"a":null}`, `null`},
		{`.[7]`, `[1]`, `null`},
		{`.[1]`, `"aéb"`, `"é"`},
		// Numbers survive what does not compute with them.
		{`{a}`, `{"a":1e400}`, `{"a":1e400}`},
		{`map(.)`, `[9007199254740993,1.10,-0,1E5,0.1e-7]`, `[9007199254740993,1.10,-0,1E5,0.1e-7]`},
		{`.a + 1`, `{"a":9007199254740993}`, `9007199254740994`},
		{`.a + 1`, `{"a":18446744073709551616}`, `18446744073709551617`},
		{`.a + 1`, `{"a":1e400}`, `1.7976931348623157e+308`},
		// One result, several, none.
		{`.[]`, `[1,2]`, `[1,2]`},
		{`.[]`, `[1]`, `1`},
		{`.[]`, `[]`, `null`},
		{`empty`, `1`, `null`},
		{`.[] | select(.n > 1) | .id`, photos, `[1,3]`},
		// The usual.
		{`[.[] | {id, title}]`, photos, `[{"id":1,"title":"b"},{"id":2,"title":"a"},{"id":3,"title":"b"}]`},
		{`map({(.title): .id}) | add`, photos, `{"a":2,"b":3}`},
		{`group_by(.title) | map({t: .[0].title, n: length})`, photos, `[{"n":1,"t":"a"},{"n":2,"t":"b"}]`},
		{`sort_by(.n) | map(.id)`, photos, `[2,1,3]`},
		{`sort_by(-.n) | first | .id`, photos, `3`},
		{`min_by(.n).id, max_by(.n).id`, photos, `[2,3]`},
		{`[.[].title] | unique | join("+")`, photos, `"a+b"`},
		{`"n=\(map(.n) | add), t=\(.[0].title)"`, photos, `"n=6, t=b"`},
		{`.[0] | to_entries | map(.key)`, photos, `["id","n","title"]`},
		{`.[0] | with_entries(select(.key != "n"))`, photos, `{"id":1,"title":"b"}`},
		{`.[0] | del(.n, .title)`, photos, `{"id":1}`},
		{`del(.[] | select(.id == 2)) | length`, photos, `2`},
		{`[.[] | .n *= 10] | map(.n)`, photos, `[20,10,30]`},
		{`.[].n += 1 | map(.n)`, photos, `[3,2,4]`},
		{`.[0].n -= 1 | .[0].n`, photos, `1`},
		{`.[0].x //= "d" | .[0].x`, photos, `"d"`},
		{`map(.n) - [1, 3]`, photos, `[2]`},
		{`map(.n) | . - (.[0:1] + .[1:2])`, photos, `[3]`},
		{`reduce .[] as {id: $i, n: $n} (0; . + $i * $n)`, photos, `13`},
		{`[foreach .[].n as $n (0; . + $n)]`, photos, `[2,3,6]`},
		{`[limit(2; .[]) | .id]`, photos, `[1,2]`},
		{`[range(0; 5; 2)]`, `null`, `[0,2,4]`},
		{`first(.[] | select(.id > 1)).id`, photos, `2`},
		{`any(.[]; .id == 2), all(.n > 1)`, photos, `[true,false]`},
		{`map(.id | IN(1, 3))`, photos, `[true,false,true]`},
		{`.[0] | has("id"), (keys | length)`, photos, `[true,3]`},
		{`[..| numbers] | add`, photos, `12`},
		{`[paths(type == "number")] | length`, photos, `6`},
		{`[.[0] | paths as $p | getpath($p)] | length`, photos, `3`},
		{`walk(if type == "number" then -. else . end) | .[0].id`, photos, `-1`},
		{`[.[] | .title] | index`, photos, ``},
		{`flatten`, `[1,[2,[3]]]`, `[1,2,3]`},
		{`.a // "none"`, `{"a":null}`, `"none"`},
		{`try error("x") catch .`, `1`, `"x"`},
		{`.a?`, `[1]`, `null`},
		{`[.[].a?]`, `[1,{"a":2}]`, `[2]`},
		{`.[]?`, `1`, `null`},
		{`if . > 1 then "big" elif . == 1 then "one" else "small" end`, `1`, `"one"`},
		{`label $out | .[] | if . > 1 then ., break $out else . end`, `[1,2,3]`, `[1,2]`},
		{`test("^a"; "i"), test("b$")`, `"Abc"`, `[true,false]`},
		{`capture("(?<y>\\d+)-(?<m>\\d+)")`, `"2026-11"`, `{"m":"11","y":"2026"}`},
		{`[scan("[a-z]")]`, `"a1b2"`, `["a","b"]`},
		{`gsub("(?<d>\\d)"; "<\(.d)>")`, `"a1b2"`, `"a<1>b<2>"`},
		{`sub("a"; "b")`, `"aa"`, `"ba"`},
		{`split(", ")`, `"a, b"`, `["a","b"]`},
		{`[splits("[,;]")]`, `"a,b;c"`, `["a","b","c"]`},
		{`@uri, @base64, @html, @json, @sh, @text`, `"a/b <c>"`, `["a%2Fb%20%3Cc%3E","YS9iIDxjPg==","a/b &lt;c&gt;","\"a/b <c>\"","'a/b <c>'","a/b <c>"]`},
		{`@uri "q=\(.a)&r=\(.b)"`, `{"a":"x&y","b":1}`, `"q=x%26y&r=1"`},
		{`@csv`, `[1,"a\"b"]`, `"1,\"a\"\"b\""`},
		{`tojson | fromjson`, `{"a":[1,null,true,"\u0000"]}`, `{"a":[1,null,true,"\u0000"]}`},
		{`tonumber + 1`, `"41"`, `42`},
		{`{a: 1} * {b: {c: 2}}`, `null`, `{"a":1,"b":{"c":2}}`},
		{`contains({a: [1]}), (.a | inside([1,2,3]))`, `{"a":[1,2]}`, `[true,true]`},
		{`. as [$a, {b: $c}] | $a + $c`, `[1,{"b":2}]`, `3`},
		{`.[1:] + .[:1]`, `[1,2,3]`, `[2,3,1]`},
		{`.[-1], .[-2:]`, `[1,2,3]`, `[3,[2,3]]`},
		{`setpath(["a", 1]; 2)`, `null`, `{"a":[null,2]}`},
		{`pick(.a.b)`, `{"a":{"b":1,"c":2}}`, `{"a":{"b":1}}`},
		{`map_values(. + 1)`, `{"a":1}`, `{"a":2}`},
		{`.[] |= empty`, `[1]`, `[]`},
		{`todate`, `0`, `"1970-01-01T00:00:00Z"`},
		{`$x`, `1`, ``},
	} {
		t.Run(tt.src, func(t *testing.T) {
			t.Parallel()
			q, err := expr.Compile(tt.src)
			if tt.want == "" {
				if err == nil {
					t.Fatal("was not refused")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second run uses the machine of the first
				got, err := q.JSON(t.Context(), []byte(tt.input))
				if err != nil || string(got) != tt.want {
					t.Fatalf("%s, %v; want %s", got, err, tt.want)
				}
			}
		})
	}
}

// Every allowed expression gives what gojq gives without the counters.
func TestTheCountersChangeNothing(t *testing.T) {
	t.Parallel()
	inputs := []any{
		nil, 1, "text with a, b", []any{1, 2, []any{3, nil}}, map[string]any{"a": []any{1, map[string]any{"b": "x"}}, "c": nil},
		[]any{map[string]any{"id": 1, "t": "b"}, map[string]any{"id": 2, "t": "a"}},
	}
	for _, src := range []string{
		`.a[]?`, `..`, `[..]`, `path(..)`, `[paths]`, `to_entries?`, `map(.)?`, `.[0]?`, `.[]? as $x | [$x, .]`, `(.a, .c)?`, `[.[]?] | sort`,
		`[.[]?] | unique`, `try (. * .) catch "no"`, `try (. + .) catch "no"`, `try (. - .) catch "no"`, `. == .`, `try (.[1:]) catch .`,
		`tojson`, `"\(.)-\(.)"`, `try add catch "no"`, `try flatten catch "no"`, `[.[]? | tostring]`, `(.. | numbers) |= . + 1`, `del(.[0]?)`,
		`try (.a[0] = 5) catch "no"`, `try (.[2] += 5) catch "no"`, `reduce .[]? as $x (0; . + 1)`, `[foreach .[]? as $x (0; . + 1; [., $x])]`,
		`try walk(.) catch "no"`, `[limit(3; ..)]`, `first(..)`, `isempty(.[]?)`, `try map_values(.) catch "no"`, `try with_entries(.) catch "no"`,
		`try reverse catch "no"`, `[.[]? | select(type == "object")] | group_by(.t)`, `try (to_entries | from_entries) catch "no"`, `path(first(.a?, .[0]?))`,
		`try getpath(["a", 0]) catch "no"`, `try (getpath(["a", 0]) |= 3) catch "no"`, `try (path(.a | if . then .[0] else . end)) catch "no"`,
		`try path(.a // .c) catch "no"`, `try path(.. | select(type == "number")) catch "no"`, `try delpaths([["a", 0], ["c"]]) catch "no"`,
		`try (.a |= map(.)) catch "no"`, `[.[]? | .id? // empty]`, `@json "x\(.)"`, `try @csv catch "no"`, `. as {$a} ?| $a`,
	} {
		plain, err := gojq.Parse(src)
		if err != nil {
			continue
		}
		q := compile(t, src)
		for _, input := range inputs {
			want, bad := all(plain.Run(input))
			got, err := q.Values(t.Context(), input, 0)
			if (err != nil) != bad {
				t.Errorf("%s on %v: %v", src, input, err)
			} else if !bad && string(expr.Append(nil, got)) != string(expr.Append(nil, want)) {
				t.Errorf("%s on %v: %v, want %v", src, input, got, want)
			}
		}
	}
}

func all(it gojq.Iter) (results []any, bad bool) {
	results = []any{}
	for {
		v, ok := it.Next()
		if !ok {
			return results, false
		}
		if _, is := v.(error); is {
			return nil, true
		}
		results = append(results, v)
	}
}

func TestErrorsHoldNoData(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ src, input, text string }{
		{`.a`, `["s3cret"]`, "expected an object but got: array"},
		{`.a.b`, `{"a":"s3cret"}`, "expected an object but got: string"},
		{`.a[0]`, `{"a":{"s3cret":1}}`, "expected an array but got: object"},
		{`.a | .b + 1`, `{"a":"s3cret"}`, "expected an object but got: string"},
		{`.[]`, `"s3cret"`, "cannot iterate over: string"},
		{`error(.)`, `"s3cret"`, "the expression called error"},
		{`error({a: .})`, `"s3cret"`, "the expression called error"},
		{`tonumber`, `"s3cret"`, "the expression failed on the value"},
		{`. - 1`, `"s3cret"`, "the expression failed on the value"},
		{`fromjson`, `"s3cret"`, "fromjson: not JSON"},
		{`{(.): 1} | .["s3cret"] | .[]`, `"s3cret"`, "cannot iterate over: number"},
		{`. * 2`, `"s3cret"`, "strings cannot be multiplied or divided"},
		{`join(",")`, `[{"s3cret":1}]`, "the expression failed on the value"},
		{`.`, `{"s3cret`, "the value is not JSON"},
		{`. + 1`, `{"s3cret`, "the value is not JSON"},
	} {
		_, err := compile(t, tt.src).JSON(t.Context(), []byte(tt.input))
		if !errors.Is(err, expr.ErrExpression) || err.Error() != tt.text {
			t.Errorf("%s on %s: %v", tt.src, tt.input, err)
		}
	}
}

func TestAValueIsNotChanged(t *testing.T) {
	t.Parallel()
	const text = `{"a":[{"b":1},{"b":2}],"c":{"d":[1,2,3]}}`
	input, err := expr.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, src := range []string{`del(.a[0])`, `.a[].b |= . + 1`, `.c.d |= map(select(. > 1))`, `(.. | numbers) |= empty`, `.a |= sort_by(-.b)`, `delpaths([["c","d",0]])`, `map_values(length)`, `.c * {d: 1}`} {
		for range 4 {
			wg.Go(func() {
				if _, err := compile(t, src).Value(t.Context(), input); err != nil {
					t.Errorf("%s: %v", src, err)
				}
			})
		}
	}
	wg.Wait()
	want, _ := expr.Decode([]byte(text))
	if !reflect.DeepEqual(input, want) {
		t.Errorf("the input is now %v", input)
	}
}

func TestCancelledRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := compile(t, `[range(1000000)] | length`).JSON(ctx, []byte(`1`)); !errors.Is(err, context.Canceled) || errors.Is(err, expr.ErrExpression) {
		t.Errorf("%v", err)
	}
}

func TestValuesAreBounded(t *testing.T) {
	t.Parallel()
	q := compile(t, `.[]`)
	if got, err := q.Values(t.Context(), []any{1, 2, 3}, 3); err != nil || len(got) != 3 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := q.Values(t.Context(), []any{1, 2, 3}, 2); !errors.Is(err, expr.ErrExpression) {
		t.Errorf("%v", err)
	}
}

func TestDecodeAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`null`, ` true `, `"\ud83d\ude00\ud83d\"\\\/\b\f\n\r\t"`, `"\uD800"`, `[]`, `{}`, `[1,-1,0,-0,1.5,1e3]`, `{"a":{"a":[{}]},"a":2}`,
		`01`, `1.`, `.5`, `-`, `1e`, `+1`, `tru`, `"`, `"\x"`, `"\u12"`, "\"\n\"", `[1,]`, `[,1]`, `{"a"}`, `{"a":}`, `{,}`, `{a:1}`, `[1]]`, ``, ` `, `1 2`, `nulll`,
	} {
		agree(t, text)
	}
}

func agree(t *testing.T, text string) {
	t.Helper()
	got, err := expr.Decode([]byte(text))
	if (err == nil) != json.Valid([]byte(text)) {
		t.Errorf("%q: %v", text, err)
		return
	}
	if err != nil {
		return
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var want any
	if err := dec.Decode(&want); err != nil {
		t.Fatal(err)
	}
	a, b := expr.Append(nil, got), expr.Append(nil, want)
	if string(a) != string(b) {
		t.Errorf("%q: %s, want %s", text, a, b)
	}
}
