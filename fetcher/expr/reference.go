package expr

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// Ref is what a template depends on.
type Ref struct {
	Root string // an item's id, or params, hook or each
}

// Scope finds the value a root stands for: for params, hook and each the value itself, for an item an object of its
// "status", its "headers" with names in lower case, and its "body". A json.RawMessage in it is read as the JSON it
// holds, and only as far as the reference needs.
type Scope struct {
	Lookup func(root string) (any, bool)
}

// reference is a root and what is computed from it: user.body.id, or params.user | tostring.
type reference struct {
	root  string
	part  string // status, headers or body of an item
	query *Query
	src   string // for errors: root and part
}

// parseReference reads the text between the braces.
func parseReference(src string) (*reference, error) {
	if len(src) > MaxSource {
		return nil, invalid("the reference is too long")
	}
	src = strings.TrimSpace(src)
	end := strings.IndexFunc(src, func(c rune) bool { return !isIDChar(c) })
	if end < 0 {
		end = len(src)
	}
	r := &reference{root: src[:end], src: src[:end]}
	rest := src[end:]
	switch {
	case r.root == "":
		return nil, invalid("a reference begins with the id of a request, or with params, hook or each")
	case r.root != "params" && r.root != "hook" && r.root != "each":
		var err error
		if rest, err = r.item(rest); err != nil {
			return nil, err
		}
	}
	if rest == "." {
		return nil, invalid("the reference to " + clip(r.src) + " ends with a dot")
	}
	query, err := Compile(afterDot(rest))
	if err != nil {
		return nil, invalid("the reference to " + clip(r.src) + ": " + err.Error())
	}
	r.query = query
	return r, nil
}

func isIDChar(c rune) bool {
	return c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// item reads the part of an item and, for headers, the name of one, and returns what is jq.
func (r *reference) item(rest string) (string, error) {
	for _, part := range []string{"body", "headers", "status"} {
		after, ok := strings.CutPrefix(rest, "."+part)
		if !ok || after != "" && isIDChar(rune(after[0])) {
			continue
		}
		r.part, r.src = part, r.root+"."+part
		if part != "headers" || len(after) < 2 || after[0] != '.' || !isIDChar(rune(after[1])) {
			return after, nil
		}
		// A field name is no jq name: it may have a hyphen, and its case does not matter.
		name := after[1:]
		if end := strings.IndexFunc(name, func(c rune) bool { return !isIDChar(c) }); end >= 0 {
			name, after = name[:end], name[end:]
		} else {
			after = ""
		}
		quoted, _ := json.Marshal(strings.ToLower(name)) // a string always encodes
		return "[" + string(quoted) + "]" + after, nil
	}
	return "", invalid("the reference to " + clip(r.root) + " needs .body, .headers or .status after it")
}

// afterDot makes jq of what follows a root: .id, [0], or an operator.
func afterDot(rest string) string {
	switch {
	case rest == "":
		return "."
	case rest[0] == '.':
		return rest
	case rest[0] == '[':
		return "." + rest
	}
	return ". " + rest
}

// values gives every result.
func (r *reference) values(ctx context.Context, scope *Scope, limit int) ([]any, error) {
	v, ok := scope.Lookup(r.root)
	if !ok {
		return nil, failed("the reference to " + clip(r.src) + ": there is no such value")
	}
	if r.part != "" {
		item, _ := v.(map[string]any)
		v = item[r.part]
	}
	results, err := r.query.Values(ctx, v, limit)
	var e *Error
	if errors.As(err, &e) {
		return nil, &Error{e.kind, "the reference to " + clip(r.src) + ": " + e.text}
	}
	return results, err
}

// value gives the one result there has to be.
func (r *reference) value(ctx context.Context, scope *Scope) (any, error) {
	results, err := r.values(ctx, scope, 0)
	switch {
	case err != nil:
		return nil, err
	case len(results) == 0:
		return nil, r.failed("gives no value")
	case len(results) > 1:
		return nil, r.failed("gives more than one value")
	case results[0] == nil:
		return nil, r.failed("gives null, or is missing")
	}
	return results[0], nil
}

func (r *reference) failed(text string) error {
	return failed("the reference to " + clip(r.src) + " " + text)
}

// text gives the one result as text. Numbers keep their spelling.
func (r *reference) text(ctx context.Context, scope *Scope) (string, error) {
	v, err := r.value(ctx, scope)
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool, int, float64, *big.Int:
		return string(Append(nil, v)), nil
	}
	return "", r.failed("gives an " + gojq.TypeOf(v) + ", where only text, numbers and booleans can stand")
}

// Path is a reference that stands alone and may give any number of values, such as forEach's user.body.ids[].
type Path struct{ reference *reference }

// CompilePath compiles a root and the jq after it. Its errors match ErrInvalid and may be shown.
func CompilePath(src string) (*Path, error) {
	r, err := parseReference(src)
	if err != nil {
		return nil, err
	}
	return &Path{r}, nil
}

// Refs returns what the path depends on.
func (p *Path) Refs() []Ref { return []Ref{{p.reference.root}} }

// Values gives every value, as jq does: user.body.ids is one value, an array; user.body.ids[] is each of its elements.
// More than limit of them are an error, where limit is not 0. Errors match ErrExpression, or are the context's.
func (p *Path) Values(ctx context.Context, scope *Scope, limit int) ([]any, error) {
	return p.reference.values(ctx, scope, limit)
}

// piece is a part of a template: text, or a reference.
type piece struct {
	text string
	ref  *reference
}

// IsTemplate reports whether a string has references, or an escape of {{.
func IsTemplate(s string) bool { return strings.Contains(s, "{{") }

// split cuts a template into its pieces. {{"{{"}} stands for the text {{.
func split(src string) ([]piece, error) {
	if len(src) > MaxTemplate {
		return nil, invalid("the template is too long")
	}
	var pieces []piece
	text := ""
	for {
		open := strings.Index(src, "{{")
		if open < 0 {
			text += src
			break
		}
		text += src[:open]
		inner, rest, ok := cutReference(src[open+2:])
		if !ok {
			return nil, invalid("a reference is not closed with }}")
		}
		src = rest
		if strings.TrimSpace(inner) == `"{{"` {
			text += "{{"
			continue
		}
		ref, err := parseReference(inner)
		if err != nil {
			return nil, err
		}
		if text != "" {
			pieces = append(pieces, piece{text: text})
			text = ""
		}
		pieces = append(pieces, piece{ref: ref})
	}
	if text != "" {
		pieces = append(pieces, piece{text: text})
	}
	return pieces, nil
}

// cutReference finds the }} that closes a reference: not one inside of a string, nor one that closes objects.
func cutReference(s string) (inner, rest string, ok bool) {
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted:
			if c == '\\' {
				i++
			} else if c == '"' {
				quoted = false
			}
		case c == '"':
			quoted = true
		case c == '{':
			depth++
		case c == '}' && depth > 0:
			depth--
		case c == '}' && strings.HasPrefix(s[i:], "}}"):
			return s[:i], s[i+2:], true
		}
	}
	return "", "", false
}

// refs lists the roots of the pieces, each once.
func refs(pieces []piece) []Ref {
	var list []Ref
	for _, p := range pieces {
		if p.ref != nil && !slices.Contains(list, Ref{p.ref.root}) {
			list = append(list, Ref{p.ref.root})
		}
	}
	return list
}
