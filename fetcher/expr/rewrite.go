package expr

import (
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// rewriter checks a parsed expression against the allow-list and puts the metering functions in. It changes the tree it
// is given. Once err is set, what it returns is not to be used.
type rewriter struct {
	depth   int
	regexps []pattern
	writes  bool // an assignment or deletion: gojq may write to the input while it deletes
	err     error
}

// boundName is the variable our own bindings use. An expression cannot name it.
const boundName = "$__g"

func (r *rewriter) fail(text string) {
	if r.err == nil {
		r.err = invalid(text)
	}
}

func (r *rewriter) query(q *gojq.Query) *gojq.Query {
	switch {
	case q == nil || r.err != nil:
		return q
	case q.Meta != nil || len(q.Imports) > 0:
		r.fail("modules are not available")
		return q
	case len(q.FuncDefs) > 0:
		r.fail("def is not available; name values with: … as $name | …")
		return q
	case q.Term != nil:
		return query(r.term(q.Term))
	}
	if len(q.Patterns) > 1 {
		r.fail("?// is not available")
		return q
	}
	for _, p := range q.Patterns {
		r.pattern(p)
	}
	if isAssignment(q.Op) {
		return r.assignment(q)
	}
	q.Left, q.Right = r.query(q.Left), r.query(q.Right)
	return metered(q)
}

// metered puts the counters of an operator in.
func metered(q *gojq.Query) *gojq.Query {
	switch q.Op {
	case gojq.OpAdd:
		return pipe(group(q), fnNew)
	case gojq.OpMul, gojq.OpDiv:
		q.Left, q.Right = group(pipe(group(q.Left), fnFactor)), group(pipe(group(q.Right), fnFactor))
		return pipe(group(q), fnNew)
	case gojq.OpSub:
		right := call(boundName)
		q.Left = group(pipe(group(q.Left), fnProduct, right))
		value := q.Right
		q.Right = right
		return bind(value, boundName, pipe(group(q), fnNew))
	case gojq.OpEq, gojq.OpNe, gojq.OpLt, gojq.OpLe, gojq.OpGt, gojq.OpGe:
		q.Left, q.Right = group(pipe(group(q.Left), fnDeep)), group(pipe(group(q.Right), fnDeep))
	}
	return q
}

func isAssignment(op gojq.Operator) bool {
	return op >= gojq.OpAssign && op <= gojq.OpUpdateAlt
}

// assignment spells a += b as b as $b | a |= . + $b, which is what gojq makes of it, so that the sum is metered.
func (r *rewriter) assignment(q *gojq.Query) *gojq.Query {
	r.writes = true
	_, plain := plainPath(q.Left)
	q.Left, q.Right = r.query(q.Left), r.query(q.Right)
	if !plain {
		q.Left = group(pipe(group(q.Left), fnPath))
	}
	arithmetic := map[gojq.Operator]gojq.Operator{
		gojq.OpUpdateAdd: gojq.OpAdd, gojq.OpUpdateSub: gojq.OpSub, gojq.OpUpdateMul: gojq.OpMul,
		gojq.OpUpdateDiv: gojq.OpDiv, gojq.OpUpdateMod: gojq.OpMod, gojq.OpUpdateAlt: gojq.OpAlt,
	}
	op, ok := arithmetic[q.Op]
	if !ok {
		return pipe(group(q), fnNew)
	}
	value := q.Right
	q.Op, q.Right = gojq.OpModify, group(metered(&gojq.Query{Left: identity(), Op: op, Right: call(boundName)}))
	return bind(value, boundName, pipe(group(q), fnNew))
}

// term rewrites a term and, one after the other, its suffixes.
func (r *rewriter) term(t *gojq.Term) *gojq.Term {
	if r.depth++; r.depth > MaxNesting {
		r.fail("the expression is nested deeper than " + strconv.Itoa(MaxNesting) + " levels")
		return t
	}
	defer func() { r.depth-- }()
	suffixes := t.SuffixList
	t.SuffixList = nil
	t = r.base(t)
	for _, s := range suffixes {
		switch {
		case s.Iter:
			t = paren(pipe(query(t), fnIter))
		case s.Index != nil:
			r.index(s.Index)
		}
		t.SuffixList = append(t.SuffixList, s)
	}
	return t
}

// base rewrites a term that has no suffixes.
func (r *rewriter) base(t *gojq.Term) *gojq.Term {
	switch t.Type {
	case gojq.TermTypeRecurse:
		return paren(after(fnDeep, query(t)))
	case gojq.TermTypeIndex:
		r.index(t.Index)
	case gojq.TermTypeFunc:
		return r.function(t.Func)
	case gojq.TermTypeObject:
		for _, kv := range t.Object.KeyVals {
			if strings.HasPrefix(kv.Key, "$") {
				r.variable(kv.Key)
			}
			r.string(kv.KeyString, 1)
			kv.KeyQuery, kv.Val = r.query(kv.KeyQuery), r.query(kv.Val)
		}
		return paren(pipe(query(t), fnNew))
	case gojq.TermTypeArray:
		if t.Array.Query != nil {
			t.Array.Query = pipe(group(r.query(t.Array.Query)), fnElement)
		}
	case gojq.TermTypeUnary:
		t.Unary.Term = r.term(t.Unary.Term)
	case gojq.TermTypeFormat:
		return r.format(t)
	case gojq.TermTypeString:
		r.string(t.Str, 1)
	case gojq.TermTypeQuery:
		t.Query = r.query(t.Query)
	default:
		r.control(t)
	}
	return t
}

// control rewrites the parts of if, try, reduce, foreach and label.
func (r *rewriter) control(t *gojq.Term) {
	switch t.Type {
	case gojq.TermTypeIf:
		t.If.Cond, t.If.Then, t.If.Else = r.query(t.If.Cond), r.query(t.If.Then), r.query(t.If.Else)
		for _, e := range t.If.Elif {
			e.Cond, e.Then = r.query(e.Cond), r.query(e.Then)
		}
	case gojq.TermTypeTry:
		t.Try.Body, t.Try.Catch = r.query(t.Try.Body), r.query(t.Try.Catch)
	case gojq.TermTypeReduce:
		r.patterns(t.Reduce.Patterns)
		t.Reduce.Query, t.Reduce.Start, t.Reduce.Update = r.query(t.Reduce.Query), r.query(t.Reduce.Start), r.query(t.Reduce.Update)
	case gojq.TermTypeForeach:
		r.patterns(t.Foreach.Patterns)
		t.Foreach.Query, t.Foreach.Start = r.query(t.Foreach.Query), r.query(t.Foreach.Start)
		t.Foreach.Update, t.Foreach.Extract = r.query(t.Foreach.Update), r.query(t.Foreach.Extract)
	case gojq.TermTypeLabel:
		t.Label.Body = r.query(t.Label.Body)
	}
}

func (r *rewriter) patterns(ps []*gojq.Pattern) {
	if len(ps) > 1 {
		r.fail("?// is not available")
	}
	for _, p := range ps {
		r.pattern(p)
	}
}

func (r *rewriter) pattern(p *gojq.Pattern) {
	r.variable(p.Name)
	for _, e := range p.Array {
		r.pattern(e)
	}
	for _, o := range p.Object {
		r.variable(o.Key)
		r.string(o.KeyString, 1)
		o.KeyQuery = r.query(o.KeyQuery)
		if o.Val != nil {
			r.pattern(o.Val)
		}
	}
}

// variable refuses gojq's own variables, and the ones we bind.
func (r *rewriter) variable(name string) {
	if strings.HasPrefix(name, "$__") || name == "$ENV" {
		r.fail("the variable " + name + " is not available")
	}
}

func (r *rewriter) index(x *gojq.Index) {
	r.string(x.Str, 1)
	if x.IsSlice {
		x.Start, x.End = r.query(x.Start), r.query(x.End)
		return
	}
	if _, ok := smallIndex(x.Start); ok || x.Start == nil {
		return
	}
	if _, ok := literal(x.Start); ok {
		return
	}
	x.Start = pipe(group(r.query(x.Start)), fnIndex)
}

// string meters what is interpolated. All parts are evaluated before the first two are joined, and each joint copies
// what stands before it, so that a part counts once for each part there is.
func (r *rewriter) string(s *gojq.String, growth int) {
	if s == nil {
		return
	}
	for i, part := range s.Queries {
		if part.Term == nil || part.Term.Str == nil {
			s.Queries[i] = group(pipe(group(r.query(part)), fnText, number(growth*len(s.Queries))))
		}
	}
}

func (r *rewriter) format(t *gojq.Term) *gojq.Term {
	growth, ok := formats[t.Format]
	if !ok {
		r.fail("the format " + t.Format + " is not available")
		return t
	}
	if t.Str != nil {
		r.string(t.Str, growth)
		return t
	}
	return paren(after(fnText, query(t), number(growth)))
}
