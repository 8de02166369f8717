package guard

import (
	"net/http"
	"net/url"
	"strings"
)

// CheckRedirect judges a hop from one URL to the next: no step down from https
// to http, and the target as [Guard.Check] does. What may go along where the
// origin changes ([SameOrigin]) is [StripCrossOrigin]'s to say.
func (g *Guard) CheckRedirect(from, to *url.URL) error {
	if from.Scheme == "https" && to.Scheme == "http" {
		return g.noted(refuse(ReasonDowngrade))
	}
	return g.Check(to)
}

// StripCrossOrigin removes from h, in place, every header that may not follow a
// redirect to another origin: all but Accept, Accept-* and User-Agent. The
// caller drops the body and the credentials.
func StripCrossOrigin(h http.Header) {
	for name := range h {
		if !crossesOrigins(name) {
			delete(h, name)
		}
	}
}

func crossesOrigins(name string) bool {
	name = strings.ToLower(name)
	return name == "user-agent" || name == "accept" || strings.HasPrefix(name, "accept-")
}
