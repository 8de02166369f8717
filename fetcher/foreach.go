package fetcher

import (
	"net/http"
	"strconv"
	"time"
)

// forEach is an item that makes one call per value.
type forEach struct {
	run       *run
	item      int
	responses []Response
	open      int
	size      int64
}

// beginForEach finds the values on a worker and then makes all calls.
func (r *run) beginForEach(i int) {
	it := &r.plan.items[i]
	scope := r.scope(it, nil, false)
	began := r.engine.now()
	r.submit(&task{
		do: func(_ time.Duration) func() {
			values, err := it.forEach.Values(r.ctx, scope, r.engine.limits.MaxCalls)
			return func() {
				switch {
				case err != nil:
					r.finish(i, r.unsent(i, Classify(err)))
				case len(values) == 0:
					empty := Response{
						Collected: true, Status: http.StatusOK, Elements: []Outcome{},
						Body: Body{Kind: BodyJSON, Bytes: []byte("[]")},
					}
					empty.Timing.Start = began.Sub(r.began)
					f := &forEach{run: r, item: i}
					f.finish(empty)
				default:
					r.fetchEach(i, values)
				}
			}
		},
		expire: func() { r.finish(i, r.unsent(i, r.over())) },
	})
}

func (r *run) fetchEach(i int, values []any) {
	all := &forEach{run: r, item: i, responses: make([]Response, len(values)), open: len(values)}
	for n, value := range values {
		r.fetch(i, value, true, func(response Response) { all.took(n, response) })
	}
}

// took keeps the response for the n-th value; the last one ends the item.
func (f *forEach) took(n int, response Response) {
	// What select made of a body is kept outside of the memory budget.
	f.size += int64(len(response.Body.Bytes))
	if f.size > f.run.engine.limits.MaxBatchBytes && response.Collected {
		response.Release()
		response.Body = Body{}
		response.fail(&Error{Code: CodeBodyTooLarge, Detail: "the bodies are larger than a batch may be"})
	}
	f.responses[n] = response
	if f.open--; f.open > 0 {
		return
	}
	f.finish(f.whole())
}

func (f *forEach) finish(whole Response) {
	if f.run.plan.items[f.item].read && whole.Collected {
		f.run.items[f.item].value = responseValue(&whole)
	}
	f.run.finish(f.item, whole)
}

// whole joins the responses: the bodies as an array in the order of the values,
// null where one was not collected, and how each call went beside it.
func (f *forEach) whole() Response {
	whole := Response{Collected: true, Status: http.StatusOK, Elements: make([]Outcome, len(f.responses))}
	size := 2
	for n := range f.responses {
		size += len(f.responses[n].Body.Bytes) + 5
	}
	bodies := append(make([]byte, 0, size), '[')
	failed := 0
	for n := range f.responses {
		one := &f.responses[n]
		if n > 0 {
			bodies = append(bodies, ',')
		}
		bodies = one.Body.appendValue(bodies)
		whole.Elements[n] = one.outcome()
		whole.Attempts += one.Attempts
		whole.Timing.span(one.Timing)
		if !one.Collected {
			if failed++; failed == 1 {
				whole.Status, whole.Error, whole.Collected = one.Status, one.Error, false
			}
		}
		one.Release()
	}
	if whole.Error != nil {
		whole.Error = &Error{
			Code:   whole.Error.Code,
			Detail: strconv.Itoa(failed) + " of " + strconv.Itoa(len(f.responses)) + " calls: " + whole.Error.Detail,
		}
	}
	whole.Body = Body{Kind: BodyJSON, Bytes: append(bodies, ']')}
	return whole
}
