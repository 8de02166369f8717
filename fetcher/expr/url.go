package expr

import (
	"context"
	"net/url"
	"strings"
)

// URL is a template of a URL. A reference may be the whole URL, which is then taken as it is and has to pass the guard
// like any other; or it may stand in the path or the query, percent-encoded so that it stays one segment, one name or
// one value. It may not build the scheme, the host or the port, and the fragment is never sent.
type URL struct{ pieces []piece }

// CompileURL compiles an absolute URL, or a path that begins with one slash. Its errors match ErrInvalid.
func CompileURL(src string) (*URL, error) {
	pieces, err := split(src)
	if err != nil {
		return nil, err
	}
	u := &URL{pieces}
	if len(pieces) == 1 || len(pieces) == 0 {
		return u, nil
	}
	if !beginsPath(pieces[0].text) {
		return nil, invalid("a reference must be the whole URL, or stand after the host")
	}
	for _, p := range pieces {
		if strings.Contains(p.text, "#") {
			return nil, invalid("a URL with references has no fragment")
		}
	}
	return u, nil
}

// beginsPath reports whether the text in front of the first reference goes past the host.
func beginsPath(text string) bool {
	if strings.HasPrefix(text, "/") {
		return !strings.HasPrefix(text, "//") && !strings.HasPrefix(text, `/\`)
	}
	_, host, ok := strings.Cut(text, "://")
	return ok && strings.ContainsAny(host, "/?")
}

// Refs returns what the URL depends on.
func (u *URL) Refs() []Ref { return refs(u.pieces) }

// Expand puts the values in. A segment of the path that becomes empty, . or .. is an error: it would be another
// resource. Errors match ErrExpression, or are the context's.
func (u *URL) Expand(ctx context.Context, scope *Scope) (string, error) {
	var b strings.Builder
	var inPath []int // where values begin that stand in the path
	query := false
	for _, p := range u.pieces {
		if p.ref == nil {
			b.WriteString(p.text)
			query = query || strings.Contains(p.text, "?")
			continue
		}
		value, err := p.ref.text(ctx, scope)
		if err != nil {
			return "", err
		}
		switch {
		case len(u.pieces) == 1:
			if value == "" {
				return "", p.ref.failed("gives an empty URL")
			}
			return value, nil
		case !query:
			inPath = append(inPath, b.Len())
		}
		escape(&b, value)
	}
	out := b.String()
	for _, at := range inPath {
		if !stays(out, at) {
			return "", failed("a reference makes a segment of the path empty, . or ..")
		}
	}
	return out, nil
}

// stays reports whether the segment around a position names something.
func stays(out string, at int) bool {
	from := strings.LastIndexByte(out[:at], '/') + 1
	segment := out[from:]
	if end := strings.IndexAny(segment, "/?"); end >= 0 {
		segment = segment[:end]
	}
	plain, err := url.PathUnescape(segment)
	return err != nil || plain != "" && plain != "." && plain != ".."
}

// escape percent-encodes everything but the unreserved characters of RFC 3986 section 2.3.
func escape(b *strings.Builder, s string) {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9', 'a' <= c|0x20 && c|0x20 <= 'z', c == '-', c == '.', c == '_', c == '~':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
}
