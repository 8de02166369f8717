package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const minimalBatch = "batch: {requests: [{url: 'https://a.example'}]}\n"

func TestCollectionsDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "b.yaml"), "description: from its file\n"+minimalBatch)
	writeFile(t, filepath.Join(dir, "a.json"), `{"name": "named", "batch": {"requests": [{"url": "https://a.example", "body": 1e400}]}}`)
	writeFile(t, filepath.Join(dir, "notes.txt"), "not a collection")
	writeFile(t, filepath.Join(dir, ".hidden.yaml"), "nor this")
	writeFile(t, filepath.Join(dir, "sub.yaml", "x"), "a folder")
	cfg, origins := loaded(t, "collectionsDir: "+dir+"\ncollections: [{name: first, "+strings.TrimSpace(minimalBatch)+"}]\n")
	names := namesOf(cfg.Collections, func(c Collection) string { return c.Name })
	if got := strings.Join(names, " "); got != "first named b" {
		t.Fatalf("got %s", got)
	}
	if got := string(cfg.Collections[1].Batch); !strings.Contains(got, `"body":1e400`) {
		t.Errorf("batch %s", got)
	}
	if at := origins.Pointer("collections[2].batch", "#/requests/0/url"); at.Name != filepath.Join(dir, "b.yaml") || at.Line != 2 {
		t.Errorf("origin %v", at)
	}
}

func TestCollectionsDirFaults(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a.yaml"), "name: twice\nbtach: {}\n"+minimalBatch)
	writeFile(t, filepath.Join(dir, "b.yaml"), "name: twice\n"+minimalBatch)
	writeFile(t, filepath.Join(dir, "broken.yaml"), "name: [")
	writeFile(t, filepath.Join(dir, "empty.yaml"), "")
	writeFile(t, filepath.Join(dir, "spaced name.yaml"), minimalBatch)
	_, _, err := Load(Sources{File: write(t, "collectionsDir: "+dir)})
	var faults *Faults
	if !errors.As(err, &faults) {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(faults.Error(), dir+string(filepath.Separator), "")
	for _, want := range []string{
		"a.yaml:2:1: collections[0].btach: is not a key; did you mean batch?",
		`b.yaml:1:7: collections[1].name: "twice" is the name of collections[0] already`,
		"broken.yaml:1:7: is not YAML: ",
		"empty.yaml: collections[2].batch: is missing",
		`spaced name.yaml:1:1: collections[3].name: "spaced name" is not a name`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no fault %q in\n%s", want, got)
		}
	}
	if len(faults.List) != 5 {
		t.Errorf("%d faults, want 5:\n%s", len(faults.List), got)
	}
	if _, _, err := Load(Sources{File: write(t, "collectionsDir: "+dir+"/none")}); err == nil || !strings.Contains(err.Error(), "collectionsDir: ") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestJudgedBatchFaultsHaveTheirPlace(t *testing.T) {
	t.Parallel()
	path := write(t, "collections:\n  - name: a\n    batch:\n      requests:\n        - url: https://a.example\n        - url: nonsense\n")
	_, _, err := Load(Sources{File: path, Judge: func(c Collection) []BatchFault {
		if c.Name != "a" {
			t.Errorf("asked about %q", c.Name)
		}
		return []BatchFault{{"#/requests/1/url", "is not a URL"}, {"#/requests/1/nothing/there", "is missing"}, {"#", "is odd"}}
	}})
	want := strings.ReplaceAll(`F:4:7: collections[0].batch#: is odd
F:6:11: collections[0].batch#/requests/1/nothing/there: is missing
F:6:16: collections[0].batch#/requests/1/url: is not a URL`, "F", path)
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestChecker(t *testing.T) {
	t.Parallel()
	raw := func(s string) Raw { return Raw(s) }
	tests := []struct {
		name    string
		param   Param
		good    []string // JSON
		bad     []string
		text    map[string]string // query text to JSON; "": refused
		require bool
	}{
		{
			name: "integer", param: Param{Type: "integer", Min: raw("1"), Max: raw("9007199254740993"), Default: raw("5")},
			good: []string{"1", "9007199254740993"}, bad: []string{"0", "9007199254740994", "1.0", "1e3", `"1"`, "null", "", "01", strings.Repeat("9", 101)},
			text: map[string]string{"7": "7", "seven": "", "": "", " 7": "", "7}": ""},
		},
		{
			name: "number", param: Param{Type: "number", Min: raw("-0.5"), Max: raw("1e2")}, require: true,
			good: []string{"-0.5", "100", "1e2", "0.25"}, bad: []string{"-0.51", "100.1", "1e400", "NaN", "true"},
			text: map[string]string{"0.5": "0.5", ".5": "", "inf": ""},
		},
		{
			name: "string", param: Param{Type: "string", Pattern: "a+|b", MaxLength: 3}, require: true,
			good: []string{`"a"`, `"aaa"`, `"b"`, `"\u0061"`}, bad: []string{`"ab"`, `"aaaa"`, `"c"`, `""`, "1", `"a`},
			text: map[string]string{"aa": `"aa"`, "x": "", `"`: ""},
		},
		{
			name: "string, counted in characters", param: Param{Type: "string", MaxLength: 2}, require: true,
			good: []string{`"éé"`}, bad: []string{`"ééé"`},
		},
		{
			name: "boolean", param: Param{Type: "boolean", Default: raw("false")},
			good: []string{"true", "false"}, bad: []string{"1", `"true"`, "null"}, text: map[string]string{"true": "true", "yes": ""},
		},
		{
			name: "enum of numbers", param: Param{Type: "number", Enum: []Raw{raw("1"), raw("2.50")}}, require: true,
			good: []string{"1", "1.0", "2.5"}, bad: []string{"3"},
		},
		{
			name: "enum of strings", param: Param{Type: "string", MaxLength: 9, Enum: []Raw{raw(`"a"`)}}, require: true,
			good: []string{`"a"`, `"\u0061"`}, bad: []string{`"b"`, `"A"`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := tt.param.Checker()
			if err != nil {
				t.Fatal(err)
			}
			if c.Required() != tt.require || string(c.Default()) != string(tt.param.Default) {
				t.Errorf("required %v, default %s", c.Required(), c.Default())
			}
			for _, v := range tt.good {
				if err := c.Value([]byte(v)); err != nil {
					t.Errorf("%s: %v", v, err)
				}
			}
			for _, v := range tt.bad {
				if err := c.Value([]byte(v)); err == nil {
					t.Errorf("%.20s is accepted", v)
				}
			}
			for text, want := range tt.text {
				got, err := c.Text(text)
				if string(got) != want || (err == nil) != (want != "") {
					t.Errorf("%q: got %s, %v; want %q", text, got, err, want)
				}
			}
		})
	}
}
