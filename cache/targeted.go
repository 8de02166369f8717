package cache

import (
	"net/http"
	"strings"
)

// controlOf returns the directives that rule the response: the first of the targeted fields
// that holds a valid and non-empty dictionary, else Cache-Control. targeted is true in the
// first case, where Expires must be ignored too (RFC 9213 §2.2).
func controlOf(h http.Header, fields []string) (c responseControl, targeted bool) {
	for _, name := range fields {
		lines := h[http.CanonicalHeaderKey(name)]
		if len(lines) == 0 {
			continue
		}
		if c, ok := parseDictionary(strings.Join(lines, ",")); ok {
			return c, true
		}
	}
	return parseResponseControl(h["Cache-Control"]), false
}

// parseDictionary reads a targeted field as a Dictionary Structured Field (RFC 8941 §3.2),
// strictly: where it does not parse, or a known directive has a value of the wrong type, the
// field is to be ignored as a whole (RFC 9213 §2.1). ok is false then, and when it is empty.
func parseDictionary(s string) (c responseControl, ok bool) {
	s = strings.Trim(s, " ")
	for s != "" {
		var d directive
		if d, s, ok = dictionaryMember(s); !ok {
			return responseControl{}, false
		}
		c.read(d)
		s = strings.TrimLeft(s, " \t")
		if s == "" {
			return c, true
		}
		if s[0] != ',' {
			return responseControl{}, false
		}
		s = strings.TrimLeft(s[1:], " \t")
		if s == "" { // a trailing comma
			return responseControl{}, false
		}
	}
	return c, false
}

// dictionaryMember reads one key with its item and parameters.
func dictionaryMember(s string) (d directive, rest string, ok bool) {
	n := keyLength(s)
	if n == 0 {
		return d, s, false
	}
	d.name, rest = s[:n], s[n:]
	number := false
	if strings.HasPrefix(rest, "=") {
		d.hasValue = true
		if d.value, rest, number, ok = bareItem(rest[1:]); !ok {
			return d, rest, false
		}
		// no-cache=?0 is how a Boolean directive is denied.
		if d.value == "?0" {
			d.name = "-"
		}
	}
	switch d.name {
	case "max-age", "s-maxage", "stale-while-revalidate", "stale-if-error":
		if !number {
			return d, rest, false
		}
	}
	for strings.HasPrefix(rest, ";") {
		rest = strings.TrimLeft(rest[1:], " ")
		n := keyLength(rest)
		if n == 0 {
			return d, rest, false
		}
		rest = rest[n:]
		if strings.HasPrefix(rest, "=") {
			if _, rest, _, ok = bareItem(rest[1:]); !ok {
				return d, rest, false
			}
		}
	}
	return d, rest, true
}

// keyLength is the length of the key (RFC 8941 §3.1.2) that s begins with, or 0.
func keyLength(s string) int {
	n := 0
	for n < len(s) {
		c := s[n]
		lower := c >= 'a' && c <= 'z' || c == '*'
		if !lower && (n == 0 || (c < '0' || c > '9') && c != '_' && c != '-' && c != '.') {
			break
		}
		n++
	}
	return n
}

// bareItem reads an integer, decimal, string, token, boolean or byte sequence (RFC 8941
// §3.3). number is true for an integer that is not negative.
func bareItem(s string) (value, rest string, number, ok bool) {
	if s == "" {
		return "", s, false, false
	}
	switch c := s[0]; {
	case c == '"':
		quotes := quotesOf(s)
		value, end, ok := quotes.read(s, 0)
		return value, s[end:], false, ok
	case c == '?':
		ok := len(s) > 1 && (s[1] == '0' || s[1] == '1')
		return s[:min(2, len(s))], s[min(2, len(s)):], false, ok
	case c == ':':
		end := strings.IndexByte(s[1:], ':')
		return "", s[end+2:], false, end >= 0
	case c == '-' || c >= '0' && c <= '9':
		n := 1
		for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.') {
			n++
		}
		_, number := parseDelta(s[:n])
		return s[:n], s[n:], number, s[:n] != "-"
	case c == '*' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		n := 1
		for n < len(s) && (isTokenByte(s[n]) || s[n] == ':' || s[n] == '/') {
			n++
		}
		return s[:n], s[n:], false, true
	}
	return "", s, false, false
}
