package expr

import (
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

func (r *rewriter) function(f *gojq.Func) *gojq.Term {
	if strings.HasPrefix(f.Name, "$") {
		r.variable(f.Name)
		return call(f.Name).Term
	}
	switch name := f.Name + "/" + strconv.Itoa(len(f.Args)); name {
	case "add/1": // [f] | add
		return paren(r.query(pipe(query(&gojq.Term{Type: gojq.TermTypeArray, Array: &gojq.Array{Query: f.Args[0]}}), "add")))
	case "del/1": // delpaths([path(f)])
		list := query(&gojq.Term{Type: gojq.TermTypeArray, Array: &gojq.Array{Query: call("path", f.Args[0])}})
		return paren(r.query(call("delpaths", list)))
	default:
		rule, ok := allowed[name]
		if !ok {
			why, known := refused[f.Name]
			if !known {
				why = "is not known"
			}
			r.fail("the function " + clip(name) + " is not available: it " + why)
			return &gojq.Term{}
		}
		return paren(r.ruled(f, name, rule))
	}
}

func clip(name string) string {
	if len(name) > 40 {
		return name[:40] + "…"
	}
	return name
}

// ruled puts a function between the counters its rule names.
func (r *rewriter) ruled(f *gojq.Func, name string, rule rule) *gojq.Query {
	r.writes = r.writes || name == "delpaths/1" || name == "map_values/1"
	if rule.as != "" {
		return call(rule.as)
	}
	var before []*gojq.Query
	switch {
	case rule.regexp:
		rule.before, before = fnRegexp, []*gojq.Query{number(r.regexp(f))}
	case rule.bound:
		before = []*gojq.Query{call(boundName)}
	case rule.times > 0:
		before = []*gojq.Query{number(rule.times)}
	}
	for i, arg := range f.Args {
		f.Args[i] = r.query(arg)
		if i < len(rule.args) && rule.args[i] != "" {
			f.Args[i] = pipe(group(f.Args[i]), rule.args[i])
		}
	}
	if !rule.bound {
		return pipe(group(after(rule.before, call(f.Name, f.Args...), before...)), rule.after)
	}
	return bind(f.Args[0], boundName, pipe(group(after(rule.before, call(f.Name, call(boundName)), before...)), rule.after))
}
