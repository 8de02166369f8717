package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// rules are what a field's tags say about it.
type rules struct {
	name     string
	inline   bool
	secret   bool     // never echoed
	zeroOK   bool     // a zero Duration or Size means something
	enum     []string // the only strings allowed
	min, max *float64
}

// rulesOf reads the tags of a field. ok is false for a field that is no key.
func rulesOf(f reflect.StructField) (r rules, ok bool) {
	name, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	r = rules{name: name, inline: opts == "inline", secret: f.Tag.Get("secret") == "true", zeroOK: f.Tag.Get("zero") == "ok"}
	for _, part := range strings.Split(f.Tag.Get("jsonschema"), ",") {
		switch key, value, _ := strings.Cut(part, "="); key {
		case "enum":
			r.enum = append(r.enum, value)
		case "minimum":
			r.min = bound(value)
		case "maximum":
			r.max = bound(value)
		}
	}
	return r, name != "-" && (name != "" || r.inline)
}

func bound(text string) *float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil
	}
	return &v
}

// field is one key of a struct, inlined structs' keys included.
type field struct {
	rules
	index []int
}

// fieldsOf lists the keys of a struct type in the order of its source.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		r, ok := rulesOf(f)
		if !ok {
			continue
		}
		if r.inline {
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				out = append(out, inner)
			}
			continue
		}
		out = append(out, field{rules: r, index: []int{i}})
	}
	return out
}

func fieldNames(fields []field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

// check judges a decoded scalar by the rules, and says what is wrong.
func (r rules) check(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		if r.enum != nil && !slices.Contains(r.enum, v.String()) {
			return "is not one of " + r.choices()
		}
	case reflect.Int, reflect.Int64, reflect.Float64:
		if isQuantity(v.Type()) {
			if v.Int() == 0 && !r.zeroOK {
				return "must be more than zero"
			}
			return ""
		}
		n := number(v)
		if r.min != nil && n < *r.min {
			return "must be at least " + formatNumber(*r.min)
		}
		if r.max != nil && n > *r.max {
			return "must be at most " + formatNumber(*r.max)
		}
	}
	return ""
}

func (r rules) choices() string {
	return strings.Join(slices.DeleteFunc(slices.Clone(r.enum), func(s string) bool { return s == "" }), ", ")
}

func isQuantity(t reflect.Type) bool {
	return t == reflect.TypeFor[Duration]() || t == reflect.TypeFor[Size]()
}

func number(v reflect.Value) float64 {
	if v.CanInt() {
		return float64(v.Int())
	}
	return v.Float()
}

func formatNumber(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
