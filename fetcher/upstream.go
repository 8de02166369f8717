package fetcher

import (
	"encoding/base64"
	"net/http"
	"net/url"

	"gather/fetcher/guard"
)

// Upstream is a configured API, as items name it. Its limits and the addresses
// it may resolve to are the chain's; here stands what a request to it carries.
type Upstream struct {
	Name string
	// Base is put before an item's path.
	Base *url.URL
	// Header is sent where the item does not set the same field.
	Header     http.Header
	Credential Credential
}

// Credential is how this service shows itself to an upstream. The zero value
// shows nothing. Its value is never written anywhere.
type Credential struct {
	// Kind is "bearer", "basic", "header" or "query".
	Kind string
	// Name is the header's or the query parameter's.
	Name   string
	Secret string
}

// apply sets the credential as a header; a query credential is the chain's last
// stage's business, so that no URL seen by anyone holds it.
func (c Credential) apply(h http.Header) {
	switch c.Kind {
	case "bearer":
		h.Set("Authorization", "Bearer "+c.Secret)
	case "basic":
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.Secret)))
	case "header":
		h.Set(c.Name, c.Secret)
	}
}

// shownTo reports whether a target may see the credential: the base's origin alone
// may, not the upstream's further hosts.
func (u *Upstream) shownTo(target *url.URL) bool {
	return u.Credential.Kind == "" || guard.SameOrigin(u.Base, target)
}

// field is the canonical name of the header the credential is sent in, or "".
func (c Credential) field() string {
	switch c.Kind {
	case "bearer", "basic":
		return "Authorization"
	case "header":
		return http.CanonicalHeaderKey(c.Name)
	default:
		return ""
	}
}

// join puts the base before an item's path and query.
func (u *Upstream) join(path string) string {
	base := *u.Base
	base.RawQuery, base.Fragment = "", ""
	prefix := base.String()
	if n := len(prefix); n > 0 && prefix[n-1] == '/' {
		prefix = prefix[:n-1]
	}
	return prefix + path
}
