package cache

import (
	"maps"
	"net/http"
)

// dropConnectionFields removes what concerns one connection only and so is never stored or
// forwarded (RFC 9111 §3.1, RFC 9110 §7.6.1), in place.
func dropConnectionFields(h http.Header) {
	eachMember(h["Connection"], func(member string) { delete(h, http.CanonicalHeaderKey(member)) })
	for _, name := range [...]string{
		"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
		"Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization",
	} {
		delete(h, name)
	}
}

// storedFields is a copy of the response's fields as they are kept: without those of the
// connection, those no-cache="…" names, and, where all may share it, those private="…" names.
func storedFields(h http.Header, c responseControl, private bool) http.Header {
	kept := maps.Clone(h)
	dropConnectionFields(kept)
	for _, name := range c.noCacheFields {
		delete(kept, name)
	}
	if !private {
		for _, name := range c.privateFields {
			delete(kept, name)
		}
	}
	// The fields every reuse adds have their place already, so that a copy need not grow.
	for _, name := range [...]string{"Age", "Cache-Status"} {
		if _, ok := kept[name]; !ok {
			kept[name] = nil
		}
	}
	return kept
}

// described fields tell of the stored content itself, which a 304 does not carry; the entity
// tag is what our own condition named, so a 304 cannot mean another.
func described(name string) bool {
	switch name {
	case "Content-Length", "Content-Encoding", "Content-Range", "Content-Md5", "Etag", "Cache-Status":
		return true
	}
	return false
}

// updatedFields merges the fields of a 304 into the stored ones (RFC 9111 §3.2): every field
// it has replaces the stored one, but for those that describe the content.
func updatedFields(stored, update http.Header) http.Header {
	merged := maps.Clone(stored)
	delete(merged, "Age")
	for name, values := range update {
		if !described(name) {
			merged[name] = values
		}
	}
	dropConnectionFields(merged)
	return merged
}

// notModifiedFields are those of the stored response that a 304 made from it carries (RFC 9110
// §15.4.5).
func notModifiedFields(stored http.Header) http.Header {
	h := make(http.Header, 10)
	for _, name := range [...]string{
		"Cache-Control", "Content-Location", "Date", "Etag", "Expires", "Vary", "Last-Modified", "Cache-Status",
	} {
		if values, ok := stored[name]; ok {
			h[name] = values
		}
	}
	return h
}
