package fetcher

import (
	"context"
	stdjson "encoding/json"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"gather/fetcher/expr"
)

// Template is JSON with references in its strings, outside any batch.
type Template struct{ compiled *expr.JSON }

// CompileTemplate compiles a template that may only refer to the given roots.
func CompileTemplate(text jsontext.Value, roots ...string) (*Template, error) {
	compiled, err := expr.CompileJSON(text)
	if err != nil {
		return nil, err
	}
	for _, ref := range compiled.Refs() {
		known := false
		for _, root := range roots {
			known = known || ref.Root == root
		}
		if !known {
			return nil, fmt.Errorf("there is no %q here", clip(ref.Root))
		}
	}
	return &Template{compiled}, nil
}

// Expand puts the values in.
func (t *Template) Expand(ctx context.Context, values map[string]jsontext.Value) (jsontext.Value, error) {
	return t.compiled.Expand(ctx, &expr.Scope{Lookup: func(root string) (any, bool) {
		value, ok := values[root]
		return stdjson.RawMessage(value), ok
	}})
}
