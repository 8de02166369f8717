package fetcher

import (
	"net/http"
	"net/url"
	"strings"
)

// nextLink is the target of the rel=next link (RFC 8288 section 3) of a response
// from here, or nil. A malformed link hides no other.
func nextLink(here *url.URL, h http.Header) *url.URL {
	for _, value := range h["Link"] {
		for value != "" {
			_, rest, found := strings.Cut(value, "<")
			if !found {
				break
			}
			target, params, found := strings.Cut(rest, ">")
			if !found {
				break
			}
			var next bool
			next, value = relNext(params)
			if !next {
				continue
			}
			if u, err := here.Parse(strings.TrimSpace(target)); err == nil {
				return u
			}
		}
	}
	return nil
}

// relNext reads the parameters of one link and reports whether its rel holds
// next; rest begins after the comma that ends the link.
func relNext(params string) (next bool, rest string) {
	for {
		params = strings.TrimLeft(params, " \t;")
		if params == "" {
			return next, ""
		}
		if params[0] == ',' {
			return next, params[1:]
		}
		var name, value string
		name, value, params = parameter(params)
		if !strings.EqualFold(name, "rel") {
			continue
		}
		for _, relation := range strings.Fields(value) {
			next = next || strings.EqualFold(relation, "next")
		}
	}
}

// parameter splits one name=value off, the value a token or a quoted string.
func parameter(s string) (name, value, rest string) {
	end := strings.IndexAny(s, "=;,")
	if end < 0 {
		return strings.TrimSpace(s), "", ""
	}
	name = strings.TrimSpace(s[:end])
	if s[end] != '=' {
		return name, "", s[end:]
	}
	s = strings.TrimLeft(s[end+1:], " \t")
	if !strings.HasPrefix(s, `"`) {
		end = strings.IndexAny(s, ";,")
		if end < 0 {
			end = len(s)
		}
		return name, strings.TrimSpace(s[:end]), s[end:]
	}
	var quoted strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return name, quoted.String(), s[i+1:]
		case '\\':
			if i++; i < len(s) {
				quoted.WriteByte(s[i])
			}
		default:
			quoted.WriteByte(s[i])
		}
	}
	return name, quoted.String(), ""
}
