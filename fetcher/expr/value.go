package expr

import (
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/itchyny/gojq"
)

// Decode reads JSON into the values expressions work on: nil, bool, int, json.Number, string, []any, map[string]any.
// Integers that fit are int, all other numbers keep their spelling, of at most MaxDigits bytes. Of members with the
// same name the last stands. Its errors match ErrExpression: not UTF-8, not JSON, nested deeper than MaxDepth, or larger in memory
// than MaxInput.
func Decode(raw []byte) (any, error) {
	if len(raw) > MaxInput {
		return nil, failed(textInput)
	}
	if !utf8.Valid(raw) {
		return nil, failed("the value is not UTF-8, as JSON has to be")
	}
	d := decoder{text: string(raw), used: len(raw), limit: MaxInput}
	v, err := d.decode()
	switch {
	case err == nil:
		return v, nil
	case errors.Is(err, errTooLarge):
		return nil, failed(textInput)
	case errors.Is(err, errTooDeep):
		return nil, failed(textDepth)
	case errors.Is(err, errDigits):
		return nil, failed("the value has a number of more than 1000 digits")
	}
	return nil, failed("the value is not JSON")
}

const textInput = "the value takes more memory than the limit of 32 MiB"

// Append appends the JSON of a value that came from Decode or from a query. Members are sorted by name.
func Append(dst []byte, v any) []byte {
	b, err := gojq.Marshal(v)
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, b...)
}

// encodable checks the size before the value is written: parts may be shared, so that little memory can be much text.
func encodable(v any) error {
	t := tree{limit: MaxResult / 2} // a node is two bytes at least
	switch whole := t.walk(v, 0); {
	case t.tooDeep:
		return failed(textDepth)
	case !whole || t.text+2*t.nodes > MaxResult:
		return failed(textResult)
	}
	return nil
}

// clone copies the arrays and objects of a value, for a query that gojq may write with.
func clone(v any) (any, error) {
	t := tree{limit: maxOneWork / workNode}
	if !t.walk(v, 0) || t.arrays > MaxInput {
		return nil, failed(textInput)
	}
	return copyValue(v), nil
}

func copyValue(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = copyValue(e)
		}
		return list
	case map[string]any:
		members := make(map[string]any, len(v))
		for k, e := range v {
			members[k] = copyValue(e)
		}
		return members
	}
	return v
}

// followPath selects from a decoded value as jq does: what is missing, and anything of null, is null. A json.RawMessage
// on the way is read as the JSON it holds.
func followPath(v any, path []any) (any, error) {
	for i, key := range path {
		if raw, ok := v.(json.RawMessage); ok {
			part, err := rawPath(raw, path[i:])
			if err != nil {
				return nil, err
			}
			return Decode(part)
		}
		var err error
		if v, err = step(v, key); err != nil {
			return nil, err
		}
	}
	if raw, ok := v.(json.RawMessage); ok {
		return Decode(raw)
	}
	return v, nil
}

func step(v, key any) (any, error) {
	switch key := key.(type) {
	case string:
		switch v := v.(type) {
		case nil:
			return nil, nil
		case map[string]any:
			return v[key], nil
		}
		return nil, failed("expected an object but got: " + gojq.TypeOf(v))
	case int:
		switch v := v.(type) {
		case nil:
			return nil, nil
		case []any:
			if key < len(v) {
				return v[key], nil
			}
			return nil, nil
		case string:
			return nth(v, key), nil
		}
	}
	return nil, failed("expected an array but got: " + gojq.TypeOf(v))
}

// nth is a character of a string, null past its end.
func nth(s string, n int) any {
	for _, r := range s {
		if n == 0 {
			return string(r)
		}
		n--
	}
	return nil
}
