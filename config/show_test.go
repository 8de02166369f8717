package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestShowIsReadBack loads what Show writes: nothing is lost, added or read as
// another type.
func TestShowIsReadBack(t *testing.T) {
	t.Parallel()
	const text = `
server: {allowedHosts: ["true", "1e3", "::1", a.example]}
fetch: {ports: {allow: [22, 25]}, timeout: 1500ms}
defaults: {rate: 0.1, burst: 1}
upstreams:
  - {name: "on", url: "http://a.example", timeout: 1m30s, hedge: true, credential: {type: basic, username: "a b", env: SECRET}}
  - {name: "007", url: "https://b.example", cache: {maxLifetime: 1h}}
hooks: []
`
	env := []string{"SECRET=s"}
	cfg, origins := loaded(t, text, env...)
	var out strings.Builder
	if err := cfg.Show(&out, origins); err != nil {
		t.Fatal(err)
	}
	again, _, err := Load(Sources{File: write(t, out.String()), Env: env})
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if first, second := shown(t, cfg), shown(t, again); first != second {
		t.Error(cmp.Diff(first, second))
	}
	if got := again.Server.AllowedHosts; strings.Join(got, " ") != "true 1e3 ::1 a.example" {
		t.Errorf("hosts %q", got)
	}
	if u := again.Upstreams; u[0].Name != "on" || u[1].Name != "007" || u[0].Credential.Username != "a b" || u[0].Credential.Secret.Reveal() != "a b:s" {
		t.Errorf("upstreams %+v", u)
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                  "",
		"sqlite:gather-data/gather.db":      "sqlite:gather-data/gather.db",
		"postgres://u:hunter2@db:5432/name": "postgres://db:5432/***",
		"redis://cache:6379":                "redis://cache:6379",
		"redis://:hunter2@cache":            "redis://cache/***",
		"https://crm.example/T0/hunter2":    "https://crm.example/***",
		"https://crm.example?key=hunter2":   "https://crm.example/***",
		"hunter2":                           "***",
		"not a url hunter2":                 "***",
	} {
		if got := mask(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestYAMLString(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "a", "true", "Yes", "null", "~", "1", "1e3", "0x1F", "1_000", ".5", "-", "a: b", "a #b", "#a", "*a", "&a", "!a", "%a", "@a", "`a", "a:", " a", "a ", "a\nb",
		"\"a\"", "'a'", "[a]", "{a}", "é", "\t", "\x00", "a,b", "127.0.0.1:8080", "::1", "2026-01-02", "---", "...", "|", ">", "?", "=", "<<", "\u2028", "</script>",
	} {
		faults := &Faults{}
		doc := &document{origin: Origin{Kind: KindFile, Name: "t"}, faults: faults}
		root := doc.parse([]byte("[" + yamlString(text) + "]"))
		if root == nil || len(root.items) != 1 {
			t.Errorf("%q is written as %s, which is not YAML: %v", text, yamlString(text), faults)
			continue
		}
		if got := root.items[0]; got.kind != scalarNode || got.text != text {
			t.Errorf("%q is written as %s and read back as %q", text, yamlString(text), got.text)
		}
	}
}
