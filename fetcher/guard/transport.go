package guard

import "net/http"

// Transport is the guard's stage of the chain: it judges each request's URL
// before the stages inside it see it.
type Transport struct {
	next  http.RoundTripper
	guard *Guard
}

// NewTransport puts the URL layer before next.
func NewTransport(next http.RoundTripper, g *Guard) *Transport {
	return &Transport{next: next, guard: g}
}

// RoundTrip refuses what [Guard.Check] refuses and hands the rest on with the
// URL in normal form, so that caches and limits further in know one host by one
// name. The Host header is always the URL's.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	host, err := t.guard.judge(r.URL)
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // a RoundTripper closes the body, on errors too
		}
		return nil, t.guard.noted(err)
	}
	query := normalQuery(r.URL.RawQuery)
	if host == r.URL.Host && query == r.URL.RawQuery && (r.Host == "" || r.Host == host) {
		return t.next.RoundTrip(r)
	}
	normal := r.WithContext(r.Context()) // a RoundTripper must not change the request it was given
	u := *r.URL
	u.Host, u.RawQuery = host, query
	normal.URL, normal.Host = &u, host
	return t.next.RoundTrip(normal)
}
