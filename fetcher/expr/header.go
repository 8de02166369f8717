package expr

import (
	"context"
	"strings"
)

// Header is a template of a header field's value.
type Header struct{ pieces []piece }

// CompileHeader compiles a field value. Its errors match ErrInvalid.
func CompileHeader(src string) (*Header, error) {
	pieces, err := split(src)
	if err != nil {
		return nil, err
	}
	for _, p := range pieces {
		if hasControl(p.text) {
			return nil, invalid("a header's value has a control character")
		}
	}
	return &Header{pieces}, nil
}

// Refs returns what the value depends on.
func (h *Header) Refs() []Ref { return refs(h.pieces) }

// Expand puts the values in. A control character in one of them is an error: CR and LF would begin another field.
// Errors match ErrExpression, or are the context's.
func (h *Header) Expand(ctx context.Context, scope *Scope) (string, error) {
	var b strings.Builder
	for _, p := range h.pieces {
		if p.ref == nil {
			b.WriteString(p.text)
			continue
		}
		value, err := p.ref.text(ctx, scope)
		if err != nil {
			return "", err
		}
		if hasControl(value) {
			return "", p.ref.failed("gives a control character, which no header can have")
		}
		b.WriteString(value)
	}
	return b.String(), nil
}

// hasControl reports bytes that are not allowed in a field value (RFC 9110 section 5.5).
func hasControl(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}
