package expr

import (
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// pattern is a regular expression with the number of its states.
type pattern struct {
	re     *regexp.Regexp
	states int
}

// Bounds of a regular expression.
const (
	maxPattern = 256 // bytes
	maxStates  = 500
)

// regexp compiles the expression a function is given, which has to be a literal, and returns its number.
func (r *rewriter) regexp(f *gojq.Func) int {
	source, ok := literal(f.Args[0])
	if !ok || len(source) > maxPattern {
		r.fail("the regular expression of " + f.Name + " must be a literal of at most " + strconv.Itoa(maxPattern) + " bytes")
		return 0
	}
	if source, ok = withFlags(source, f); !ok {
		r.fail("the flags of " + f.Name + " must be a literal of g, i and m")
		return 0
	}
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		r.fail("the regular expression of " + f.Name + " is not valid")
		return 0
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil || len(program.Inst) > maxStates {
		r.fail("the regular expression of " + f.Name + " has more than " + strconv.Itoa(maxStates) + " states")
		return 0
	}
	re, err := regexp.Compile(source)
	if err != nil {
		r.fail("the regular expression of " + f.Name + " is not valid")
		return 0
	}
	r.regexps = append(r.regexps, pattern{re, len(program.Inst)})
	return len(r.regexps) - 1
}

// withFlags puts the flags in front of the expression as gojq does, so that what is counted is what will match.
func withFlags(source string, f *gojq.Func) (string, bool) {
	last := len(f.Args) - 1
	if last == 0 || last == 1 && strings.HasSuffix(f.Name, "sub") {
		return source, true
	}
	flags, ok := literal(f.Args[last])
	if !ok || strings.Trim(flags, "gim") != "" {
		return "", false
	}
	if strings.Contains(flags, "i") {
		source = "(?i)" + source
	}
	if strings.Contains(flags, "m") {
		source = "(?s)" + source
	}
	return source, true
}
