package cache

import "strings"

// directive is one member of a Cache-Control field.
type directive struct {
	name      string // as sent; compare without regard to case (RFC 9111 §5.2)
	value     string // without quotes and escapes; "" when there is none
	hasValue  bool
	malformed bool // something that is not the grammar's stood in this member
}

// eachDirective calls yield for every member of the field lines that has a name. It cannot
// fail: a malformed member is reported as such and ends at the next comma, so that it never
// hides another. It takes time linear in the input and keeps nothing.
func eachDirective(lines []string, yield func(directive)) {
	for _, line := range lines {
		quotes := quotesOf(line)
		for i := 0; i < len(line); {
			if c := line[i]; c == ',' || isSpace(c) {
				i++
				continue
			}
			var d directive
			d, i = nextDirective(line, i, &quotes)
			if d.name != "" {
				yield(d)
			}
		}
	}
}

// nextDirective reads the member that begins at i and returns the index of the comma after
// it, or the line's length.
func nextDirective(line string, i int, quotes *quotes) (directive, int) {
	start := i
	for i < len(line) && isTokenByte(line[i]) {
		i++
	}
	d := directive{name: line[start:i]}
	if i < len(line) && line[i] == '=' {
		d.hasValue = true
		i++
		if i < len(line) && line[i] == '"' {
			if value, end, ok := quotes.read(line, i); ok {
				d.value, i = value, end
			} else {
				d.malformed = true
			}
		} else {
			start = i
			for i < len(line) && isTokenByte(line[i]) {
				i++
			}
			d.value = line[start:i]
			d.malformed = d.value == ""
		}
	}
	for i < len(line) && isSpace(line[i]) {
		i++
	}
	for i < len(line) && line[i] != ',' {
		d.malformed = true
		if line[i] == '"' {
			if _, end, ok := quotes.read(line, i); ok {
				i = end
				continue
			}
		}
		i++
	}
	return d, i
}

// quotes reads the quoted-strings (RFC 9110 §5.6.4) of one line, from left to right.
type quotes struct{ last int } // the last quote that can close one

func quotesOf(line string) quotes { return quotes{last: strings.LastIndexByte(line, '"')} }

// read reads the one whose opening quote is at i and returns its content and the index after
// its closing quote. ok is false if it never ends, and then none that begins later does
// either: not looking again keeps the time linear.
func (q *quotes) read(line string, i int) (content string, end int, ok bool) {
	if i >= q.last {
		return "", i, false
	}
	escaped := false
	for j := i + 1; j < len(line); j++ {
		switch line[j] {
		case '\\':
			escaped = true
			j++
		case '"':
			content = line[i+1 : j]
			if escaped {
				content = unescape(content)
			}
			return content, j + 1, true
		}
	}
	q.last = -1
	return "", i, false
}

func unescape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// eachMember calls yield for each non-empty member of a comma-separated list (RFC 9110
// §5.6.1) spread over several lines, without surrounding white space.
func eachMember(lines []string, yield func(member string)) {
	for _, line := range lines {
		for member := range strings.SplitSeq(line, ",") {
			if member = trimSpace(member); member != "" {
				yield(member)
			}
		}
	}
}

func trimSpace(s string) string { return strings.Trim(s, " \t") }

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// isTokenByte reports whether c may stand in a token (RFC 9110 §5.6.2).
func isTokenByte(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	return c != 0 && strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}
