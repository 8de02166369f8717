package fetcher

import (
	"errors"
	"strings"

	"gather/fetcher/expr"
	"gather/fetcher/guard"
)

// target judges where an item goes. What is no http URL is a fault of the batch;
// a well-formed target that must not be fetched is refused as that item's answer.
func (c *compiler) target(i int, r *Request, it *item) {
	at := place{i, "url", ""}
	switch {
	case r.URL == "":
		c.add(at.pointer(), "is required")
		return
	case it.upstream == nil && r.URL[0] == '/':
		if r.Upstream == "" {
			c.add(at.pointer(), "must be an absolute http or https URL, or a path of a named upstream")
		}
		return
	case expr.IsTemplate(r.URL):
		target, err := expr.CompileURL(r.URL)
		if err != nil {
			c.add(at.pointer(), err.Error())
			return
		}
		it.target = target
		c.refer(it, at, target.Refs())
		c.origin(i, r, it)
		return
	}
	address := r.URL
	if it.upstream != nil && address[0] == '/' {
		address = it.upstream.join(address)
	}
	parsed, err := c.engine.guard.Parse(address)
	if err == nil {
		err = c.engine.mayFetch(c.opts.Caller, it.upstream, parsed)
	}
	if err != nil {
		it.url = address
		c.refuse(i, it, err)
		return
	}
	it.url, it.lane = parsed.String(), parsed.Host
	it.elsewhere = it.upstream != nil && !it.upstream.shownTo(parsed)
}

// origin judges what of a target with references is known before the run: where
// no reference makes the whole of it, its scheme, host and port.
func (c *compiler) origin(i int, r *Request, it *item) {
	var origin string
	switch before, _, _ := strings.Cut(r.URL, "{{"); {
	case before == "":
		return
	case before[0] == '/':
		origin = it.upstream.Base.Scheme + "://" + it.upstream.Base.Host
	default:
		scheme, rest, _ := strings.Cut(before, "://")
		host, _, _ := strings.Cut(rest, "/")
		host, _, _ = strings.Cut(host, "?")
		origin = scheme + "://" + host
	}
	parsed, err := c.engine.guard.Parse(origin)
	if err == nil {
		err = c.engine.mayFetch(c.opts.Caller, it.upstream, parsed)
	}
	if err != nil {
		c.refuse(i, it, err)
		return
	}
	it.lane = parsed.Host
}

// refuse turns a refusal into a fault of the batch or, where a well-formed target
// must not be fetched, into that item's answer.
func (c *compiler) refuse(i int, it *item, err error) {
	var refusal *guard.Error
	if errors.As(err, &refusal) && unreadable(refusal) {
		c.add(requestPointer(i, "url"), refusal.Reason.Message())
		return
	}
	it.refused = Classify(err)
}
