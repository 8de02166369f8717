package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"gather/docs"
)

const exampleFile = "../gather.example.yaml"

// exampleEnv are the variables that the examples name.
var exampleEnv = []string{
	"JSONPLACEHOLDER_TOKEN=t", "BILLING_PASSWORD=p", "WEATHER_KEY=k", "GITHUB_WEBHOOK_SECRET=g",
	"CRM_WEBHOOK_SECRET=whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",
}

// example returns the sample as it stands, and with its examples in force: the
// lines that start with # and no space, in place of the empty lists above them.
func example(t *testing.T) (plain, full string) {
	t.Helper()
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	plain = string(text)
	full = regexp.MustCompile(`(?m)^ *[a-z]+: \[\]\n( *)#([a-z]+:)$`).ReplaceAllString(plain, "$1#$2")
	full = regexp.MustCompile(`(?m)^( *)#([a-z]+:$|  )`).ReplaceAllString(full, "$1$2")
	return plain, full
}

func TestExampleIsTheDefaults(t *testing.T) {
	t.Parallel()
	plain, _ := example(t)
	cfg, _ := loaded(t, plain)
	want, _ := loaded(t, "")
	// An empty list in the file is empty, not nil.
	if got, want := shown(t, cfg), shown(t, want); got != want {
		t.Errorf("the example differs from the defaults (-defaults +example):\n%s", cmp.Diff(want, got))
	}
}

func shown(t *testing.T, c *Config) string {
	t.Helper()
	var out bytes.Buffer
	if err := c.Show(&out, newOrigins()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestExampleShowsEveryKey(t *testing.T) {
	t.Parallel()
	_, full := example(t)
	_, origins := loaded(t, full, exampleEnv...)
	paths := map[string]bool{}
	for p := range origins.places {
		p = regexp.MustCompile(`\[\d+\]`).ReplaceAllString(p, "[]")
		p = strings.Replace(p, "hooks[].callback.", "collections[].callback.", 1) // the same struct
		paths[regexp.MustCompile(`params\.[a-z]+\.`).ReplaceAllString(p, "params.*.")] = true
	}
	var walk func(t reflect.Type, path string)
	walk = func(typ reflect.Type, path string) {
		for _, f := range fieldsOf(typ) {
			at, ft := join(path, f.name), typ.FieldByIndex(f.index).Type
			switch {
			case ft.Kind() == reflect.Pointer:
				ft = ft.Elem()
			case ft.Kind() == reflect.Slice && ft.Elem().Kind() == reflect.Struct:
				ft, at = ft.Elem(), at+"[]"
			case ft.Kind() == reflect.Map && ft.Elem().Kind() == reflect.Struct:
				ft, at = ft.Elem(), at+".*"
			}
			if ft.Kind() == reflect.Struct {
				walk(ft, at)
			} else if !paths[strings.Replace(at, "hooks[].callback.", "collections[].callback.", 1)] {
				t.Errorf("%s is not in %s", at, exampleFile)
			}
		}
	}
	walk(reflect.TypeFor[Config](), "")
}

func TestSchemaAcceptsTheExample(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	plain, full := example(t)
	for _, text := range []string{plain, full} {
		if err := schema.Validate(asJSON(t, text)); err != nil {
			t.Error(err)
		}
	}
}

// TestSchemaAndLoaderAgree holds what both must refuse.
func TestSchemaAndLoaderAgree(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	for _, text := range []string{
		"fetch: {timeot: 1s}", "fetch: {timeout: 30}", "fetch: {maxBodyBytes: lots}", "fetch: {policy: closed}", "fetch: {maxRequests: 0}",
		"fetch: {ports: {allow: [0]}}", "fetch: {ports: {deny: [65536]}}", "log: {level: loud}", "defaults: {retries: -1}",
		"auth: {keys: [{name: a, sha256: short}]}", "upstreams: [{name: a}]", "hooks: [{name: a, type: gitlab}]", "callbacks: [{}]",
		"collections: [{name: a}]", "server: []", "jobs: {workers: many}", "upstreams: [{name: a, url: 'https://a.example', rate: -1}]",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if schema.Validate(asJSON(t, text)) == nil {
				t.Error("the schema accepts it")
			}
			if _, _, err := Load(Sources{File: write(t, text)}); err == nil {
				t.Error("Load accepts it")
			}
		})
	}
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(docs.Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("gather.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("gather.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func asJSON(t *testing.T, text string) any {
	t.Helper()
	faults := &Faults{}
	doc := &document{origin: Origin{Kind: KindFile, Name: "example"}, faults: faults}
	j := jsonWriter{decoder: &decoder{doc: doc, origins: newOrigins()}}
	root := doc.parse([]byte(text))
	if root == nil {
		t.Fatal(faults)
	}
	j.value(root, "")
	if len(faults.List) > 0 {
		t.Fatal(faults)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(j.out))
	if err != nil {
		t.Fatal(fmt.Errorf("%w: %s", err, j.out))
	}
	return v
}

// TestDefaultsStandAlone loads nothing at all.
func TestDefaultsStandAlone(t *testing.T) {
	t.Parallel()
	cfg, _ := loaded(t, "")
	if !reflect.DeepEqual(cfg, Default()) {
		t.Errorf("an empty file changes the defaults: %s", cmp.Diff(Default(), cfg))
	}
	text, err := json.Marshal(cfg)
	if err != nil || !strings.Contains(string(text), `"10s"`) {
		t.Errorf("a configuration does not marshal with its durations as strings: %s, %v", text, err)
	}
}
