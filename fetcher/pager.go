package fetcher

import (
	"context"
	"hash/maphash"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gather/fetcher/expr"
)

// pager follows the pages of one item, or of one value of its forEach, and joins
// what they hold.
type pager struct {
	run   *run
	item  int
	scope *expr.Scope
	done  func(Response)

	pages []page
	// open counts the pages on their way, judged those that were looked at, in
	// order; last is the position from which on nothing is kept: an empty page, one
	// seen before, one that failed. It is -1 for none.
	open, judged, last int
	judging            bool
	seen               map[uint64]bool
	seed               maphash.Seed
	size               int64
}

// page is one answer, taken apart on a worker.
type page struct {
	response Response
	arrived  bool
	// items is the JSON of the page's items, without the array's brackets.
	items []byte
	count int
	hash  uint64
	// next is where the following page is, nil for nowhere.
	next *url.URL
	// total is how many items all pages hold, -1 where nobody said.
	total int
}

func newPager(r *run, i int, scope *expr.Scope, done func(Response)) *pager {
	return &pager{
		run: r, item: i, scope: scope, done: done,
		last: -1, seen: make(map[uint64]bool), seed: maphash.MakeSeed(),
	}
}

func (p *pager) spec() *pages { return p.run.plan.items[p.item].paginate }

func (p *pager) first() { p.fetch(0, nil) }

// fetch asks for the n-th page.
func (p *pager) fetch(n int, target *url.URL) {
	for len(p.pages) <= n {
		p.pages = append(p.pages, page{})
	}
	p.open++
	p.run.items[p.item].calls++
	// The parts come from the worker, the response through call, which times it.
	var parts page
	p.run.call(p.item, p.scope, target, func(response Response) Response {
		if !response.Collected {
			return response
		}
		var err error
		if parts, err = p.takeApart(p.run.ctx, &response); err != nil {
			response.fail(Classify(err))
		}
		return response
	}, func(response Response) {
		parts.response, parts.arrived = response, true
		p.took(n, parts)
	})
}

// takeApart runs on a worker.
func (p *pager) takeApart(ctx context.Context, response *Response) (page, error) {
	spec := p.spec()
	parts := page{total: -1} // which only counted pages have
	if response.Body.Kind != BodyJSON {
		return parts, &Error{Code: CodeExpressionFailed, Detail: "a page is not JSON"}
	}
	content := response.Body.Bytes
	items := content
	var err error
	if spec.items != nil {
		if items, err = spec.items.JSON(ctx, content); err != nil {
			return parts, err
		}
	}
	var ok bool
	if parts.items, parts.count, ok = elements(items); !ok {
		return parts, &Error{Code: CodeExpressionFailed, Detail: "the items of a page are not an array"}
	}
	parts.hash = maphash.Bytes(p.seed, parts.items)
	here, err := url.Parse(response.URL)
	if err != nil {
		return parts, &Error{Code: CodeBadResponse, Detail: "the page has no address"}
	}
	switch {
	case spec.link:
		parts.next = nextLink(here, response.Header)
	case spec.next != nil:
		if parts.next, err = spec.follow(ctx, here, content); err != nil {
			return parts, err
		}
	default:
		parts.next = spec.count(here, parts.count)
		if parts.total, err = spec.totalOf(ctx, response.Header, content); err != nil {
			return parts, err
		}
	}
	return parts, nil
}

// took keeps a page and goes on from those that are there without a gap: pages
// that were asked for at once arrive in any order, and are judged in theirs.
func (p *pager) took(n int, got page) {
	// The body was taken apart; the joined one is counted instead.
	got.response.Release()
	p.pages[n] = got
	// A page that is asked for when the run is over is answered at once, from
	// within judge.
	if !p.judging {
		p.judging = true
		for p.last < 0 && p.judged < len(p.pages) && p.pages[p.judged].arrived {
			p.judged++
			p.judge(p.judged - 1)
		}
		p.judging = false
	}
	if p.open--; p.open == 0 {
		p.end()
	}
}

// judge goes on from the n-th page, or makes it the last.
func (p *pager) judge(n int) {
	got := &p.pages[n]
	p.size += int64(len(got.items))
	switch {
	case !got.response.Collected, got.count == 0, p.seen[got.hash]:
		p.last = n
	case p.size > p.run.engine.limits.MaxBatchBytes: // kept outside of the memory budget
		got.response.fail(&Error{Code: CodeBodyTooLarge, Detail: "the pages are larger than a batch may be"})
		p.last = n
	default:
		p.seen[got.hash] = true
		p.proceed(n, got)
	}
}

