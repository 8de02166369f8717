package expr

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// JSON is a template of a JSON body: references stand in its strings. A string that is one reference and nothing else
// becomes the value, whatever its type; in longer strings, and in names, the value's text is put in. All else is sent
// byte for byte as it was given.
//
// A body that is sent as text, such as a form, is a JSON string here. Its references are not escaped, for only the
// writer knows what the text is: {{user.body.name | @uri}}.
type JSON struct{ parts []jsonPart }

type jsonPart struct {
	raw    []byte  // JSON as it was given
	pieces []piece // a string with references
	name   bool    // of a member
}

// CompileJSON compiles a body. Its errors match ErrInvalid.
func CompileJSON(raw []byte) (*JSON, error) {
	if !json.Valid(raw) {
		return nil, invalid("the body is not JSON")
	}
	raw = bytes.Clone(raw)
	j := &JSON{}
	from := 0
	for pos := 0; pos < len(raw); {
		if raw[pos] != '"' {
			pos++
			continue
		}
		end, _, err := scanString(raw, pos)
		if err != nil {
			return nil, invalid("the body is not JSON")
		}
		part, err := compileString(raw, pos, end)
		if err != nil {
			return nil, err
		}
		if part != nil {
			j.parts = append(j.parts, jsonPart{raw: raw[from:pos]}, *part)
			from = end
		}
		pos = end
	}
	j.parts = append(j.parts, jsonPart{raw: raw[from:]})
	return j, nil
}

// compileString compiles the string from pos to end; nil if it is no template.
func compileString(raw []byte, pos, end int) (*jsonPart, error) {
	text, err := unescape(string(raw[pos+1 : end-1]))
	if err != nil {
		return nil, invalid("the body is not JSON")
	}
	if !IsTemplate(text) {
		return nil, nil
	}
	pieces, err := split(text)
	if err != nil {
		return nil, err
	}
	rest := bytes.TrimLeft(raw[end:], " \t\r\n")
	return &jsonPart{pieces: pieces, name: len(rest) > 0 && rest[0] == ':'}, nil
}

// Refs returns what the body depends on.
func (j *JSON) Refs() []Ref {
	var all []piece
	for _, p := range j.parts {
		all = slices.Concat(all, p.pieces)
	}
	return refs(all)
}

// Expand puts the values in. Null is an error here too; {{user.body.name // "nobody"}} gives another value for it.
// Errors match ErrExpression, or are the context's.
func (j *JSON) Expand(ctx context.Context, scope *Scope) ([]byte, error) {
	var out []byte
	for _, p := range j.parts {
		out = append(out, p.raw...)
		if p.pieces == nil {
			continue
		}
		v, err := p.value(ctx, scope)
		if err != nil {
			return nil, err
		}
		if err := encodable(v); err != nil {
			return nil, err
		}
		if out = Append(out, v); len(out) > MaxResult {
			return nil, failed(textResult)
		}
	}
	return out, nil
}

func (p *jsonPart) value(ctx context.Context, scope *Scope) (any, error) {
	if len(p.pieces) == 1 && p.pieces[0].ref != nil && !p.name {
		return p.pieces[0].ref.value(ctx, scope)
	}
	var b strings.Builder
	for _, piece := range p.pieces {
		if piece.ref == nil {
			b.WriteString(piece.text)
			continue
		}
		text, err := piece.ref.text(ctx, scope)
		if err != nil {
			return nil, err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}
