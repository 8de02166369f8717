package expr

import (
	"errors"
	"math/big"
	"math/bits"
	"strings"

	"github.com/itchyny/gojq"
)

// The metering functions. An expression cannot name them: its own names are checked against the allow-list first. All
// but the two last return their input or end the run, so that they are also transparent in paths: .a | _iter | .[0] is
// still a path to .a[0].
const (
	fnElement  = "_g_element"  // a value that becomes an element of a new array
	fnNew      = "_g_new"      // a value that was just made
	fnIter     = "_g_iter"     // before .[]
	fnDeep     = "_g_deep"     // before a step that visits every node
	fnText     = "_g_text"     // before a step that writes the value out, as often as the argument says
	fnCopy     = "_g_copy"     // before a step that makes every node anew
	fnKey      = "_g_key"      // a value that will be compared while sorting
	fnSort     = "_g_sort"     // before sorting the values themselves
	fnOrder    = "_g_order"    // before sorting by keys
	fnSum      = "_g_sum"      // before add
	fnEntries  = "_g_entries"  // before to_entries and its kin
	fnPath     = "_g_path"     // a place that is assigned to
	fnIndex    = "_g_index"    // a value between the brackets of .[…]
	fnIndexes  = "_g_indexes"  // an array of keys and indexes
	fnFactor   = "_g_factor"   // an operand of * and /
	fnProduct  = "_g_product"  // two values each part of which may be compared with each part of the other
	fnSplit    = "_g_split"    // before split by the argument
	fnJoin     = "_g_join"     // before join with the argument
	fnRegexp   = "_g_regexp"   // before the regular expression numbered by the argument
	fnNumber   = "_g_number"   // before tonumber
	fnFromJSON = "_g_fromjson" // instead of fromjson
)

// maxIndex is the largest index that costs nothing: an assignment past the end fills the array up to it.
const maxIndex = 1000

var (
	errRepeat   = errors.New("strings cannot be multiplied or divided")
	errIndex    = errors.New("only strings and numbers may be an index")
	errFromJSON = errors.New("fromjson: not JSON")
)

// options bind the metering functions to one meter.
func (m *meter) options(patterns []pattern) []gojq.CompilerOption {
	unary := func(name string, f func(v any) any) gojq.CompilerOption {
		return gojq.WithFunction(name, 0, 0, func(v any, _ []any) any { return f(v) })
	}
	binary := func(name string, f func(v, arg any) any) gojq.CompilerOption {
		return gojq.WithFunction(name, 1, 1, func(v any, args []any) any { return f(v, args[0]) })
	}
	return []gojq.CompilerOption{
		unary(fnElement, func(v any) any { return m.take(v, costElement+costString, 0) }),
		unary(fnNew, m.made),
		unary(fnIter, func(v any) any { return m.take(v, 48*size(v), 0) }),
		unary(fnDeep, func(v any) any { return m.walked(v, 0, 0) }),
		unary(fnCopy, func(v any) any { return m.walked(v, costMember+costElement, 0) }),
		unary(fnKey, func(v any) any { return m.walked(v, costElement, 20*workNode) }),
		unary(fnSort, m.sort),
		unary(fnOrder, m.order),
		unary(fnSum, m.sum),
		unary(fnEntries, func(v any) any { return m.take(v, costEntry*size(v), 0) }),
		unary(fnPath, func(v any) any { return m.take(v, costPath, 0) }),
		unary(fnIndex, m.index),
		unary(fnIndexes, m.indexes),
		unary(fnFactor, m.factor),
		unary(fnNumber, m.number),
		unary(fnFromJSON, m.fromJSON),
		binary(fnText, m.text),
		binary(fnProduct, m.product),
		binary(fnSplit, m.split),
		binary(fnJoin, m.join),
		binary(fnRegexp, func(v, arg any) any { i, _ := arg.(int); return m.match(v, patterns[i]) }),
	}
}

// size is the number of elements or members.
func size(v any) int {
	switch v := v.(type) {
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	}
	return 0
}

func (m *meter) made(v any) any {
	if n, ok := v.(*big.Int); ok && n.BitLen() > maxBits {
		return m.halt(textNumber)
	}
	n, ok := shallow(v)
	if !ok {
		return m.halt(textMemory)
	}
	return m.take(v, n, 0)
}

// walked charges so many bytes and so much work a node.
func (m *meter) walked(v any, bytes, work int) any {
	t, w := m.measure(v)
	if over(w) {
		return w
	}
	return m.take(v, bytes*t.nodes, work*t.nodes)
}

