package config

import (
	"encoding"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// setScalar sets v from text and judges it by the rules. It returns what is
// wrong, or "".
func setScalar(v reflect.Value, text string, r rules) string {
	message := parseScalar(v, text)
	if message == "" {
		message = r.check(v)
	}
	if message == "" || r.secret {
		return message
	}
	return quote(text) + " " + message
}

func parseScalar(v reflect.Value, text string) string {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(text)); err != nil {
			return err.Error()
		}
		return ""
	}
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(text) {
			return "is not UTF-8"
		}
		v.SetString(text)
	case reflect.Int:
		n, err := strconv.ParseInt(text, 10, strconv.IntSize)
		if err != nil {
			return "is not a whole number"
		}
		v.SetInt(n)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return "is not a number"
		}
		v.SetFloat(f)
	case reflect.Bool:
		switch text {
		case "true":
			v.SetBool(true)
		case "false":
			v.SetBool(false)
		default:
			return "is not true or false"
		}
	}
	return ""
}

// isText reports whether a quoted string may stand for v.
func isText(v reflect.Value) bool {
	if v.Kind() == reflect.String {
		return true
	}
	_, ok := v.Addr().Interface().(encoding.TextUnmarshaler)
	return ok
}

// wanted names the type of a scalar in a sentence.
func wanted(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[Duration]():
		return "a duration such as 10s"
	case reflect.TypeFor[Size]():
		return "a size such as 10MiB"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	default:
		return "a string"
	}
}

// maxQuoted bounds how much of a faulty value is repeated, in bytes.
const maxQuoted = 40

// quote repeats a faulty value on one line.
func quote(text string) string {
	if len(text) > maxQuoted {
		text = strings.ToValidUTF8(text[:maxQuoted], "") + "…"
	}
	return strconv.Quote(text)
}

// printable is a key as it may stand in a key path on one line.
func printable(key string) string {
	if key != "" && len(key) <= maxQuoted && !strings.ContainsFunc(key, func(r rune) bool { return !strconv.IsPrint(r) || r == ' ' || r == '"' }) {
		return key
	}
	return quote(key)
}
