package expr

import (
	"encoding/json"
	"math/big"

	"github.com/itchyny/gojq"
)

// Sizes the meter counts with, in bytes on a 64-bit machine, rounded up to what growing them takes.
const (
	costElement = 32  // an interface in a slice that grows by doubling
	costMember  = 64  // a key and a value in a map of more than eight, with its share of empty slots
	costString  = 16  // the header of a boxed string
	costObject  = 48  // an empty map
	costGroup   = 320 // the room for a map's first eight members, taken with the first
	costPath    = 512
	costEntry   = 800 // {"key":…,"value":…}, and the object made of it again
	costMatch   = 1024
)

// Work is counted in nanoseconds, by the order of magnitude.
const (
	workNode   = 10
	mapNodes   = 5          // finding the next member of a map takes as long as so many elements
	maxWork    = 40_000_000 // of all steps that cannot be interrupted
	maxOneWork = 15_000_000 // of one of them
	maxValue   = 8 << 20    // bytes of one string or array, so that one more step cannot double it past MaxMemory
	maxBits    = 4096       // of an integer: more than MaxDigits, and still multiplied in microseconds
)

// Texts of the ends a run can come to.
const (
	textMemory = "the expression needs more memory than the limit of 24 MiB"
	textWork   = "the expression takes longer than the limit of 100ms"
	textDepth  = "the expression meets a value nested deeper than 200 levels"
	textNumber = "the expression computes with a number of more than 1000 digits"
	textResult = "the result is larger than the limit of 10 MiB"
)

// meter counts what one run takes. What it counts is never given back: the sum of all that was allocated bounds what
// can be alive, and it also bounds the garbage.
type meter struct {
	bytes, work int
	over        string // why the run ended; "": it has not
}

func (m *meter) reset() { *m = meter{} }

// halt ends the run. A HaltError is the one error of gojq that try and ? do not catch.
func (m *meter) halt(why string) any {
	if m.over == "" {
		m.over = why
	}
	return &gojq.HaltError{}
}

// take charges memory and work before they are spent, and returns v, or the end of the run.
func (m *meter) take(v any, bytes, work int) any {
	m.bytes += bytes
	m.work += work
	switch {
	case m.over != "":
		return m.halt(m.over)
	case bytes < 0 || m.bytes > MaxMemory:
		return m.halt(textMemory)
	case work < 0 || work > maxOneWork || m.work > maxWork:
		return m.halt(textWork)
	}
	return v
}

// shallow is the memory of a value without what its elements hold; false if the value is too large to stay.
func shallow(v any) (int, bool) {
	var n int
	switch v := v.(type) {
	case string:
		n = costString + len(v)
	case []any:
		n = costElement/2*len(v) + costString
	case map[string]any:
		n = objectCost(len(v))
	case *big.Int:
		return costObject, true // made refuses the long ones
	default:
		return 8, true
	}
	return n, n <= maxValue
}

func objectCost(members int) int {
	if members == 0 {
		return costObject
	}
	return costObject + costGroup + costMember*max(0, members-8)
}

// tree is what walking a value meets. gojq shares parts of values, so that a small graph can be a tree of any size:
// the walk stops as soon as a limit is passed.
type tree struct {
	nodes, text int // text: bytes of strings, keys and numbers, without quotes and escapes
	arrays      int // bytes of arrays and objects
	limit       int // of nodes
	tooDeep     bool
}

// walk reports whether the whole value was within the limits.
func (t *tree) walk(v any, depth int) bool {
	if depth > MaxDepth {
		t.tooDeep = true
		return false
	}
	t.nodes++
	switch v := v.(type) {
	case string:
		t.text += len(v)
	case json.Number:
		t.text += len(v)
	case []any:
		t.arrays += costElement / 2 * len(v)
		for _, e := range v {
			if !t.walk(e, depth+1) {
				return false
			}
		}
	case map[string]any:
		t.arrays += objectCost(len(v))
		for k, e := range v {
			t.text += len(k)
			t.nodes += mapNodes
			if !t.walk(e, depth+1) {
				return false
			}
		}
	case *big.Int:
		t.text += v.BitLen() / 3
	default:
		t.text += 24 // the longest float; null and the booleans are shorter
	}
	return t.nodes <= t.limit && t.text <= maxWalkText
}

const maxWalkText = MaxResult

// measure walks v for a step that will walk it too. It has charged the walk itself.
func (m *meter) measure(v any) (tree, any) {
	switch v := v.(type) { // most values met are scalars: no walk to set up
	case string:
		return tree{nodes: 1, text: len(v)}, m.take(v, 0, len(v)/16)
	case nil, bool, int, float64:
		return tree{nodes: 1, text: 24}, v
	}
	t := tree{limit: maxOneWork / workNode}
	whole := t.walk(v, 0)
	switch {
	case t.tooDeep:
		return t, m.halt(textDepth)
	case !whole:
		return t, m.halt(textWork)
	}
	return t, m.take(v, 0, t.nodes*workNode+t.text/16)
}

func over(v any) bool {
	_, is := v.(*gojq.HaltError)
	return is
}