// proceed asks for the page after the n-th; for all that remain where they can be
// counted and their number is known.
func (p *pager) proceed(n int, got *page) {
	spec := p.spec()
	if got.next == nil || n+1 >= spec.maxPages || n+1 < len(p.pages) {
		return
	}
	size, target := p.pages[0].count, got.next
	all, total := n+2, got.total
	if total < 0 {
		total = p.pages[0].total
	}
	if total >= 0 {
		all = min((total-1)/size+1, spec.maxPages)
	}
	if p.run.items[p.item].calls+all-n-1 > p.run.engine.limits.MaxCalls {
		got.response.fail(&Error{Code: CodeExpressionFailed, Detail: "forEach and paginate make too many calls together"})
		p.last = n
		return
	}
	for k := n + 1; k < all; k++ {
		p.fetch(k, target)
		if k+1 < all {
			target = spec.count(target, size)
		}
	}
}

// end joins the pages on a worker.
func (p *pager) end() {
	r, it := p.run, &p.run.plan.items[p.item]
	var whole Response
	var value any
	finish := func() {
		if it.forEach == nil {
			r.items[p.item].value = value
		}
		p.done(whole)
	}
	r.submit(&task{
		do: func(time.Duration) func() {
			whole = p.whole()
			if it.selects != nil && whole.Collected {
				selectBody(r.ctx, it.selects, &whole)
			}
			if it.read && whole.Collected && it.forEach == nil {
				value = responseValue(&whole)
			}
			return finish
		},
		expire: func() {
			whole = p.whole()
			whole.fail(r.over())
			finish()
		},
	})
}

func (p *pager) whole() Response {
	whole := Response{Collected: true, Status: http.StatusOK, Pages: []Outcome{}}
	joined := append(make([]byte, 0, p.size+int64(len(p.pages))+2), '[')
	for n := range p.pages {
		got := &p.pages[n]
		if !got.arrived {
			break
		}
		whole.Pages = append(whole.Pages, got.response.outcome())
		whole.Attempts += got.response.Attempts
		whole.Timing.span(got.response.Timing)
		if n == 0 {
			whole.URL, whole.Header, whole.Cache = got.response.URL, got.response.Header, got.response.Cache
		}
		if p.last >= 0 && n >= p.last {
			if !got.response.Collected {
				whole.Collected, whole.Status, whole.Error = false, got.response.Status, got.response.Error
			}
			break
		}
		if len(joined) > 1 {
			joined = append(joined, ',')
		}
		joined = append(joined, got.items...)
	}
	whole.Body = Body{Kind: BodyJSON, Bytes: append(joined, ']')}
	return whole
}

// follow is where a jq expression says the next page is.
func (s *pages) follow(ctx context.Context, here *url.URL, content []byte) (*url.URL, error) {
	decoded, err := expr.Decode(content)
	if err != nil {
		return nil, err
	}
	value, err := s.next.Value(ctx, decoded)
	if err != nil {
		return nil, err
	}
	if value == nil || value == false || value == "" {
		return nil, nil
	}
	text, ok := value.(string)
	if s.param != "" {
		if !ok {
			text = string(expr.Append(nil, value))
		}
		return withParam(here, s.param, text), nil
	}
	if !ok {
		return nil, &Error{Code: CodeExpressionFailed, Detail: "the next page's address is not a string"}
	}
	next, err := here.Parse(text)
	if err != nil {
		return nil, &Error{Code: CodeExpressionFailed, Detail: "the next page's address is not a URL"}
	}
	return next, nil
}

// count is the page after here, by a number in its query.
func (s *pages) count(here *url.URL, items int) *url.URL {
	start, step := 1, 1
	if s.offset {
		start, step = 0, items
	}
	if given, err := strconv.Atoi(here.Query().Get(s.param)); err == nil {
		start = given
	}
	return withParam(here, s.param, strconv.Itoa(start+step))
}

// totalOf is how many items there are in all, -1 where nobody says.
func (s *pages) totalOf(ctx context.Context, h http.Header, content []byte) (int, error) {
	text := h.Get("X-Total-Count")
	if s.total != nil {
		value, err := s.total.JSON(ctx, content)
		if err != nil {
			return 0, err
		}
		text = string(value)
	}
	total, err := strconv.Atoi(text)
	if err != nil || total < 0 {
		return -1, nil //nolint:nilerr // a field that is no number tells nothing
	}
	return total, nil
}

// withParam sets one query parameter and leaves the others as they are written.
func withParam(u *url.URL, name, value string) *url.URL {
	own := url.QueryEscape(name) + "=" + url.QueryEscape(value)
	var query []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		key, _, _ := strings.Cut(part, "=")
		if key, err := url.QueryUnescape(key); err == nil && key == name {
			part, own = own, ""
		}
		if part != "" {
			query = append(query, part)
		}
	}
	if own != "" {
		query = append(query, own)
	}
	changed := *u
	changed.RawQuery = strings.Join(query, "&")
	return &changed
}
