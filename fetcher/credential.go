package fetcher

import (
	"net/http"
	"net/url"
	"strings"
)

// queryCredential is the innermost stage: it adds a credential that goes in the
// query to what is sent, after cache, logs and metrics have seen the URL without
// it, and only to the origin of the upstream it belongs to.
type queryCredential struct {
	next http.RoundTripper
}

func (s queryCredential) RoundTrip(r *http.Request) (*http.Response, error) {
	upstream := hopOf(r).upstream
	if upstream == nil || upstream.Credential.Kind != "query" || !upstream.shownTo(r.URL) {
		return s.next.RoundTrip(r)
	}
	signed := r.WithContext(r.Context())
	u := *r.URL
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += url.QueryEscape(upstream.Credential.Name) + "=" + url.QueryEscape(upstream.Credential.Secret)
	signed.URL = &u
	answer, err := s.next.RoundTrip(signed)
	if answer != nil {
		// The answer belongs to the request as the outer stages know it.
		answer.Request = r
		conceal(answer.Header, upstream.Credential)
	}
	return answer, err
}

// leading are the response fields that lead on to other URLs. Upstreams make them
// of the request's own, credential and all.
var leading = [...]string{"Location", "Content-Location", "Link", "Refresh"}

// conceal takes a query credential out of the fields that lead on. It is added
// again where they are followed to the upstream.
func conceal(h http.Header, c Credential) {
	for _, name := range leading {
		for i, value := range h[name] {
			for _, secret := range []string{url.QueryEscape(c.Secret), url.PathEscape(c.Secret), c.Secret} {
				own := url.QueryEscape(c.Name) + "=" + secret
				value = strings.ReplaceAll(value, own+"&", "")
				value = strings.ReplaceAll(value, "?"+own, "")
				value = strings.ReplaceAll(value, "&"+own, "")
			}
			h[name][i] = value
		}
	}
}
