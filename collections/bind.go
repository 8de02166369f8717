package collections

import (
	"bytes"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gather/fetcher"
)

// BindQuery reads parameters as a query string has them: text, which the
// parameters' types give a meaning. All faults are reported at once, as
// [fetcher.Faults].
func (d *Definition) BindQuery(query url.Values) (jsontext.Value, error) {
	given := make(map[string]jsontext.Value, len(query))
	var faults fetcher.Faults
	for name, values := range query {
		param, known := d.Params[name]
		switch {
		case !known:
			faults = append(faults, unknown(name))
		case len(values) > 1:
			faults = append(faults, fault(name, "may stand here once"))
		default:
			given[name] = param.ofText(values[0])
		}
	}
	return d.bind(given, faults)
}

// BindJSON reads parameters as a JSON object, or none from an empty value.
func (d *Definition) BindJSON(object jsontext.Value) (jsontext.Value, error) {
	given := make(map[string]jsontext.Value)
	if len(object) > 0 {
		if object.Kind() != '{' || json.Unmarshal(object, &given) != nil {
			return nil, fetcher.Faults{{Pointer: "#/params", Detail: "must be an object of parameters"}}
		}
	}
	var faults fetcher.Faults
	for name := range given {
		if _, known := d.Params[name]; !known {
			faults = append(faults, unknown(name))
			delete(given, name)
		}
	}
	return d.bind(given, faults)
}

// bind judges what was given, fills in defaults and writes the object that
// {{params}} stands for.
func (d *Definition) bind(given map[string]jsontext.Value, faults fetcher.Faults) (jsontext.Value, error) {
	for name, param := range d.Params {
		value, ok := given[name]
		switch {
		case !ok && param.Default == nil:
			faults = append(faults, fault(name, "is required"))
		case !ok:
			given[name] = param.Default
		default:
			if detail := param.judge(value); detail != "" {
				faults = append(faults, fault(name, detail))
			}
		}
	}
	if len(faults) > 0 {
		slices.SortFunc(faults, func(a, b fetcher.Fault) int { return strings.Compare(a.Pointer, b.Pointer) })
		return nil, faults
	}
	return json.Marshal(given, json.Deterministic(true))
}

func fault(name, detail string) fetcher.Fault {
	return fetcher.Fault{Pointer: "#/params/" + fetcher.PointerToken(name), Detail: detail}
}

func unknown(name string) fetcher.Fault {
	return fault(name, "the collection has no parameter of this name")
}

// ofText is the JSON that a parameter's text stands for. What its type cannot
// read stays a string, which judge then refuses.
func (p Param) ofText(text string) jsontext.Value {
	if p.Type != "string" {
		if value := jsontext.Value(text); value.IsValid() && value.Kind() != '"' {
			return value
		}
	}
	quoted, _ := jsontext.AppendQuote(nil, text)
	return quoted
}

// judge says what is wrong with a value, or "".
func (p Param) judge(value jsontext.Value) string {
	detail := ""
	switch p.Type {
	case "string":
		detail = p.judgeString(value)
	case "integer", "number":
		detail = p.judgeNumber(value)
	case "boolean":
		if kind := value.Kind(); kind != 't' && kind != 'f' {
			detail = "must be true or false"
		}
	}
	if detail == "" && len(p.Enum) > 0 && !slices.ContainsFunc(p.Enum, func(one jsontext.Value) bool { return same(one, value) }) {
		detail = "must be one of " + joined(p.Enum)
	}
	return detail
}

func (p Param) judgeString(value jsontext.Value) string {
	if value.Kind() != '"' {
		return "must be a string"
	}
	text, err := jsontext.AppendUnquote(nil, value)
	switch {
	case err != nil:
		return "must be a string"
	case p.MaxLength > 0 && utf8.RuneCount(text) > p.MaxLength:
		return fmt.Sprintf("must be at most %d characters long", p.MaxLength)
	case p.Pattern != nil && !matchesWhole(p, text):
		return "must match " + p.Pattern.String()
	default:
		return ""
	}
}

func matchesWhole(p Param, text []byte) bool {
	for _, at := range p.Pattern.FindAllIndex(text, -1) {
		if at[0] == 0 && at[1] == len(text) {
			return true
		}
	}
	return false
}

func (p Param) judgeNumber(value jsontext.Value) string {
	number, err := strconv.ParseFloat(string(value), 64)
	switch {
	case value.Kind() != '0', err != nil:
		return "must be " + map[bool]string{true: "a whole number", false: "a number"}[p.Type == "integer"]
	case p.Type == "integer" && (number != math.Trunc(number) || bytes.ContainsAny(value, ".eE")):
		return "must be a whole number"
	case p.Min != nil && number < *p.Min:
		return "must be at least " + strconv.FormatFloat(*p.Min, 'f', -1, 64)
	case p.Max != nil && number > *p.Max:
		return "must be at most " + strconv.FormatFloat(*p.Max, 'f', -1, 64)
	default:
		return ""
	}
}

// same compares two JSON scalars by what they stand for.
func same(a, b jsontext.Value) bool {
	x, y := a.Clone(), b.Clone()
	return x.Canonicalize() == nil && y.Canonicalize() == nil && bytes.Equal(x, y)
}

func joined(values []jsontext.Value) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	return strings.Join(texts, ", ")
}
