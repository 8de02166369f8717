package cache

import "net/http"

// policy is what, besides the messages themselves, decides about one exchange.
type policy struct {
	rules       Rules
	private     bool // the request has a partition of its own: no other client is served from it
	credentials bool // the request carried Authorization or Cookie
	authorized  bool // the request carried Authorization
}

// understood reports whether the cache knows the status code's caching rules, as
// must-understand demands (RFC 9111 §5.2.2.3).
func understood(status int) bool {
	switch status {
	case 200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 410, 411,
		412, 413, 414, 415, 421, 422, 429, 500, 501, 502, 503, 504:
		return true
	}
	return false
}

// storable reports whether the response to a GET may be stored (RFC 9111 §3, §3.5). Pure.
func storable(status int, h http.Header, c responseControl, targeted bool, noStoreAsked bool, p policy) bool {
	switch {
	case status < 200, status == http.StatusNotModified:
		return false
	case noStoreAsked: // §5.2.1.5
		return false
	case c.mustUnderstand && !understood(status):
		return false
	case c.noStore && !c.mustUnderstand: // §5.2.2.3: must-understand overrides no-store
		return false
	case c.private && !p.private:
		return false
	case status == http.StatusPartialContent && len(h["Content-Range"]) != 1:
		return false // multipart/byteranges, or a fault
	case p.authorized && !p.private && !c.public && !c.mustRevalidate && !c.sMaxAge.set:
		return false // §3.5
	}
	if _, ok := varyNames(h); !ok {
		return false // §4.1: "Vary: *" never matches a later request
	}
	explicit := c.maxAge.set || (c.sMaxAge.set && !p.private) || (len(h["Expires"]) > 0 && !targeted)
	return explicit || c.public || (c.private && p.private) || heuristicStatus(status)
}

// worthKeeping reports whether a storable response can ever be reused: it is fresh for a time,
// may be served stale, or can be validated.
func worthKeeping(h http.Header, c responseControl, f freshness) bool {
	return f.lifetime > f.initialAge || c.staleWhileRevalidate.seconds > 0 || c.staleIfError.seconds > 0 ||
		len(h["Etag"]) > 0 || len(h["Last-Modified"]) > 0
}

// shareable reports whether a response may answer other requests that were waiting for the
// same thing when it came (RFC 9111 §4: collapsed requests). It need not be stored, but
// nothing in it may be meant for one client alone, or need validating before each reuse. That
// none of the requests had credentials is seen to before they wait.
func shareable(status int, h http.Header, c responseControl, noStoreAsked bool, p policy) bool {
	if noStoreAsked || c.noStore || c.noCache || (c.mustUnderstand && !understood(status)) {
		return false
	}
	if p.private {
		return true // every one that waits is of the same partition and sent the same fields
	}
	if c.private || len(c.privateFields) > 0 || len(c.noCacheFields) > 0 {
		return false
	}
	if len(h["Set-Cookie"]) > 0 && !c.public && !c.maxAge.set && !c.sMaxAge.set {
		return false
	}
	_, ok := varyNames(h)
	return ok
}
