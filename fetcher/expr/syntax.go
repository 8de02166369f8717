package expr

import (
	"strconv"

	"github.com/itchyny/gojq"
)

// Small makers of syntax, to read as the jq they stand for.

func call(name string, args ...*gojq.Query) *gojq.Query {
	return query(&gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: name, Args: args}})
}

func query(t *gojq.Term) *gojq.Query { return &gojq.Query{Term: t} }

// pipe is left | right; with an empty name it is left alone.
func pipe(left *gojq.Query, name string, args ...*gojq.Query) *gojq.Query {
	if name == "" {
		return left
	}
	return &gojq.Query{Left: left, Op: gojq.OpPipe, Right: call(name, args...)}
}

// after is name | right.
func after(name string, right *gojq.Query, args ...*gojq.Query) *gojq.Query {
	if name == "" {
		return right
	}
	return &gojq.Query{Left: call(name, args...), Op: gojq.OpPipe, Right: right}
}

// bind is value as $name | body.
func bind(value *gojq.Query, name string, body *gojq.Query) *gojq.Query {
	return &gojq.Query{Left: group(value), Op: gojq.OpPipe, Right: body, Patterns: []*gojq.Pattern{{Name: name}}}
}

// group is (q).
func group(q *gojq.Query) *gojq.Query { return query(paren(q)) }

func paren(q *gojq.Query) *gojq.Term { return &gojq.Term{Type: gojq.TermTypeQuery, Query: q} }

func identity() *gojq.Query { return query(&gojq.Term{Type: gojq.TermTypeIdentity}) }

func number(n int) *gojq.Query {
	return query(&gojq.Term{Type: gojq.TermTypeNumber, Number: strconv.Itoa(n)})
}

// literal returns the text of a string without interpolation.
func literal(q *gojq.Query) (string, bool) {
	if q == nil || q.Term == nil || q.Term.Type != gojq.TermTypeString || len(q.Term.SuffixList) > 0 || q.Term.Str.Queries != nil {
		return "", false
	}
	return q.Term.Str.Str, true
}

// smallIndex returns a literal index that no assignment can fill an array with.
func smallIndex(q *gojq.Query) (int, bool) {
	if q == nil || q.Term == nil || q.Term.Type != gojq.TermTypeNumber || len(q.Term.SuffixList) > 0 {
		return 0, false
	}
	n, err := strconv.Atoi(q.Term.Number)
	return n, err == nil && 0 <= n && n <= maxIndex
}

// plainPath returns the keys and indexes of an expression that is nothing but a path, such as .data[0].id.
func plainPath(q *gojq.Query) ([]any, bool) {
	if q.Term == nil || len(q.FuncDefs) > 0 {
		return nil, false
	}
	path := []any{}
	t := q.Term
	switch t.Type {
	case gojq.TermTypeIdentity:
	case gojq.TermTypeIndex:
		key, ok := plainIndex(t.Index)
		if !ok {
			return nil, false
		}
		path = append(path, key)
	default:
		return nil, false
	}
	for _, s := range t.SuffixList {
		if s.Index == nil {
			return nil, false
		}
		key, ok := plainIndex(s.Index)
		if !ok {
			return nil, false
		}
		path = append(path, key)
	}
	return path, true
}

func plainIndex(x *gojq.Index) (any, bool) {
	switch {
	case x.Name != "":
		return x.Name, true
	case x.Str != nil:
		return x.Str.Str, x.Str.Queries == nil
	case x.IsSlice:
		return nil, false
	}
	if s, ok := literal(x.Start); ok {
		return s, true
	}
	n, ok := smallIndex(x.Start)
	return n, ok
}
