package fetcher

import (
	"net/http"
	"strings"
)

// shownFields are the response fields that are part of an item: what describes
// the content, leads on, or tells of limits. Cookies and hop-by-hop fields are not.
// Both spellings stand here so that no name is made anew for each response.
var shownFields = []struct{ name, canonical string }{
	{"content-type", "Content-Type"},
	{"content-length", "Content-Length"},
	{"content-language", "Content-Language"},
	{"content-location", "Content-Location"},
	{"content-disposition", "Content-Disposition"},
	{"content-range", "Content-Range"},
	{"accept-ranges", "Accept-Ranges"},
	{"etag", "Etag"},
	{"last-modified", "Last-Modified"},
	{"date", "Date"},
	{"age", "Age"},
	{"expires", "Expires"},
	{"cache-control", "Cache-Control"},
	{"vary", "Vary"},
	{"location", "Location"},
	{"link", "Link"},
	{"allow", "Allow"},
	{"retry-after", "Retry-After"},
	{"www-authenticate", "Www-Authenticate"},
	{"deprecation", "Deprecation"},
	{"sunset", "Sunset"},
	{"x-total-count", "X-Total-Count"},
	{"x-request-id", "X-Request-Id"},
	{"ratelimit", "Ratelimit"},
	{"ratelimit-policy", "Ratelimit-Policy"},
	{"ratelimit-limit", "Ratelimit-Limit"},
	{"ratelimit-remaining", "Ratelimit-Remaining"},
	{"ratelimit-reset", "Ratelimit-Reset"},
	{"x-ratelimit-limit", "X-Ratelimit-Limit"},
	{"x-ratelimit-remaining", "X-Ratelimit-Remaining"},
	{"x-ratelimit-reset", "X-Ratelimit-Reset"},
}

func appendHeaders(dst []byte, h http.Header) []byte {
	if len(h) == 0 {
		return dst
	}
	dst = append(dst, `,"headers":{`...)
	first := true
	for _, field := range shownFields {
		values := h[field.canonical]
		if len(values) == 0 {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, '"')
		dst = append(dst, field.name...)
		dst = append(dst, '"', ':')
		if len(values) == 1 {
			dst = appendString(dst, values[0])
		} else {
			dst = appendString(dst, strings.Join(values, ", "))
		}
	}
	return append(dst, '}')
}
