package cache

import (
	"net/http"
	"net/url"
)

// unsafe reports whether the method may change the target (RFC 9110 §9.2.1); methods nobody
// knows are taken to.
func unsafe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, "PROPFIND", "REPORT", "SEARCH", "QUERY":
		return false
	}
	return true
}

// invalidated lists the URLs that a response to an unsafe request makes doubtful (RFC 9111
// §4.4): the target, and Location and Content-Location of the same origin, if the request
// succeeded. Pure.
func invalidated(r *http.Request, status int, h http.Header) []string {
	if status < 200 || status > 399 {
		return nil
	}
	urls := []string{normalURL(r.URL, r.Host)}
	for _, name := range [...]string{"Location", "Content-Location"} {
		if u := sameOrigin(r.URL, h.Get(name)); u != nil {
			urls = append(urls, normalURL(u, ""))
		}
	}
	return urls
}

// sameOrigin resolves reference against base; nil if there is none or it leads elsewhere.
func sameOrigin(base *url.URL, reference string) *url.URL {
	if reference == "" {
		return nil
	}
	u, err := base.Parse(reference)
	if err != nil || origin(u) != origin(base) {
		return nil
	}
	return u
}

func origin(u *url.URL) string { return normalURL(&url.URL{Scheme: u.Scheme, Host: u.Host}, "") }
