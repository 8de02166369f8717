package fetcher

import (
	"net/http"

	"gather/fetcher/guard"
)

// maxRedirects is how many redirects a call follows.
const maxRedirects = 5

// redirectMode has the Fetch standard's words.
type redirectMode uint8

const (
	redirectFollow redirectMode = iota
	redirectError
	redirectManual
)

// redirectModes maps the contract's words; "" is the default.
var redirectModes = map[string]redirectMode{
	"": redirectFollow, "follow": redirectFollow, "error": redirectError, "manual": redirectManual,
}

// hop is what the redirect policy and the credential stage know of a call.
type hop struct {
	redirect redirectMode
	upstream *Upstream
}

type hopKey struct{}

func hopOf(r *http.Request) hop {
	if h, ok := r.Context().Value(hopKey{}).(*hop); ok {
		return *h
	}
	return hop{}
}

// redirectPolicy is the http.Client's CheckRedirect. Each hop it lets through goes
// down the chain anew, where it is guarded, cached and limited for its own host.
func redirectPolicy(g *guard.Guard) func(next *http.Request, via []*http.Request) error {
	return func(next *http.Request, via []*http.Request) error {
		switch hopOf(next).redirect {
		case redirectManual:
			return http.ErrUseLastResponse
		case redirectError:
			return errRedirectRefused
		}
		if len(via) > maxRedirects {
			return errTooManyRedirects
		}
		for _, earlier := range via {
			if earlier.Method == next.Method && earlier.URL.String() == next.URL.String() {
				return errRedirectLoop
			}
		}
		last := via[len(via)-1]
		if err := g.CheckRedirect(last.URL, next.URL); err != nil {
			return err
		}
		carryOver(next, last)
		return nil
	}
}

// carryOver leaves behind what must not follow a redirect. net/http adds the last
// URL as a Referer, query and all; and it keeps the fields of a body it dropped.
func carryOver(next, last *http.Request) {
	delete(next.Header, "Referer")
	if !guard.SameOrigin(last.URL, next.URL) {
		guard.StripCrossOrigin(next.Header)
		next.Body, next.GetBody, next.ContentLength = nil, nil, 0
	}
	if next.Body == nil {
		for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Language", "Content-Location"} {
			delete(next.Header, name)
		}
	}
}
