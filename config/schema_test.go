package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
)

var update = flag.Bool("update", false, "write the golden files anew")

const schemaFile = "../docs/gather.schema.json"

// TestSchemaIsCurrent keeps the committed schema equal to the structs, their
// comments and their defaults.
func TestSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	golden(t, schemaFile, generateSchema(t))
}

// golden compares got with a file, or writes the file under -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run the test with -update and look at the change (-want +got):\n%s", path, cmp.Diff(string(want), string(got)))
	}
}

func generateSchema(t *testing.T) []byte {
	t.Helper()
	r := &jsonschema.Reflector{
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		DoNotReference:             true, // each place has its own defaults
		Anonymous:                  true,
		Mapper:                     mapType,
	}
	if err := r.AddGoComments("gather/config", ".", jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	schema := r.Reflect(Default())
	schema.ID = ""
	schema.Title = "gather.yaml"
	schema.Description = "The configuration of gather."
	describe(schema, reflect.ValueOf(Default()).Elem())
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(schema); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// mapType spells the types that are not written as Go has them.
func mapType(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[Duration]():
		return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$|^0$`, Examples: []any{"250ms", "10s", "1h"}}
	case reflect.TypeFor[Size]():
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			{Type: "string", Pattern: `^[0-9]+ *([KMGT]iB|[kKMGT]?B)?$`, Examples: []any{"64KiB", "10MiB", "1GiB"}},
			{Type: "integer", Minimum: "0"},
		}}
	case reflect.TypeFor[StringList]():
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			{Type: "string"},
			{Type: "array", Items: &jsonschema.Schema{Type: "string"}},
		}}
	case reflect.TypeFor[Raw]():
		return &jsonschema.Schema{}
	}
	return nil
}

// describe adds the defaults of v, found through its keys.
func describe(schema *jsonschema.Schema, v reflect.Value) {
	for _, f := range fieldsOf(v.Type()) {
		property, ok := schema.Properties.Get(f.name)
		inherited := v.Type() == reflect.TypeFor[Upstream]() && indexOf(fieldsOf(reflect.TypeFor[HostRules]()), f.name) >= 0
		if !ok || inherited {
			continue
		}
		describeValue(property, v.FieldByIndex(f.index))
	}
}

func describeValue(schema *jsonschema.Schema, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		describe(schema, v)
	case reflect.Slice:
		if elem := v.Type().Elem(); elem.Kind() == reflect.Struct {
			describe(schema.Items, newElement(elem).Elem())
		}
	case reflect.Map:
		if elem := v.Type().Elem(); elem.Kind() == reflect.Struct {
			describe(schema.AdditionalProperties, newElement(elem).Elem())
		}
	case reflect.Pointer:
		if elem := v.Type().Elem(); elem.Kind() == reflect.Struct {
			describe(schema, newElement(elem).Elem())
		}
	default:
		if !v.IsZero() || v.Kind() == reflect.Bool {
			schema.Default = v.Interface()
		}
	}
}

// TestSchemaDescribesEveryKey finds keys without a description: the comment on
// the struct's field.
func TestSchemaDescribesEveryKey(t *testing.T) {
	t.Parallel()
	var schema any
	if err := json.Unmarshal(generateSchema(t), &schema); err != nil {
		t.Fatal(err)
	}
	keys := 0
	var walk func(v any, path string)
	walk = func(v any, path string) {
		m, ok := v.(map[string]any)
		if !ok {
			return
		}
		properties, _ := m["properties"].(map[string]any)
		for name, p := range properties {
			at := join(path, name)
			keys++
			property, _ := p.(map[string]any)
			if text, _ := property["description"].(string); !strings.HasSuffix(text, ".") {
				t.Errorf("%s has no description that is a sentence: %q", at, text)
			}
			walk(p, at)
			walk(property["items"], at+"[]")
			walk(property["additionalProperties"], at+".*")
		}
	}
	walk(schema, "")
	if keys < len(KeyPaths()) {
		t.Errorf("the schema has %d keys, fewer than the %d that can be set", keys, len(KeyPaths()))
	}
}
