package fetcher

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// decoder walks a JSON text once, collecting faults and stopping only at text
// that is not JSON.
type decoder struct {
	data   []byte
	in     *jsontext.Decoder
	faults faultList
}

func newDecoder(data []byte) *decoder {
	return &decoder{
		data: data,
		// Duplicates are found by object, which can go on after one.
		in: jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true)),
	}
}

// fault notes what is wrong with the value just read.
func (d *decoder) fault(detail string) {
	d.faults.add(fragment(d.in.StackPointer()), detail)
}

// skip passes over the next value, which is not of the kind wanted.
func (d *decoder) skip(want string) error {
	if err := d.in.SkipValue(); err != nil {
		return err
	}
	d.fault("must be " + want)
	return nil
}

// object gives the name of each member to read, which reads the value of those it
// knows.
func (d *decoder) object(read func(name string) (known bool, err error)) error {
	if d.in.PeekKind() != '{' {
		return d.skip("an object")
	}
	if _, err := d.in.ReadToken(); err != nil {
		return err
	}
	var few [8]string
	seen := few[:0] // never more than there are known names
	for d.in.PeekKind() == '"' {
		token, err := d.in.ReadToken()
		if err != nil {
			return err
		}
		name := token.String()
		if slices.Contains(seen, name) {
			d.fault("duplicate key")
			if err := d.in.SkipValue(); err != nil {
				return err
			}
			continue
		}
		known, err := read(name)
		switch {
		case err != nil:
			return err
		case known:
			seen = append(seen, name)
			continue
		}
		d.fault("unknown key")
		if err := d.in.SkipValue(); err != nil {
			return err
		}
	}
	_, err := d.in.ReadToken()
	return err
}

func (d *decoder) array(element func() error) error {
	if d.in.PeekKind() != '[' {
		return d.skip("an array")
	}
	if _, err := d.in.ReadToken(); err != nil {
		return err
	}
	for kind := d.in.PeekKind(); kind != ']' && kind > 0; kind = d.in.PeekKind() {
		if err := element(); err != nil {
			return err
		}
	}
	_, err := d.in.ReadToken()
	return err
}

func (d *decoder) text(to *string) error {
	if d.in.PeekKind() != '"' {
		return d.skip("a string")
	}
	token, err := d.in.ReadToken()
	if err != nil {
		return err
	}
	if *to = token.String(); *to == "" {
		d.fault("must not be empty")
	}
	return nil
}

func (d *decoder) boolean(to *bool) error {
	switch d.in.PeekKind() {
	case 't', 'f':
		token, err := d.in.ReadToken()
		*to = err == nil && token.Bool()
		return err
	default:
		return d.skip("true or false")
	}
}

func (d *decoder) integer(to *int, low, high int64) error {
	if d.in.PeekKind() != '0' {
		return d.skip("a whole number")
	}
	token, err := d.in.ReadToken()
	if err != nil {
		return err
	}
	n, ok := wholeNumber(token.String())
	if !ok || n < low || n > high {
		d.faults.addf(fragment(d.in.StackPointer()), "must be a whole number from %d to %d", low, high)
		return nil
	}
	*to = int(n)
	return nil
}

func (d *decoder) duration(to *time.Duration) error {
	if d.in.PeekKind() != '"' {
		return d.skip(`a duration such as "250ms" or "10s"`)
	}
	token, err := d.in.ReadToken()
	if err != nil {
		return err
	}
	parsed, err := time.ParseDuration(token.String())
	if err != nil || parsed <= 0 {
		d.fault(`must be a duration above zero such as "250ms" or "10s"`)
		return nil //nolint:nilerr // a fault is noted, and reading goes on
	}
	*to = parsed
	return nil
}

func (d *decoder) list(to *[]string) error {
	return d.array(func() error {
		var s string
		err := d.text(&s)
		*to = append(*to, s)
		return err
	})
}

func (d *decoder) texts(to *map[string]string) error {
	if d.in.PeekKind() != '{' {
		return d.skip("an object of strings")
	}
	if _, err := d.in.ReadToken(); err != nil {
		return err
	}
	*to = make(map[string]string)
	for d.in.PeekKind() == '"' {
		token, err := d.in.ReadToken()
		if err != nil {
			return err
		}
		name := token.String()
		if _, seen := (*to)[name]; seen {
			d.fault("duplicate key")
		}
		if d.in.PeekKind() != '"' {
			if err := d.skip("a string"); err != nil {
				return err
			}
			continue
		}
		if token, err = d.in.ReadToken(); err != nil {
			return err
		}
		(*to)[name] = token.String()
	}
	_, err := d.in.ReadToken()
	return err
}

// value keeps any JSON as it stands. Duplicate names inside are refused too: two
// readers would take two different values from it.
func (d *decoder) value(to *jsontext.Value) error {
	raw, err := d.in.ReadValue()
	if err != nil {
		return err
	}
	if !raw.IsValid() {
		d.fault("holds a duplicate key")
	}
	*to = raw.Clone()
	return nil
}

// end requires that nothing follows the value.
func (d *decoder) end() error {
	switch _, err := d.in.ReadToken(); {
	case err == nil:
		return errTrailingData
	case errors.Is(err, io.EOF):
		return nil
	default:
		return err
	}
}

var errTrailingData = errors.New("data after the end of the batch")

func (d *decoder) syntaxError(err error) error {
	offset := d.in.InputOffset()
	detail := "unexpected end of the text"
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.Is(err, errTrailingData):
		detail = errTrailingData.Error()
	case errors.As(err, &syntactic):
		offset = syntactic.ByteOffset
		// The library's own sentence quotes at most one character of the input.
		detail = "not JSON: " + syntactic.Err.Error()
	}
	before := d.data[:min(max(offset, 0), int64(len(d.data)))]
	return &SyntaxError{
		Detail: detail,
		Line:   1 + bytes.Count(before, []byte{'\n'}),
		Column: len(before) - bytes.LastIndexByte(before, '\n'),
	}
}

// wholeNumber parses a JSON number that is an integer of at most 18 digits.
func wholeNumber(s string) (int64, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

// fragment writes a JSON Pointer in URI fragment form (RFC 6901 section 6).
func fragment(p jsontext.Pointer) string {
	const hex = "0123456789ABCDEF"
	out := make([]byte, 0, len(p)+1)
	out = append(out, '#')
	for _, c := range []byte(p) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("/~-._!$&'()*+,;=:@?", c) >= 0:
			out = append(out, c)
		default:
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(out)
}
