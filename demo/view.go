package demo

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// defaultPage is json-server's page size where _page comes without _limit.
const defaultPage = 10

// view is what a list request asks for: which records, in what order, and which part of them.
type view struct {
	filters []filter
	sorts   []order
	paged   bool // _page was given
	counted bool // any of _page, _limit, _end was given
	page    int  // from 1
	limit   int
	start   int
	end     int // exclusive; -1: to the last
}

// filter keeps the records whose field equals one of the values.
type filter struct {
	field  int
	values []string
}

type order struct {
	field      int
	descending bool
}

// parseView reads the parameters as json-server does: what is no field and no parameter it knows is ignored, and a
// number that is none counts as absent.
func parseView(c *collection, query url.Values) view {
	v := view{end: -1}
	for name, values := range query {
		if field, ok := c.fields[name]; ok {
			v.filters = append(v.filters, filter{field, values})
		}
	}
	v.sorts = parseSorts(c, query)
	v.paged = query.Get("_page") != ""
	v.counted = v.paged || query.Get("_limit") != "" || query.Get("_end") != ""
	v.limit = number(query, "_limit")
	switch {
	case v.paged:
		v.page = max(number(query, "_page"), 1)
		if v.limit == 0 {
			v.limit = defaultPage
		}
	case query.Get("_end") != "":
		v.start, v.end = number(query, "_start"), number(query, "_end")
	case query.Get("_limit") != "":
		v.start = number(query, "_start")
		v.end = v.start + v.limit
	}
	return v
}

func parseSorts(c *collection, query url.Values) []order {
	if query.Get("_sort") == "" {
		return nil
	}
	directions := strings.Split(query.Get("_order"), ",")
	var sorts []order
	for i, name := range strings.Split(query.Get("_sort"), ",") {
		field, ok := c.fields[name]
		if !ok {
			continue
		}
		sorts = append(sorts, order{field, i < len(directions) && strings.EqualFold(directions[i], "desc")})
	}
	return sorts
}

// number is bounded, so that no sum of two can overflow.
func number(query url.Values, name string) int {
	n, err := strconv.Atoi(query.Get(name))
	if err != nil || n < 0 {
		return 0
	}
	return min(n, 1<<30)
}

// result is a part of a list with the number of records the whole of it has.
type result struct {
	payload
	total int
}

func (v view) apply(c *collection) result {
	if len(v.filters) == 0 && len(v.sorts) == 0 && !v.counted {
		return result{payload: c.whole, total: len(c.records)}
	}
	records := c.records
	if len(v.filters) > 0 {
		records = v.filter(records)
	}
	if len(v.sorts) > 0 {
		records = slices.Clone(records)
		slices.SortStableFunc(records, v.compare)
	}
	start, end := v.start, v.end
	if v.paged {
		start = min(v.page-1, len(records)) * v.limit
		end = start + v.limit
	}
	if end < 0 {
		end = len(records)
	}
	start = min(start, len(records))
	end = max(start, min(end, len(records)))
	return result{payload: newPayload(join(records[start:end])), total: len(records)}
}

func (v view) filter(records []record) []record {
	var kept []record
	for _, r := range records {
		if !slices.ContainsFunc(v.filters, func(f filter) bool { return !slices.Contains(f.values, r.values[f.field]) }) {
			kept = append(kept, r)
		}
	}
	return kept
}

// compare orders numbers by value and everything else by its text.
func (v view) compare(a, b record) int {
	for _, s := range v.sorts {
		x, y := a.values[s.field], b.values[s.field]
		n, errN := strconv.ParseFloat(x, 64)
		m, errM := strconv.ParseFloat(y, 64)
		c := strings.Compare(x, y)
		if errN == nil && errM == nil {
			c = cmp.Compare(n, m)
		}
		if s.descending {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// setHeaders adds X-Total-Count and, to pages, the links of RFC 8288 in json-server's order.
func (v view) setHeaders(h http.Header, r *http.Request, res result) {
	if !v.counted {
		return
	}
	h.Set("X-Total-Count", strconv.Itoa(res.total))
	if !v.paged || v.limit >= res.total {
		return
	}
	last := (res.total + v.limit - 1) / v.limit
	links := []string{link(r, "first", 1)}
	if v.page > 1 {
		links = append(links, link(r, "prev", v.page-1))
	}
	if v.page < last {
		links = append(links, link(r, "next", v.page+1))
	}
	h.Set("Link", strings.Join(append(links, link(r, "last", last)), ", "))
}

func link(r *http.Request, rel string, page int) string {
	query := r.URL.Query()
	query.Set("_page", strconv.Itoa(page))
	u := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawQuery: query.Encode()}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	return "<" + u.String() + `>; rel="` + rel + `"`
}
