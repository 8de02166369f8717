package limiter

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestParseItems(t *testing.T) {
	t.Parallel()
	type params = map[string]int64
	tests := []struct {
		field string
		want  []item // nil: malformed
	}{
		{``, []item{}},
		{`  "a"  `, []item{{"a", params{}}}},
		{`"a";q=1`, []item{{"a", params{"q": 1}}}},
		{"\"a\"; q=1\t,  b;x", []item{{"a", params{"q": 1}}, {"b", params{}}}},
		{`"a\"\\";r=0;t=007`, []item{{`a"\`, params{"r": 0, "t": 7}}}},
		{`*a:b/c!;*k-._9=1`, []item{{"*a:b/c!", params{"*k-._9": 1}}}},
		{`a;s="x,;\"y";t=tok/en;b=:YWI=:;y=?1;n=?0;d=-1.5;@at=1`, nil},
		{`a;s="x,;\"y";t=tok/en;b=:YWI=:;y=?1;n=?0;d=-1.5;e=@-5;u=%"f%c3";q=4`, []item{{"a", params{"q": 4}}}},
		{`a;q=1;q=2;q`, []item{{"a", params{}}}},
		{`a;q=-3`, []item{{"a", params{}}}},
		{`a;q=999999999999999`, []item{{"a", params{"q": 999999999999999}}}},
		{`a;q=1000000000000000`, nil},
		{`a;q=1234567890123.5`, nil},
		{`a;q=1.2345`, nil},
		{`a;q=1.`, nil},
		{`a;q=-`, nil},
		{`a;q=@1.5`, nil},
		{`a;q=`, nil},
		{`a;q=?2`, nil},
		{`a;q=:YWI=`, nil},
		{`a;q=%x`, nil},
		{`a;q=(1 2)`, nil},
		{`a;`, nil},
		{`a;Q=1`, nil},
		{`a ;q=1`, nil},
		{`("a" "b")`, nil},
		{`5;q=1`, nil},
		{`"a`, nil},
		{`"a\x"`, nil},
		{"\"a\x7f\"", nil},
		{"\"ä\"", nil},
		{`"a" "b"`, nil},
		{`"a",`, nil},
		{`"a",,"b"`, nil},
		{`,`, nil},
		{`limit=10`, nil},
	}
	for _, tt := range tests {
		got, ok := parseItems(tt.field)
		same := slices.EqualFunc(got, tt.want, func(a, b item) bool { return a.name == b.name && maps.Equal(a.params, b.params) })
		if ok != (tt.want != nil) || !same {
			t.Errorf("%q: %v %v, want %v", tt.field, got, ok, tt.want)
		}
	}
}

// A field that parses parses to the same when it is split after any of its members and sent over two lines (RFC 9651, section 4.2).
func FuzzParseItems(f *testing.F) {
	for _, s := range []string{`"a";r=0;t=5, "b";q=1;w=60;pk=:YWI=:`, `a;x=?1;y=1.5;z=@1`, `"\"`, `a;u=%"f%c3"`, `"a",`, ";", "*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, field string) {
		items, ok := parseItems(field)
		if !ok {
			if items != nil {
				t.Errorf("malformed, but %v", items)
			}
			return
		}
		twice, ok := parseItems(strings.Join([]string{field, field}, ","))
		if len(items) > 0 && (!ok || len(twice) != 2*len(items)) {
			t.Errorf("%q has %d members, twice over two lines it has %d", field, len(items), len(twice))
		}
		for _, it := range items {
			for k, v := range it.params {
				if k == "" || v < 0 || v > 999_999_999_999_999 {
					t.Errorf("%q: parameter %q=%d", field, k, v)
				}
			}
		}
	})
}
