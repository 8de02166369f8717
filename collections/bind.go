package collections

import (
	"net/url"
	"slices"
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
	b := newBinding(d)
	for name, values := range query {
		param, known := d.Params[name]
		switch {
		case !known:
			b.unknown(name)
		case len(values) > 1:
			b.fault(name, "may stand here once")
		case !utf8.ValidString(values[0]):
			b.fault(name, "is not UTF-8")
		default:
			value, err := param.Checker.Text(values[0])
			b.take(name, value, err)
		}
	}
	return b.finish()
}

// BindJSON reads parameters as a JSON object, or none from an empty value.
func (d *Definition) BindJSON(object jsontext.Value) (jsontext.Value, error) {
	var given map[string]jsontext.Value
	if len(object) > 0 && (object.Kind() != '{' || json.Unmarshal(object, &given) != nil) {
		return nil, fetcher.Faults{{Pointer: "#/params", Detail: "must be an object of parameters"}}
	}
	b := newBinding(d)
	for name, value := range given {
		if param, known := d.Params[name]; known {
			b.take(name, value, param.Checker.Value(value))
		} else {
			b.unknown(name)
		}
	}
	return b.finish()
}

// binding collects the values of one run's parameters, and what is wrong with them.
type binding struct {
	definition *Definition
	values     map[string]jsontext.Value
	faults     fetcher.Faults
}

func newBinding(d *Definition) *binding {
	return &binding{definition: d, values: make(map[string]jsontext.Value, len(d.Params))}
}

func (b *binding) take(name string, value jsontext.Value, err error) {
	if err != nil {
		b.fault(name, err.Error())
	}
	b.values[name] = value
}

func (b *binding) unknown(name string) {
	b.fault(name, "the collection has no parameter of this name")
}

func (b *binding) fault(name, detail string) {
	b.faults = append(b.faults, fetcher.Fault{Pointer: "#/params/" + fetcher.PointerToken(name), Detail: detail})
	b.values[name] = nil
}

// finish fills in defaults and writes the object that {{params}} stands for.
func (b *binding) finish() (jsontext.Value, error) {
	for name, param := range b.definition.Params {
		if _, given := b.values[name]; given {
			continue
		}
		if param.Checker.Required() {
			b.fault(name, "is required")
			continue
		}
		b.values[name] = param.Checker.Default()
	}
	if len(b.faults) > 0 {
		slices.SortFunc(b.faults, func(x, y fetcher.Fault) int { return strings.Compare(x.Pointer, y.Pointer) })
		return nil, b.faults
	}
	return json.Marshal(b.values, json.Deterministic(true))
}
