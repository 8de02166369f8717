package fetcher

import (
	"slices"
	"strconv"
	"strings"

	"gather/fetcher/expr"
)

// expressions compiles what works on data, and notes what it depends on.
func (c *compiler) expressions(i int, r *Request, it *item) {
	for n, id := range r.DependsOn {
		c.depend(it, place{i, "dependsOn", strconv.Itoa(n)}, id)
	}
	if r.ForEach != "" {
		at := place{i, "forEach", ""}
		path, err := expr.CompilePath(r.ForEach)
		if err != nil {
			c.add(at.pointer(), err.Error())
		} else {
			it.forEach = path
			if path.Refs()[0].Root == "each" {
				c.add(at.pointer(), "{{each}} is what it makes, and not to be had before")
			} else {
				c.refer(it, at, path.Refs())
			}
		}
	}
	it.selects = c.query(i, "select", r.Select)
	if r.Paginate != nil {
		c.paginate(i, r, it)
	}
	if it.method == "HEAD" && (it.selects != nil || it.paginate != nil) {
		c.add(requestPointer(i, "method"), "a HEAD has no body to select from")
	}
}

func (c *compiler) query(i int, name, source string) *expr.Query {
	if source == "" {
		return nil
	}
	query, err := expr.Compile(source)
	if err != nil {
		c.add(requestPointer(i, name), err.Error())
		return nil
	}
	return query
}

func (c *compiler) paginate(i int, r *Request, it *item) {
	p := r.Paginate
	compiled := &pages{
		param:    p.Param,
		items:    c.query(i, "paginate/items", p.Items),
		total:    c.query(i, "paginate/total", p.Total),
		maxPages: p.MaxPages,
	}
	if compiled.maxPages == 0 {
		compiled.maxPages = DefaultMaxPages
	}
	if limit := c.engine.limits.MaxCalls; compiled.maxPages > limit {
		c.addf(requestPointer(i, "paginate/maxPages"), "must be at most %d", limit)
	}
	switch p.Next {
	case "":
		if p.Param == "" {
			c.add(requestPointer(i, "paginate"), `needs "next" (a link or an expression) or "param" (a query parameter to count)`)
		}
		name := strings.ToLower(p.Param)
		compiled.offset = strings.Contains(name, "offset") || strings.Contains(name, "start") || strings.Contains(name, "skip")
	case "link":
		compiled.link = true
	default:
		compiled.next = c.query(i, "paginate/next", p.Next)
	}
	if it.method != "GET" {
		c.add(requestPointer(i, "paginate"), "only a GET has pages")
	}
	it.paginate = compiled
}

// maxCircleShown is how many items of a circle are named before its end.
const maxCircleShown = 10

// graph finds the requests that wait for each other in a circle.
func (c *compiler) graph() {
	missing := make([]int, len(c.plan.items))
	var ready []int
	for i := range c.plan.items {
		if missing[i] = len(c.plan.items[i].dependsOn); missing[i] == 0 {
			ready = append(ready, i)
		}
	}
	for len(ready) > 0 {
		i := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		for _, next := range c.plan.items[i].dependents {
			if missing[next]--; missing[next] == 0 {
				ready = append(ready, next)
			}
		}
	}
	for i := range missing {
		if missing[i] > 0 {
			if circle := c.circleFrom(i, missing); circle != nil {
				c.addf(requestPointer(i, "dependsOn"), "waits for itself: %s", strings.Join(circle, " → "))
				return
			}
		}
	}
}

// circleFrom follows unmet dependencies until an item comes again.
func (c *compiler) circleFrom(i int, missing []int) []string {
	var path []int
	for !slices.Contains(path, i) {
		path = append(path, i)
		next := slices.IndexFunc(c.plan.items[i].dependsOn, func(d int) bool { return missing[d] > 0 })
		if next < 0 {
			return nil
		}
		i = c.plan.items[i].dependsOn[next]
	}
	path = append(path[slices.Index(path, i):], i)
	ids := make([]string, 0, maxCircleShown+2)
	for n, item := range path {
		if n == maxCircleShown && len(path) > maxCircleShown+2 {
			return append(ids, "…", c.plan.items[i].id)
		}
		ids = append(ids, c.plan.items[item].id)
	}
	return ids
}
