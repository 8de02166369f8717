package handlers

import (
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gather/collections"
)

// The parts of OpenAPI 3.1 that a collection's path is made of.
type (
	apiPath struct {
		Get  apiOperation `json:"get"`
		Post apiOperation `json:"post"`
	}
	apiOperation struct {
		Tags        []string       `json:"tags"`
		ID          string         `json:"operationId"`
		Summary     string         `json:"summary"`
		Description string         `json:"description,omitzero"`
		Parameters  []apiParameter `json:"parameters"`
		Body        *apiBody       `json:"requestBody,omitzero"`
		Responses   jsontext.Value `json:"responses"`
	}
	apiParameter struct {
		Ref         string     `json:"$ref,omitzero"`
		Name        string     `json:"name,omitzero"`
		In          string     `json:"in,omitzero"`
		Description string     `json:"description,omitzero"`
		Required    bool       `json:"required,omitzero"`
		Schema      *apiSchema `json:"schema,omitzero"`
	}
	apiBody struct {
		Content map[string]apiMedia `json:"content"`
	}
	apiMedia struct {
		Schema apiSchema `json:"schema"`
	}
	apiSchema struct {
		Ref         string               `json:"$ref,omitzero"`
		Type        string               `json:"type,omitzero"`
		Description string               `json:"description,omitzero"`
		Default     jsontext.Value       `json:"default,omitzero"`
		Minimum     jsontext.Value       `json:"minimum,omitzero"`
		Maximum     jsontext.Value       `json:"maximum,omitzero"`
		Enum        []jsontext.Value     `json:"enum,omitempty"`
		Pattern     string               `json:"pattern,omitzero"`
		MaxLength   int                  `json:"maxLength,omitzero"`
		Properties  map[string]apiSchema `json:"properties,omitzero"`
		Required    []string             `json:"required,omitempty"`
		Additional  *bool                `json:"additionalProperties,omitzero"`
	}
)

// collectionPath describes a collection as the document describes everything
// else: a path with typed parameters.
func collectionPath(d *collections.Definition, responses jsontext.Value) (jsontext.Value, error) {
	summary := d.Description
	if summary == "" {
		summary = "Run " + d.Name
	}
	preferences := []apiParameter{
		{Ref: "#/components/parameters/Prefer"}, {Ref: "#/components/parameters/IdempotencyKey"},
	}
	get := apiOperation{
		Tags: []string{"Collections"}, ID: "run-" + d.Name, Summary: summary, Parameters: preferences, Responses: responses,
	}
	post := get
	post.ID, post.Summary = "post-"+d.Name, summary+" (parameters as JSON)"
	post.Body = &apiBody{Content: map[string]apiMedia{formJSON: {Schema: runSchema(d)}}}
	get.Parameters = append(queryParameters(d), preferences...)
	return json.Marshal(apiPath{Get: get, Post: post}, json.Deterministic(true))
}

// queryParameters are the collection's parameters in the order of their names.
func queryParameters(d *collections.Definition) []apiParameter {
	list := make([]apiParameter, 0, len(d.Params)+2)
	for _, name := range slices.Sorted(maps.Keys(d.Params)) {
		p := d.Params[name]
		schema := paramSchema(p)
		schema.Description = ""
		list = append(list, apiParameter{
			Name: name, In: "query", Description: p.Description, Required: p.Checker.Required(), Schema: &schema,
		})
	}
	return list
}

// runSchema is the body of a POST: {"params": {…}, "callback": {…}}.
func runSchema(d *collections.Definition) apiSchema {
	closed := false
	params := apiSchema{Type: "object", Properties: make(map[string]apiSchema, len(d.Params)), Additional: &closed}
	whole := apiSchema{Type: "object", Additional: &closed}
	for _, name := range slices.Sorted(maps.Keys(d.Params)) {
		params.Properties[name] = paramSchema(d.Params[name])
		if d.Params[name].Checker.Required() {
			params.Required = append(params.Required, name)
			whole.Required = []string{"params"}
		}
	}
	whole.Properties = map[string]apiSchema{"params": params, "callback": {Ref: "#/components/schemas/Callback"}}
	return whole
}

func paramSchema(p collections.Param) apiSchema {
	schema := apiSchema{
		Type: p.Type, Description: p.Description, Default: p.Checker.Default(),
		Minimum: p.Min, Maximum: p.Max, Enum: p.Enum, MaxLength: p.MaxLength,
	}
	if p.Pattern != "" {
		schema.Pattern = "^(?:" + p.Pattern + ")$" // ours match the whole value, JSON Schema's a part
	}
	return schema
}
