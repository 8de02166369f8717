package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"
)

// Checker judges the values of one parameter. It is compiled once and safe for
// concurrent use.
type Checker struct {
	param   Param
	pattern *regexp.Regexp
}

// ParamError says which part of a parameter's definition is wrong.
type ParamError struct {
	Key    string // default, min, max, enum[2], pattern, maxLength
	Detail string
}

// Error implements error.
func (e *ParamError) Error() string { return e.Key + ": " + e.Detail }

// Checker compiles the parameter. The error joins every *ParamError.
func (p Param) Checker() (*Checker, error) {
	var faults []error
	fault := func(key, detail string) { faults = append(faults, &ParamError{Key: key, Detail: detail}) }
	c := &Checker{param: p}
	numeric := p.Type == "integer" || p.Type == "number"
	bound := func(key string, value Raw) {
		if len(value) == 0 {
			return
		}
		if !numeric {
			fault(key, "is for types integer and number only")
		} else if err := checkType(p.Type, value); err != nil {
			fault(key, err.Error())
		}
	}
	bound("min", p.Min)
	bound("max", p.Max)
	if p.Pattern != "" && p.Type != "string" {
		fault("pattern", "is for type string only")
	}
	if len(p.Pattern) > maxPattern {
		fault("pattern", "is too long")
	} else if p.Pattern != "" {
		re, err := regexp.Compile(`^(?:` + p.Pattern + `)$`)
		if err != nil {
			fault("pattern", "is not a regular expression (RE2)")
		}
		c.pattern = re
	}
	for i, v := range p.Enum {
		if err := checkType(p.Type, v); err != nil {
			fault(fmt.Sprintf("enum[%d]", i), err.Error())
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if len(p.Min) > 0 && len(p.Max) > 0 && compareNumbers(p.Min, p.Max) > 0 {
		fault("min", "is more than max")
	}
	if len(p.Default) > 0 {
		if err := c.Value(p.Default); err != nil {
			fault("default", err.Error())
		}
	}
	return c, errors.Join(faults...)
}

// maxPattern bounds what a pattern may cost to compile, in bytes.
const maxPattern = 1000

// Required reports whether a run must give a value.
func (c *Checker) Required() bool { return len(c.param.Default) == 0 }

// Default is the value where none is given, as JSON; nil where one is required.
func (c *Checker) Default() []byte { return c.param.Default }

// Text reads a value from the text of a query parameter and returns it as JSON.
func (c *Checker) Text(text string) ([]byte, error) {
	value := []byte(text)
	if c.param.Type == "string" {
		quoted, err := json.Marshal(text)
		if err != nil {
			return nil, errors.New("must be a string")
		}
		value = quoted
	}
	if err := c.Value(value); err != nil {
		return nil, err
	}
	return value, nil
}

// Value judges a value, given as JSON. The error does not repeat it.
func (c *Checker) Value(value []byte) error {
	p := c.param
	if err := checkType(p.Type, value); err != nil {
		return err
	}
	if len(p.Enum) > 0 && !slices.ContainsFunc(p.Enum, func(e Raw) bool { return equalValues(p.Type, e, value) }) {
		return errors.New("is not one of the values allowed")
	}
	switch p.Type {
	case "integer", "number":
		if len(p.Min) > 0 && compareNumbers(value, p.Min) < 0 {
			return fmt.Errorf("must be at least %s", p.Min)
		}
		if len(p.Max) > 0 && compareNumbers(value, p.Max) > 0 {
			return fmt.Errorf("must be at most %s", p.Max)
		}
	case "string":
		s := unquote(value)
		if utf8.RuneCountInString(s) > p.MaxLength {
			return fmt.Errorf("must have at most %d characters", p.MaxLength)
		}
		if c.pattern != nil && !c.pattern.MatchString(s) {
			return errors.New("does not match the pattern")
		}
	}
	return nil
}
