package expr

// rawPath selects by a plain path from a JSON text without decoding it, and returns the part of the text it found. The
// text should have been checked to be JSON: what is not on the way to the value is skipped, not checked.
func rawPath(raw []byte, path []any) ([]byte, error) {
	s := scanner{text: raw}
	for i, key := range path {
		found, err := s.enter(key)
		switch {
		case err != nil:
			return nil, err
		case !found:
			return []byte("null"), nil
		case s.scalar != nil: // .[0] of a string is its first character: rare enough to be decoded
			v, err := Decode(s.scalar)
			if err == nil {
				v, err = followPath(v, path[i:])
			}
			if err != nil {
				return nil, err
			}
			return Append(nil, v), nil
		}
	}
	s.space()
	from := s.pos
	if err := s.skip(); err != nil {
		return nil, err
	}
	return raw[from:s.pos:s.pos], nil
}

// scanner moves over a JSON text.
type scanner struct {
	text   []byte
	pos    int
	scalar []byte // a string that is indexed with a number
}

func errScan() error { return failed("the value is not JSON") }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// isDelimiter reports a byte that ends a number or a word.
func isDelimiter(c byte) bool {
	switch c {
	case ',', ':', ']', '}', '[', '{', '"':
		return true
	}
	return isSpace(c)
}

func (s *scanner) space() {
	for s.pos < len(s.text) && isSpace(s.text[s.pos]) {
		s.pos++
	}
}

// enter moves to the value of a member or element; false if there is none.
func (s *scanner) enter(key any) (bool, error) {
	s.space()
	if s.pos == len(s.text) {
		return false, errScan()
	}
	kind := kindAt(s.text[s.pos])
	switch key := key.(type) {
	case string:
		switch kind {
		case "object":
			return s.member(key)
		case "null":
			return false, nil
		}
		return false, failed("expected an object but got: " + kind)
	case int:
		switch kind {
		case "array":
			return s.element(key)
		case "null":
			return false, nil
		case "string":
			from := s.pos
			if err := s.skip(); err != nil {
				return false, err
			}
			s.scalar = s.text[from:s.pos]
			return true, nil
		}
	}
	return false, failed("expected an array but got: " + kind)
}

func kindAt(c byte) string {
	switch c {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// member goes through the whole object: of members with the same name the last stands.
func (s *scanner) member(key string) (bool, error) {
	at := -1
	err := s.each('}', func() (bool, error) {
		s.space()
		if s.pos == len(s.text) || s.text[s.pos] != '"' {
			return false, errScan()
		}
		end, escaped, err := scanString(s.text, s.pos)
		if err != nil {
			return false, errScan()
		}
		name := s.text[s.pos+1 : end-1]
		if escaped {
			plain, err := unescape(string(name))
			if err != nil {
				return false, errScan()
			}
			name = []byte(plain)
		}
		s.pos = end
		s.space()
		if s.pos == len(s.text) || s.text[s.pos] != ':' {
			return false, errScan()
		}
		s.pos++
		if string(name) == key {
			at = s.pos
		}
		return true, s.skip()
	})
	if err != nil || at < 0 {
		return false, err
	}
	s.pos = at
	return true, nil
}

func (s *scanner) element(n int) (bool, error) {
	at := -1
	err := s.each(']', func() (bool, error) {
		if n == 0 {
			at = s.pos
			return false, nil
		}
		n--
		return true, s.skip()
	})
	if err != nil || at < 0 {
		return false, err
	}
	s.pos = at
	return true, nil
}

// each calls part at every element or member, until it returns false or the closing byte comes.
func (s *scanner) each(closing byte, part func() (bool, error)) error {
	s.pos++
	if s.space(); s.pos < len(s.text) && s.text[s.pos] == closing {
		s.pos++
		return nil
	}
	for {
		if more, err := part(); err != nil || !more {
			return err
		}
		s.space()
		if s.pos == len(s.text) {
			return errScan()
		}
		c := s.text[s.pos]
		s.pos++
		switch c {
		case ',':
		case closing:
			return nil
		default:
			return errScan()
		}
	}
}

// skip moves past one value. It only counts brackets: what is between them was checked by whoever checked the text.
func (s *scanner) skip() error {
	s.space()
	depth := 0
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; c {
		case '"':
			end, _, err := scanString(s.text, s.pos)
			if err != nil {
				return errScan()
			}
			s.pos = end
		case '{', '[':
			depth++
			s.pos++
			continue
		case '}', ']':
			if depth == 0 {
				return errScan()
			}
			depth--
			s.pos++
		case ',', ':', ' ', '\t', '\r', '\n':
			s.pos++
			continue
		default:
			from := s.pos
			for s.pos < len(s.text) && !isDelimiter(s.text[s.pos]) {
				s.pos++
			}
			if s.pos == from {
				return errScan()
			}
		}
		if depth == 0 {
			return nil
		}
	}
	return errScan()
}
