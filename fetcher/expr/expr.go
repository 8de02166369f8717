// Package expr owns what a batch may compute: jq expressions over answers, and templates that put parts of one answer
// into the next request.
//
// A [Query] is a jq expression. What it may use is an allow-list (allow.go); everything else is refused when it is
// compiled, with the reason. What it uses is metered: the syntax tree is rewritten so that values pass through
// counters (meter.go) wherever gojq allocates or walks in one step, where a deadline alone would not reach. A run ends
// with an [Error] when it has taken [MaxRun], or when it would take more than [MaxMemory].
//
// A [URL], [Header] or [JSON] is a template: text with {{references}}, each a root and a jq expression after it, escaped
// by the place it stands in.
//
// The package never sends anything and reads no environment or file; the same expression on the same value gives the
// same result everywhere and at any time. It keeps compiled expressions but nothing of a run, and puts no value of the
// data into an error.
//
// How numbers fare: what is selected, moved or put into a body keeps its spelling, 1e400 and 9007199254740993 included.
// What is computed with is a number to gojq: integers are exact to MaxDigits, everything else is a 64-bit float, so that
// 1e400 + 1 is the largest float, and 1.10 + 0 is 1.1.
package expr

import (
	"errors"
	"time"
)

// What one expression may take. MaxMemory is for the expression and what it makes; the input's decoded form has
// [MaxInput] beside it, for it is the upstream's, not the expression's.
const (
	MaxSource   = 4 << 10                // bytes of an expression or a reference
	MaxNesting  = 100                    // levels of an expression
	MaxDepth    = 200                    // levels of a value
	MaxRun      = 100 * time.Millisecond // one run, without decoding its input
	MaxMemory   = 24 << 20               // bytes allocated by one run, as counted
	MaxInput    = 32 << 20               // bytes of the decoded input, as counted
	MaxResult   = 10 << 20               // bytes of the encoded result
	MaxDigits   = 1000                   // of a number that is computed with
	MaxTemplate = 64 << 10               // bytes of a url, header or text template
)

// ErrExpression is what every failure of an expression or reference on the data matches with errors.Is.
var ErrExpression = errors.New("expression failed")

// ErrInvalid is what every refusal of an expression or template matches with errors.Is: it is wrong whatever the data.
var ErrInvalid = errors.New("invalid expression")

// Error says why an expression or template was refused or has failed. Its text is safe to show: it names functions,
// types and limits, and holds no value of the data and nothing of a template but names.
type Error struct {
	kind error
	text string
}

func (e *Error) Error() string { return e.text }

// Unwrap gives ErrExpression or ErrInvalid.
func (e *Error) Unwrap() error { return e.kind }

func invalid(text string) *Error { return &Error{ErrInvalid, text} }
func failed(text string) *Error  { return &Error{ErrExpression, text} }
