package config

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// TestHostileDocuments reads texts made to be expensive: none overflows the
// stack, and each report is short.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		prev := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [*" + prev + strings.Repeat(",*"+prev, 8) + "]\n"
	}
	steps := ""
	for i := range 1000 {
		steps += strings.Repeat(" ", i) + "a:\n"
	}
	const n = maxDocument / 4
	for name, text := range map[string]string{
		"aliases":            bomb,
		"too large":          strings.Repeat("#", maxDocument+1),
		"flow sequences":     strings.Repeat("[", n),
		"flow mappings":      strings.Repeat("{", n),
		"flow pairs":         strings.Repeat("{a: ", n/4),
		"flow in block":      "a: " + strings.Repeat("[", n-3),
		"block sequences":    strings.Repeat("- ", n/2),
		"block by line":      strings.Repeat("-\n", n/2),
		"dashes in flow":     "[" + strings.Repeat("-\n", n/2-1),
		"explicit keys":      strings.Repeat("? ", n/2),
		"explicit by line":   strings.Repeat("?\n", n/2),
		"values":             strings.Repeat("a: ", n/3),
		"colons":             strings.Repeat(": ", n/2),
		"colons by line":     strings.Repeat(":\n", n/2),
		"tags":               strings.Repeat("!a ", n/3),
		"tags by line":       strings.Repeat("!a\n", n/3),
		"anchors":            strings.Repeat("&a ", n/3),
		"aliases in a row":   strings.Repeat("*a ", n/3),
		"merges":             strings.Repeat("<<: ", n/4),
		"steps":              steps,
		"documents":          strings.Repeat("---\n", n/4),
		"directives":         strings.Repeat("%YAML 1.2\n", n/10),
		"quotes":             strings.Repeat(`"`, n),
		"single quotes":      strings.Repeat("'", n),
		"literals":           strings.Repeat("|\n", n/2),
		"folded":             strings.Repeat("a: >\n", n/5),
		"comments":           strings.Repeat("#\n", n/2),
		"commas":             "[" + strings.Repeat(",", n-1),
		"unknown keys":       strings.Repeat("fetch.timeot: 1\n", n/16),
		"long key":           strings.Repeat("k", n-2) + ": ",
		"carriage returns":   strings.Repeat("\r", n),
		"tabs":               strings.Repeat("\t", n),
		"NUL":                strings.Repeat("\x00", n),
		"not UTF-8":          strings.Repeat("\xff\xfe", n/2),
		"backslashes":        `"` + strings.Repeat(`\`, n-1),
		"a digit":            "fetch: {concurrency: " + strings.Repeat("9", n-30) + "}",
		"half a credential":  "upstreams: [{name: a, url: 'http://a.example', credential: {}}]",
		"null in every list": "upstreams: [null]\nauth: {keys: [null]}\ncollections: [null]\nhooks: [null]\ncallbacks: [null]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := write(t, text)
			_, _, err := Load(Sources{File: path})
			var faults *Faults
			if err != nil && !errors.As(err, &faults) {
				t.Fatalf("an error of another kind: %v", err)
			}
			if err != nil && len(err.Error()) > 64<<10 {
				t.Errorf("the report has %d bytes", len(err.Error()))
			}
		})
	}
}

// FuzzLoad holds Load to no panic, faults with places and short reports, and
// what it accepts to a second reading of what gather config shows.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"", "server: {listen: ':0'}", "fetch:\n  timeout: 5s\n  ports: {allow: [22]}\n", "upstreams:\n- name: a\n  url: https://a.example\n  headers: {A: b}\n",
		"auth: {keys: [{name: a, sha256: 2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90}]}",
		"collections: [{name: a, params: {n: {type: integer, default: 1}}, schedule: '@every 1h', batch: {requests: [{url: 'https://a.example/{{params.n}}'}]}}]",
		"a: &a [*a]", "<<: {a: b}", "? a\n: b", "- |\n  x\n- >-\n  y", "a: !!int 5", "{a: 1, a: 2}", "\"\\u0000\": 1", "fetch: {timeout: ~}", "%YAML 1.2\n---\na: b\n...\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		cfg, origins, err := load(Sources{}, func(string) ([]byte, error) { return text, nil })
		if err != nil {
			var faults *Faults
			if !errors.As(err, &faults) || len(faults.List) == 0 {
				t.Fatalf("an error of another kind: %v", err)
			}
			for _, fault := range faults.List {
				if fault.Message == "" || strings.ContainsAny(fault.String(), "\r\n") {
					t.Errorf("fault %q", fault.String())
				}
			}
			return
		}
		for _, c := range cfg.Collections {
			if !json.Valid(c.Batch) {
				t.Errorf("a batch is not JSON: %q", c.Batch)
			}
		}
		var out strings.Builder
		if err := cfg.Show(&out, origins); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), masked) || cfg.CollectionsDir != "" {
			return
		}
		again, _, err := load(Sources{}, func(string) ([]byte, error) { return []byte(out.String()), nil })
		if err != nil {
			t.Fatalf("what is shown cannot be read: %v\n%s", err, out.String())
		}
		var second strings.Builder
		if err := again.Show(&second, newOrigins()); err != nil {
			t.Fatal(err)
		}
		var first strings.Builder
		if err := cfg.Show(&first, newOrigins()); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() {
			t.Errorf("shown and read again, it differs:\n%s\n%s", first.String(), second.String())
		}
	})
}
