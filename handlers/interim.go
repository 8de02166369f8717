package handlers

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync"

	"gather/fetcher/guard"
)

// interims passes 1xx responses on to the client while the answer is awaited.
// The transport may still report one after the call has ended, so it is closed.
type interims struct {
	mu     sync.Mutex
	w      http.ResponseWriter
	closed bool
}

// connection is the writer below those that Gin and this package put around it:
// they keep a status until the answer begins and so cannot send an interim one.
func connection(w http.ResponseWriter) http.ResponseWriter {
	for {
		outer, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = outer.Unwrap()
	}
}

func (i *interims) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: i.pass})
}

// pass writes one interim response and leaves the header of the answer to come
// as it found it.
func (i *interims) pass(code int, header textproto.MIMEHeader) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed || code == http.StatusContinue || code == http.StatusSwitchingProtocols {
		return nil
	}
	own := i.w.Header()
	kept := own.Clone()
	clear(own)
	for name, values := range header {
		own[name] = values
	}
	guard.StripHopByHop(own)
	i.w.WriteHeader(code)
	clear(own)
	for name, values := range kept {
		own[name] = values
	}
	return nil
}

func (i *interims) close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = true
}
