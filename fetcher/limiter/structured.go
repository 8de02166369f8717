package limiter

import (
	"strconv"
	"strings"
)

// item is a member of a structured List of Strings or Tokens, with those of its parameters that are non-negative Integers.
type item struct {
	name   string
	params map[string]int64
}

// parseItems reads a structured List (RFC 9651, section 4.2.1) whose members are Strings or Tokens. As there, one fault anywhere
// makes the whole field void; an inner list or a member of another type is a fault here. Values of other types are read over.
func parseItems(field string) ([]item, bool) {
	p := parser{rest: strings.Trim(field, " ")}
	var items []item
	for p.rest != "" {
		it, ok := p.item()
		if !ok {
			return nil, false
		}
		items = append(items, it)
		p.rest = strings.TrimLeft(p.rest, " \t")
		if p.rest == "" {
			return items, true
		}
		if !p.eat(',') {
			return nil, false
		}
		p.rest = strings.TrimLeft(p.rest, " \t")
		if p.rest == "" {
			return nil, false // a comma at the end
		}
	}
	return items, true
}

// parser is a cursor over a structured field; each method takes what it names off the front.
type parser struct{ rest string }

func (p *parser) eat(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// span takes the longest front of bytes in the set.
func (p *parser) span(in func(byte) bool) string {
	i := 0
	for i < len(p.rest) && in(p.rest[i]) {
		i++
	}
	s := p.rest[:i]
	p.rest = p.rest[i:]
	return s
}

func (p *parser) item() (item, bool) {
	if p.rest == "" || p.rest[0] != '"' && !tokenStart(p.rest[0]) {
		return item{}, false
	}
	name, _, ok := p.bare()
	if !ok {
		return item{}, false
	}
	it := item{name: name, params: make(map[string]int64, 2)}
	for p.eat(';') {
		p.rest = strings.TrimLeft(p.rest, " ")
		if p.rest == "" || !lower(p.rest[0]) && p.rest[0] != '*' {
			return item{}, false
		}
		key := p.span(keyByte)
		delete(it.params, key) // the last of several counts
		if !p.eat('=') {
			continue // true
		}
		_, n, ok := p.bare()
		if !ok {
			return item{}, false
		}
		if n >= 0 {
			it.params[key] = n
		}
	}
	return it, true
}

// bare takes a bare item: the text of a String or Token, or the value of a non-negative Integer, which is -1 for all other types.
func (p *parser) bare() (text string, n int64, ok bool) {
	if p.rest == "" {
		return "", -1, false
	}
	switch c := p.rest[0]; {
	case c == '"':
		text, ok = p.str()
	case tokenStart(c):
		text, ok = p.span(tokenByte), true
	case c == '-' || digit(c):
		n, ok = p.num()
		return "", n, ok
	case c == ':':
		p.rest = p.rest[1:]
		p.span(base64Byte)
		ok = p.eat(':')
	case c == '?':
		p.rest = p.rest[1:]
		ok = p.eat('0') || p.eat('1')
	case c == '@':
		p.rest = p.rest[1:]
		n, ok = p.num()
		ok = ok && n != decimal
	case c == '%':
		p.rest = p.rest[1:]
		_, ok = p.str()
	}
	return text, -1, ok
}

func (p *parser) str() (string, bool) {
	if !p.eat('"') {
		return "", false
	}
	var b strings.Builder
	for p.rest != "" {
		c := p.rest[0]
		p.rest = p.rest[1:]
		switch {
		case c == '"':
			return b.String(), true
		case c < ' ' || c > '~':
			return "", false
		case c == '\\':
			if p.rest == "" || p.rest[0] != '"' && p.rest[0] != '\\' {
				return "", false
			}
			c = p.rest[0]
			p.rest = p.rest[1:]
		}
		b.WriteByte(c)
	}
	return "", false
}

// decimal is what num yields for a number that is no Integer.
const decimal = -2

// num takes an Integer of at most 15 digits, -1 if negative, or a Decimal of at most 12 digits, a point and 3 (sections 4.2.4).
func (p *parser) num() (int64, bool) {
	negative := p.eat('-')
	whole := p.span(digit)
	if whole == "" {
		return 0, false
	}
	if p.eat('.') {
		fraction := p.span(digit)
		return decimal, len(whole) <= 12 && len(fraction) >= 1 && len(fraction) <= 3
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if negative {
		n = -1
	}
	return n, err == nil && len(whole) <= 15
}

func digit(c byte) bool      { return '0' <= c && c <= '9' }
func lower(c byte) bool      { return 'a' <= c && c <= 'z' }
func alpha(c byte) bool      { return lower(c | 0x20) }
func tokenStart(c byte) bool { return alpha(c) || c == '*' }
func tokenByte(c byte) bool {
	return alpha(c) || digit(c) || strings.IndexByte("!#$%&'*+-.^_`|~:/", c) >= 0
}
func keyByte(c byte) bool    { return lower(c) || digit(c) || strings.IndexByte("_-.*", c) >= 0 }
func base64Byte(c byte) bool { return alpha(c) || digit(c) || c == '+' || c == '/' || c == '=' }
