package config

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Show writes the effective configuration as YAML, each value with its origin
// as a comment. Values that may be secret are masked; secrets taken from the
// environment show the variable's name alone. Where nothing is masked, Load
// reads the output back as the same configuration.
func (c *Config) Show(w io.Writer, origins *Origins) error {
	p := printer{origins: origins}
	p.structure(reflect.ValueOf(c).Elem(), "", "")
	_, err := w.Write(p.out.Bytes())
	return err
}

type printer struct {
	origins *Origins
	out     bytes.Buffer
}

// structure prints the keys of a struct.
func (p *printer) structure(v reflect.Value, path, indent string) {
	for _, f := range fieldsOf(v.Type()) {
		p.key(v.FieldByIndex(f.index), f.name, join(path, f.name), indent, f.rules)
	}
}

func (p *printer) key(v reflect.Value, name, path, indent string, r rules) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	raw := v.Type() == reflect.TypeFor[Raw]()
	switch {
	case raw && v.Len() == 0, isQuantity(v.Type()) && v.IsZero() && !r.zeroOK: // left out
	case raw:
		p.line(indent+name+": "+rawText(v.Bytes(), r), path)
	case v.Kind() == reflect.Struct:
		fmt.Fprintf(&p.out, "%s%s:\n", indent, name)
		p.structure(v, path, indent+"  ")
	case v.Kind() == reflect.Map && v.Len() > 0:
		fmt.Fprintf(&p.out, "%s%s:\n", indent, name)
		p.mapping(v, path, indent+"  ", r)
	case v.Kind() == reflect.Map:
		p.line(indent+name+": {}", path)
	case v.Kind() == reflect.Slice && v.Len() > 0 && v.Type().Elem().Kind() == reflect.Struct:
		fmt.Fprintf(&p.out, "%s%s:\n", indent, name)
		p.list(v, path, indent+"  ")
	case v.Kind() == reflect.Slice:
		p.line(indent+name+": "+flow(v, r), path)
	default:
		p.line(indent+name+": "+scalarText(v, r), path)
	}
}

// list prints structs, each starting with a dash in place of an indent.
func (p *printer) list(v reflect.Value, path, indent string) {
	for i := range v.Len() {
		start := p.out.Len()
		p.structure(v.Index(i), fmt.Sprintf("%s[%d]", path, i), indent+"  ")
		p.out.Bytes()[start+len(indent)] = '-'
	}
}

func (p *printer) mapping(v reflect.Value, path, indent string, r rules) {
	byName := map[string]reflect.Value{}
	for it := v.MapRange(); it.Next(); {
		byName[it.Key().String()] = it.Value()
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		p.key(byName[name], yamlString(name), join(path, printable(name)), indent, r)
	}
}

// line ends a value's line with its origin. What is not set itself is a
// default, even inside an element that is.
func (p *printer) line(text, path string) {
	at, ok := p.origins.exact(path)
	if !ok {
		at = Origin{}
	}
	fmt.Fprintf(&p.out, "%s  # %s\n", text, at)
}

func flow(v reflect.Value, r rules) string {
	parts := make([]string, v.Len())
	for i := range parts {
		if raw, ok := v.Index(i).Interface().(Raw); ok {
			parts[i] = rawText(raw, r)
			continue
		}
		parts[i] = scalarText(v.Index(i), r)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func rawText(raw []byte, r rules) string {
	if r.secret {
		return yamlString(masked)
	}
	return string(raw)
}

func scalarText(v reflect.Value, r rules) string {
	if t, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := t.MarshalText()
		if err != nil {
			return yamlString(masked)
		}
		return yamlString(string(text))
	}
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Float64:
		return formatNumber(v.Float())
	}
	if r.secret {
		return yamlString(mask(v.String()))
	}
	return yamlString(v.String())
}

// mask hides what may be secret, and keeps what tells one place from another:
// of a URL its scheme and host, and the file of an embedded database.
func mask(s string) string {
	if s == "" || strings.HasPrefix(s, "sqlite:") {
		return s
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme == "" {
		return masked
	}
	shown := u.Scheme + "://" + u.Host
	if shown != s {
		shown += "/" + masked
	}
	return shown
}

var plainPattern = regexp.MustCompile(`^[A-Za-z0-9/][A-Za-z0-9_./:@+-]*$`)

// yamlString quotes s unless YAML reads it back as that very string.
func yamlString(s string) string {
	lower := strings.ToLower(s)
	word := slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, lower)
	if plainPattern.MatchString(s) && !word && !strings.HasSuffix(s, ":") && !jsonNumber.MatchString(s) && !oddNumber.MatchString(s) {
		return s
	}
	quoted, err := json.Marshal(s)
	if err != nil { // a string always marshals
		return `""`
	}
	return string(quoted)
}
