package fetcher

import (
	"hash/maphash"
	"net/http"
	"net/url"
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
