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
	caller   Caller
}

type hopKey struct{}

func hopOf(r *http.Request) hop {
	if h, ok := r.Context().Value(hopKey{}).(*hop); ok {
		return *h
	}
	return hop{}
}

// checkRedirect is the http.Client's CheckRedirect. Each hop it lets through goes
// down the chain anew, where it is guarded, cached and limited for its own host.
func (e *Engine) checkRedirect(next *http.Request, via []*http.Request) error {
	call := hopOf(next)
	switch call.redirect {
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
	if err := e.guard.CheckRedirect(via[len(via)-1].URL, next.URL); err != nil {
		return err
	}
	if err := e.mayFetch(call.caller, nil, next.URL); err != nil {
		return err
	}
	carryOver(next, via)
	return nil
}

// carryOver leaves behind what must not follow a redirect. net/http adds the last
// URL as a Referer, query and all; and it keeps the fields of a body it dropped.
// It makes each hop from the first request, so that what was left behind where the
// origin changed would be back on the hop after.
func carryOver(next *http.Request, via []*http.Request) {
	delete(next.Header, "Referer")
	for _, earlier := range via {
		if !guard.SameOrigin(earlier.URL, next.URL) {
			guard.StripCrossOrigin(next.Header)
			next.Body, next.GetBody, next.ContentLength = nil, nil, 0
			break
		}
	}
	if next.Body == nil {
		for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Language", "Content-Location"} {
			delete(next.Header, name)
		}
	}
}
