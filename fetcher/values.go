package fetcher

import (
	"context"
	"encoding/json"
	"strings"

	"gather/fetcher/expr"
)

// scope is what the references of an item may name: the items it depends on, the
// run's params and hook, and the value it is called for.
func (r *run) scope(it *item, each any, bound bool) *expr.Scope {
	if len(it.dependsOn) == 0 && !bound && len(r.plan.roots) == 0 {
		return nil
	}
	// The values are read on a worker while the run goes on, so they are taken now.
	values := make(map[string]any, len(it.dependsOn)+len(r.plan.roots)+1)
	for name, value := range r.plan.roots {
		values[name] = value
	}
	for _, before := range it.dependsOn {
		if value := r.items[before].value; value != nil {
			values[r.plan.items[before].id] = value
		}
	}
	if bound {
		values["each"] = each
	}
	return &expr.Scope{Lookup: func(root string) (any, bool) {
		value, ok := values[root]
		return value, ok
	}}
}

// responseValue is a response as expressions see it: just what is shown of it, so
// that a job that goes on after a crash sees the same.
func responseValue(response *Response) any {
	headers := make(map[string]any, len(shownFields))
	for _, field := range shownFields {
		if values := response.Header[field.canonical]; len(values) > 0 {
			headers[field.name] = strings.Join(values, ", ")
		}
	}
	value := map[string]any{"status": response.Status, "headers": headers, "url": response.URL, "body": nil}
	switch response.Body.Kind {
	case BodyJSON:
		value["body"] = json.RawMessage(response.Body.Bytes) // read only as far as needed
	case BodyText:
		value["body"] = string(response.Body.Bytes)
	}
	return value
}

// selectBody replaces a JSON body by what the expression makes of it.
func selectBody(ctx context.Context, query *expr.Query, response *Response) {
	if response.Body.Kind != BodyJSON {
		response.fail(&Error{Code: CodeExpressionFailed, Detail: "there is no JSON to select from"})
		return
	}
	selected, err := query.JSON(ctx, response.Body.Bytes)
	if err != nil {
		response.fail(Classify(err))
		return
	}
	response.Release()
	response.Body = Body{Kind: BodyJSON, Bytes: selected}
}
