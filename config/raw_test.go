package config

import (
	"testing"
)

// TestBatchKeepsEveryDigit turns YAML into JSON without passing through Go's
// number types.
func TestBatchKeepsEveryDigit(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]string{
		"{a: 9007199254740993}":                  `{"a":9007199254740993}`,
		"{a: 123456789012345678901234567890}":    `{"a":123456789012345678901234567890}`,
		"{a: 1e400, b: -0, c: 1.10, d: 1E-5}":    `{"a":1e400,"b":-0,"c":1.10,"d":1E-5}`,
		`{a: "1", b: '2', c: !!x}`:               "",
		"{a: true, b: False, c: yes, d: \"no\"}": `{"a":true,"b":false,"c":"yes","d":"no"}`,
		"{a: null, b: ~, c: , d: Null}":          `{"a":null,"b":null,"c":null,"d":null}`,
		"{a: 2026-01-02, b: 12:30, c: 1.2.3}":    `{"a":"2026-01-02","b":"12:30","c":"1.2.3"}`,
		"{a: \"x\\ty\\u00e9\", b: é}":            `{"a":"x\tyé","b":"é"}`,
		"{1: a, true: b, null: c, 1.50: d}":      `{"1":"a","true":"b","null":"c","1.50":"d"}`,
		"\n      - a\n      - {b: [1, [2]]}":     `["a",{"b":[1,[2]]}]`,
		" |\n      line\n      two":              `"line\ntwo"`,
		"{a: 0x1F}":                              "",
		"{a: 1_000}":                             "",
		"{a: .5}":                                "",
		"{a: +1}":                                "",
		"{a: .nan}":                              "",
		"{a: 010}":                               "",
		"{a: 1, a: 2}":                           "",
		`{"a": 1, a: 2}`:                         "",
		"{a: \"\\ud800\"}":                       "",
	} {
		t.Run(yaml, func(t *testing.T) {
			t.Parallel()
			faults := &Faults{}
			doc := &document{origin: Origin{Kind: KindFile, Name: "t"}, faults: faults}
			root := doc.parse([]byte("x: " + yaml))
			if root == nil {
				if want != "" {
					t.Fatal(faults)
				}
				return
			}
			j := jsonWriter{decoder: &decoder{doc: doc, origins: newOrigins()}, path: "x"}
			j.value(root.entries[0].value, "")
			switch {
			case want == "" && len(faults.List) == 0:
				t.Errorf("accepted as %s", j.out)
			case want != "" && (len(faults.List) > 0 || string(j.out) != want):
				t.Errorf("got %s, want %s (%v)", j.out, want, faults)
			}
		})
	}
}
