package fetcher

import (
	"net/url"
	"time"

	"gather/fetcher/expr"
	"gather/fetcher/guard"
	"gather/fetcher/transport"
)

// begin starts an item all of whose dependencies are done.
func (r *run) begin(i int) {
	it := &r.plan.items[i]
	for _, before := range it.dependsOn {
		if !r.items[before].response.Collected {
			r.finish(i, r.unsent(i, r.dependencyFailed(before)))
			return
		}
	}
	switch {
	case it.refused != nil:
		r.finish(i, r.unsent(i, it.refused))
	case it.forEach != nil:
		r.beginForEach(i)
	default:
		r.fetch(i, nil, false, func(response Response) { r.finish(i, response) })
	}
}

// fetch makes the calls of one item, or of one value of its forEach, and hands
// the whole to done on the run's own goroutine.
func (r *run) fetch(i int, each any, bound bool, done func(Response)) {
	it := &r.plan.items[i]
	if it.paginate != nil {
		newPager(r, i, r.scope(it, each, bound), func(whole Response) { done(r.within(whole)) }).first()
		return
	}
	var value any
	r.call(i, r.scope(it, each, bound), nil, func(response Response) Response {
		if it.selects != nil && response.Collected {
			selectBody(r.ctx, it.selects, &response)
		}
		if it.read && response.Collected && !bound {
			value = responseValue(&response)
		}
		return response
	}, func(response Response) {
		if !bound {
			r.items[i].value = value
		}
		done(r.within(response))
	})
}

// call makes one call: shape runs on the worker once the answer is there, done
// on the run's own goroutine. target, where given, replaces the item's URL.
func (r *run) call(i int, scope *expr.Scope, target *url.URL, shape func(Response) Response, done func(Response)) {
	it := &r.plan.items[i]
	ready := r.engine.now()
	lane := it.lane
	if target != nil {
		lane = target.Host
	}
	r.submit(&task{
		lane: lane,
		do: func(queued time.Duration) func() {
			response := r.exchange(it, scope, target)
			response = shape(response)
			response.Timing.Start = ready.Sub(r.began)
			response.Timing.Queued += queued
			response.Timing.Total = r.engine.now().Sub(ready)
			return func() { done(response) }
		},
		expire: func() {
			response := r.unsent(i, r.over())
			response.Timing.Start = ready.Sub(r.began)
			response.Timing.Total = r.engine.now().Sub(ready)
			response.Timing.Queued = response.Timing.Total
			done(response)
		},
	})
}

// exchange makes the request of an item and sends it.
func (r *run) exchange(it *item, scope *expr.Scope, target *url.URL) Response {
	x := &exchange{
		caller: r.opts.Caller,
		method: it.method, url: it.url, header: it.header.Clone(), body: it.body,
		redirect: it.redirect, cacheMode: it.cache, upstream: it.upstream, timeout: it.timeout,
		call: r.engine.newCall(r, it),
	}
	if err := r.expand(it, scope, target, x); err != nil {
		var response Response
		response.fail(Classify(err))
		return response
	}
	x.partition = x.ownPartition(it)
	response := r.engine.client.do(r.ctx, x)
	if failed := response.Error; failed != nil && (failed.Code == CodeCanceled || failed.Code == CodeTimeout && r.ctx.Err() != nil) {
		response.Error = r.over()
		response.Status = response.Error.Code.Status()
	}
	return response
}

// newCall is what the chain is told of a call.
func (e *Engine) newCall(r *run, it *item) *transport.Call {
	return &transport.Call{
		Client: r.opts.Caller.Client, Weight: max(1, r.opts.Caller.Weight), Batch: r.batch, Low: r.opts.Caller.Background,
		Attempts: it.attempts, RetryUnsafe: it.attempts > 1,
		Decode: it.header.Get("Accept-Encoding") == acceptedCodings,
	}
}

// acceptedCodings are the content codings this service decodes by itself.
const acceptedCodings = "gzip, zstd"

// ownPartition keeps an upstream's answers to our credential from everybody else's.
// What an item says of itself beside the credential makes its answers its own.
func (x *exchange) ownPartition(it *item) string {
	if x.upstream == nil || x.upstream.Credential.Kind == "" || it.personal {
		return ""
	}
	return "upstream/" + x.upstream.Name
}

// expand fills in what the item's references stand for. page, where given, is
// where an earlier page of the item led.
func (r *run) expand(it *item, scope *expr.Scope, page *url.URL, x *exchange) error {
	if it.target != nil {
		target, err := r.resolve(it, scope)
		if err != nil {
			return err
		}
		x.url = target.String()
		if it.upstream != nil && !it.upstream.shownTo(target) {
			delete(x.header, it.upstream.Credential.field())
		}
	}
	for _, f := range it.fields {
		value, err := f.value.Expand(r.ctx, scope)
		if err != nil {
			return err
		}
		x.header[f.name] = []string{value}
	}
	if it.template != nil {
		body, err := it.template.Expand(r.ctx, scope)
		if err != nil {
			return err
		}
		x.body = it.content(body)
	}
	if page != nil {
		return r.turn(x, page)
	}
	return nil
}

// resolve makes the URL of an item that holds references. Only now is it known
// where it leads, so that only now it can be said whether the caller may go there
// and whether it belongs to the upstream whose credential the item carries.
func (r *run) resolve(it *item, scope *expr.Scope) (*url.URL, error) {
	address, err := it.target.Expand(r.ctx, scope)
	if err != nil {
		return nil, err
	}
	if it.upstream != nil && address[0] == '/' {
		address = it.upstream.join(address)
	}
	target, err := r.engine.guard.Parse(address)
	if err != nil {
		return nil, err
	}
	return target, r.engine.mayFetch(r.opts.Caller, it.upstream, target)
}

// turn sends the exchange to a further page instead. What belongs to the origin of
// the item itself does not go to another one that a page names.
func (r *run) turn(x *exchange, page *url.URL) error {
	origin, err := url.Parse(x.url)
	if err != nil || !guard.SameOrigin(origin, page) {
		guard.StripCrossOrigin(x.header)
		x.upstream = nil
	}
	x.url = page.String()
	return r.engine.mayFetch(r.opts.Caller, x.upstream, page)
}

// within counts a body against the batch's cap, and drops what is too much.
func (r *run) within(response Response) Response {
	limit := r.engine.limits.MaxBatchBytes
	size := int64(len(response.Body.Bytes))
	if !r.opts.Keep || r.bytes+size <= limit {
		r.bytes += size
		return response
	}
	response.Release()
	response.Body = Body{}
	response.fail(&Error{Code: CodeBodyTooLarge, Detail: "the bodies of the batch are larger than allowed together"})
	return response
}
