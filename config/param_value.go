package config

import (
	"encoding/json"
	"errors"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

var integerPattern = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,99})$`)

func checkType(kind string, value []byte) error {
	text := string(value)
	ok := false
	switch kind {
	case "integer":
		if !integerPattern.MatchString(text) {
			return errors.New("must be an integer")
		}
		return nil
	case "number":
		_, err := strconv.ParseFloat(text, 64)
		ok = jsonNumber.MatchString(text) && err == nil
	case "boolean":
		ok = text == "true" || text == "false"
	case "string":
		ok = strings.HasPrefix(text, `"`) && json.Valid(value)
	}
	if !ok {
		return errors.New("must be a " + kind)
	}
	return nil
}

func equalValues(kind string, a, b []byte) bool {
	if kind == "string" {
		return unquote(a) == unquote(b)
	}
	if kind == "boolean" {
		return string(a) == string(b)
	}
	return compareNumbers(a, b) == 0
}

func unquote(value []byte) string {
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}

// compareNumbers compares integers in full and anything else as floats; both
// passed checkType, which bounds their length.
func compareNumbers(a, b []byte) int {
	if integerPattern.Match(a) && integerPattern.Match(b) {
		x, _ := new(big.Int).SetString(string(a), 10)
		y, _ := new(big.Int).SetString(string(b), 10)
		return x.Cmp(y)
	}
	x, _ := strconv.ParseFloat(string(a), 64)
	y, _ := strconv.ParseFloat(string(b), 64)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
