package access

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// origins are the foreign origins that may call, each as an Origin header has
// it.
type origins map[string]bool

func newOrigins(list []string) (origins, error) {
	o := make(origins, len(list))
	var errs []error
	for _, entry := range list {
		if !isOrigin(entry) {
			errs = append(errs, fmt.Errorf("corsOrigins: %q is not scheme://host[:port] in lower case", entry))
			continue
		}
		o[entry] = true
	}
	return o, errors.Join(errs...)
}

// isOrigin reports whether an entry is one origin, written as browsers write it;
// patterns and "null" are not.
func isOrigin(entry string) bool {
	u, err := url.Parse(entry)
	return err == nil && u.Host != "" && entry == u.Scheme+"://"+strings.ToLower(u.Host) && !strings.Contains(entry, "*")
}

// verdict is what origins.judge says of a request.
type verdict uint8

const (
	own       verdict = iota // no browser, this origin's page, or an origin allowed
	foreign                  // a page of an origin that is not
	preflight                // a CORS preflight of an allowed origin
)

// What a page of an allowed origin may send and read, beyond what CORS lets pass
// without asking.
const (
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	corsHeaders = "Accept, Authorization, Cache-Control, Content-Type, Idempotency-Key, If-Modified-Since, If-None-Match, " +
		"Last-Event-Id, Prefer, Range, Traceparent, Tracestate, X-Api-Key, X-Request-Id"
	corsExposed = "Age, Cache-Status, Content-Range, ETag, Link, Location, Preference-Applied, RateLimit, RateLimit-Policy, " +
		"Retry-After, Server-Timing, X-Request-Id"
	corsMaxAge = "7200" // seconds; browsers keep no answer longer
)

// judge tells this service's own pages and non-browsers from foreign pages,
// whatever the method: a GET here makes this service fetch. The header is the
// answer's share of CORS.
func (o origins) judge(r *http.Request, scope Scope) (http.Header, verdict) {
	var header http.Header
	if len(o) > 0 {
		header = set(nil, "Vary", "Origin") // on every answer, or a cache would mix them up
	}
	if !fromElsewhere(r) {
		return header, own
	}
	values := r.Header["Origin"]
	if len(values) != 1 || !o[values[0]] {
		if scope == Page && isNavigation(r) {
			return header, own
		}
		return header, foreign
	}
	header.Set("Access-Control-Allow-Origin", values[0])
	method := r.Header.Get("Access-Control-Request-Method")
	if r.Method != http.MethodOptions || method == "" {
		header.Set("Access-Control-Expose-Headers", corsExposed)
		return header, own
	}
	// What is not listed here the browser itself refuses.
	header.Set("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
	header.Set("Access-Control-Allow-Methods", corsMethods)
	header.Set("Access-Control-Allow-Headers", corsHeaders)
	header.Set("Access-Control-Max-Age", corsMaxAge)
	return header, preflight
}

// fromElsewhere reports whether a browser sent the request for a page of another
// origin. Sec-Fetch-Site says so itself (Fetch Metadata section 2.4); same-site
// is another origin, such as another port of this machine. Browsers that do not
// send it send Origin on what could be foreign. A request with neither is no
// browser's, or a plain link's.
func fromElsewhere(r *http.Request) bool {
	switch site := r.Header["Sec-Fetch-Site"]; {
	case len(site) == 1 && (site[0] == "same-origin" || site[0] == "none"):
		return false
	case len(site) > 0:
		return true
	}
	origin := r.Header["Origin"]
	if len(origin) == 0 {
		return false
	}
	_, host, ok := strings.Cut(origin[0], "://") // "null" has none
	return len(origin) > 1 || !ok || !strings.EqualFold(host, r.Host)
}

// isNavigation reports whether the request is a browser following a link in a
// window of its own, not in a frame.
func isNavigation(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}