// sort charges the comparisons: as many as the logarithm of the length for each node.
func (m *meter) sort(v any) any {
	rounds := bits.Len(uint(size(v))) + 1
	return m.walked(v, costElement+costString, rounds*workNode)
}

// order charges the same for keys that take a moment each; fnKey charges those that take longer.
func (m *meter) order(v any) any {
	n := size(v)
	return m.take(v, n*(costElement+2*costString), n*bits.Len(uint(n))*workNode)
}

// sum charges what add makes of the elements: the sum of their own sizes.
func (m *meter) sum(v any) any {
	total := 0
	each := func(e any) bool {
		n, ok := shallow(e)
		total += n
		return ok && total <= MaxMemory
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if !each(e) {
				return m.halt(textMemory)
			}
		}
	case map[string]any:
		for _, e := range v {
			if !each(e) {
				return m.halt(textMemory)
			}
		}
	}
	return m.take(v, total+costElement*size(v), 0)
}

// text charges the longest form of v: each byte may need six, as \u0000 does, and each node its punctuation.
func (m *meter) text(v, times any) any {
	n, _ := times.(int)
	if s, ok := v.(string); ok {
		return m.take(v, n*len(s), 0)
	}
	t, w := m.measure(v)
	if over(w) {
		return w
	}
	return m.take(v, n*(2*t.text+4*t.nodes), 0)
}

// index charges what an assignment to this index may fill up. Indexing by an array searches, and is not offered.
func (m *meter) index(v any) any {
	switch v.(type) {
	case string, nil:
		return v
	case []any, map[string]any, bool:
		return errIndex
	}
	if n, _ := gojq.ToInt(v); n > maxIndex {
		return m.take(v, 2*costElement*min(n, MaxMemory), 0)
	}
	return v
}

func (m *meter) indexes(v any) any {
	path, _ := v.([]any)
	for _, e := range path {
		if _, isSlice := e.(map[string]any); isSlice {
			continue
		}
		if err, ok := m.index(e).(error); ok {
			return err
		}
	}
	return v
}

// factor keeps strings from the operators that repeat and cut them; split and join do that within limits. Objects are
// merged by * to their depth.
func (m *meter) factor(v any) any {
	switch v.(type) {
	case string:
		return errRepeat
	case map[string]any:
		return m.walked(v, costMember, 0)
	}
	return v
}

func (m *meter) product(v, other any) any {
	a, w := m.measure(v)
	if over(w) {
		return w
	}
	b, w := m.measure(other)
	if over(w) {
		return w
	}
	if a.nodes == 1 || b.nodes == 1 {
		return v
	}
	return m.take(v, costElement/2*size(v), workNode*a.nodes*b.nodes)
}

func (m *meter) split(v, sep any) any {
	s, _ := v.(string)
	by, _ := sep.(string)
	return m.take(v, (strings.Count(s, by)+1)*(costElement+costString), len(s)/16)
}

func (m *meter) join(v, sep any) any {
	w := m.sum(v)
	if over(w) {
		return w
	}
	by, _ := sep.(string)
	n := size(v) * (len(by) + 24)
	if n > maxValue {
		return m.halt(textMemory)
	}
	return m.take(v, n, 0)
}

// match charges a regular expression: linear in the text times the states; then, for what was found, the objects made
// of it and the text before each match, which gojq counts through once more for its offsets.
func (m *meter) match(v any, p pattern) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	if w := m.take(v, 0, len(s)*(2*p.states+10)); over(w) {
		return w
	}
	found := len(p.re.FindAllStringIndex(s, maxMatches+1))
	if found > maxMatches {
		return m.halt(textWork)
	}
	groups := p.re.NumSubexp() + 1
	return m.take(v, costMatch*groups*found, 4*groups*found*len(s))
}

const maxMatches = 20_000

func (m *meter) number(v any) any {
	if s, ok := v.(string); ok && len(s) > MaxDigits {
		return m.halt(textNumber)
	}
	return v
}

func (m *meter) fromJSON(v any) any {
	s, ok := v.(string)
	if !ok {
		return errFromJSON
	}
	d := decoder{text: s, limit: MaxMemory - m.bytes}
	w, err := d.decode()
	switch {
	case errors.Is(err, errTooLarge):
		return m.halt(textMemory)
	case err != nil:
		return errFromJSON
	}
	return m.take(w, d.used, 0)
}
