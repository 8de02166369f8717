package expr

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var (
	errTooLarge = errors.New("too large")
	errTooDeep  = errors.New("too deep")
	errNotJSON  = errors.New("not JSON")
	errDigits   = errors.New("too many digits")
)

// decoder turns JSON into gojq's values. It is ours, because encoding/json takes six times the memory, has no limit, and
// gives every number as text or as a float. Here an integer that fits and is spelled the only way is an int; every
// other number stays json.Number, which gojq carries unchanged until it is computed with: 1e400, 1.0 and
// 9007199254740993 come out as they went in. Strings without escapes share the text's memory.
type decoder struct {
	text  string
	pos   int
	used  int // bytes taken, as counted
	limit int
}

// decode reads one value and nothing after it.
func (d *decoder) decode() (any, error) {
	v, err := d.value(0)
	if err != nil {
		return nil, err
	}
	if d.space(); d.pos != len(d.text) {
		return nil, errNotJSON
	}
	return v, nil
}

func (d *decoder) take(n int) error {
	if d.used += n; d.used > d.limit {
		return errTooLarge
	}
	return nil
}

func (d *decoder) space() {
	for d.pos < len(d.text) {
		switch d.text[d.pos] {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return
		}
	}
}

// next skips space and returns the byte there, 0 at the end.
func (d *decoder) next() byte {
	d.space()
	if d.pos == len(d.text) {
		return 0
	}
	return d.text[d.pos]
}

func (d *decoder) value(depth int) (any, error) {
	if depth > MaxDepth {
		return nil, errTooDeep
	}
	switch c := d.next(); c {
	case '{':
		return d.object(depth)
	case '[':
		return d.array(depth)
	case '"':
		s, err := d.string()
		if err != nil {
			return nil, err
		}
		return s, d.take(costString)
	case 't':
		return true, d.word("true")
	case 'f':
		return false, d.word("false")
	case 'n':
		return nil, d.word("null")
	default:
		return d.number()
	}
}

func (d *decoder) word(w string) error {
	if !strings.HasPrefix(d.text[d.pos:], w) {
		return errNotJSON
	}
	d.pos += len(w)
	return nil
}

func (d *decoder) array(depth int) (any, error) {
	d.pos++
	list := []any{}
	if d.next() == ']' {
		d.pos++
		return list, d.take(costString)
	}
	for {
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if err := d.take(costElement); err != nil {
			return nil, err
		}
		list = append(list, v)
		c := d.next()
		d.pos++
		switch c {
		case ',':
		case ']':
			return list, nil
		default:
			return nil, errNotJSON
		}
	}
}

func (d *decoder) object(depth int) (any, error) {
	d.pos++
	if err := d.take(costObject); err != nil {
		return nil, err
	}
	members := map[string]any{}
	if d.next() == '}' {
		d.pos++
		return members, nil
	}
	for {
		if d.next() != '"' {
			return nil, errNotJSON
		}
		key, err := d.string()
		if err != nil {
			return nil, err
		}
		if d.next() != ':' {
			return nil, errNotJSON
		}
		d.pos++
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if err := d.take(costOf(len(members))); err != nil {
			return nil, err
		}
		members[key] = v
		c := d.next()
		d.pos++
		switch c {
		case ',':
		case '}':
			return members, nil
		default:
			return nil, errNotJSON
		}
	}
}

// costOf is what a map grows by when it has so many members and gets one more.
func costOf(members int) int {
	switch {
	case members == 0:
		return costGroup
	case members < 8:
		return 0
	}
	return costMember
}

// string reads the string that begins here.
func (d *decoder) string() (string, error) {
	end, escaped, err := scanString(d.text, d.pos)
	if err != nil {
		return "", err
	}
	raw := d.text[d.pos+1 : end-1]
	d.pos = end
	if !escaped {
		return raw, nil
	}
	if err := d.take(len(raw)); err != nil {
		return "", err
	}
	return unescape(raw)
}

// scanString returns the position after the string that begins at pos, and whether it has escapes.
func scanString[T string | []byte](text T, pos int) (end int, escaped bool, err error) {
	for i := pos + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return i + 1, escaped, nil
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			return 0, false, errNotJSON
		}
	}
	return 0, false, errNotJSON
}

func unescape(raw string) (string, error) {
	var b strings.Builder
	b.Grow(len(raw))
	for {
		i := strings.IndexByte(raw, '\\')
		if i < 0 {
			b.WriteString(raw)
			return b.String(), nil
		}
		b.WriteString(raw[:i])
		if i+1 == len(raw) {
			return "", errNotJSON
		}
		c := raw[i+1]
		raw = raw[i+2:]
		if c == 'u' {
			r, rest, err := codePoint(raw)
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
			raw = rest
			continue
		}
		at := strings.IndexByte(`"\/bfnrt`, c)
		if at < 0 {
			return "", errNotJSON
		}
		b.WriteByte("\"\\/\b\f\n\r\t"[at])
	}
}

// codePoint reads the digits after \u, and the second half of a surrogate pair. Half a pair is U+FFFD.
func codePoint(raw string) (rune, string, error) {
	r, err := hex4(raw)
	if err != nil {
		return 0, "", err
	}
	raw = raw[4:]
	if !utf16.IsSurrogate(r) {
		return r, raw, nil
	}
	if strings.HasPrefix(raw, `\u`) {
		low, err := hex4(raw[2:])
		if err != nil {
			return 0, "", err
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, raw[6:], nil
		}
	}
	return utf8.RuneError, raw, nil
}

func hex4(s string) (rune, error) {
	if len(s) < 4 {
		return 0, errNotJSON
	}
	var r rune
	for i := range 4 {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, errNotJSON
		}
	}
	return r, nil
}

// number reads by the grammar of RFC 8259 section 6.
func (d *decoder) number() (any, error) {
	start := d.pos
	end, integer := scanNumber(d.text, start)
	if end == start {
		return nil, errNotJSON
	}
	text := d.text[start:end]
	d.pos = end
	if integer && len(text) < 20 && text != "-0" {
		if n, err := strconv.Atoi(text); err == nil {
			return n, d.take(8)
		}
	}
	if len(text) > MaxDigits {
		return nil, errDigits
	}
	return json.Number(text), d.take(costString)
}

// scanNumber returns the position after the number that begins at pos; pos itself if there is none.
func scanNumber(text string, pos int) (end int, integer bool) {
	i := pos
	digits := func() bool {
		from := i
		for i < len(text) && '0' <= text[i] && text[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(text) && text[i] == '-' {
		i++
	}
	if i < len(text) && text[i] == '0' {
		i++
	} else if !digits() {
		return pos, false
	}
	integer = true
	if i < len(text) && text[i] == '.' {
		i++
		integer = false
		if !digits() {
			return pos, false
		}
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		i++
		integer = false
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if !digits() {
			return pos, false
		}
	}
	return i, integer
}
