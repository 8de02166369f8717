package cachesuite_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"

	"gather/cache"
)

// front answers /v1/raw?url=U as gather does, with nothing but the cache before a plain
// http.Transport: end-to-end fields, interim responses, one attempt, redirects left alone.
func front(transport http.RoundTripper) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target, err := url.Parse(r.URL.Query().Get("url"))
		if r.URL.Path != "/v1/raw" || err != nil || target.Host == "" {
			http.NotFound(w, r)
			return
		}
		ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
				if code != http.StatusContinue {
					before := maps.Clone(w.Header())
					maps.Copy(w.Header(), http.Header(h))
					w.WriteHeader(code)
					clear(w.Header())
					maps.Copy(w.Header(), before)
				}
				return nil
			},
		})
		out := r.Clone(ctx)
		out.RequestURI, out.URL, out.Host = "", target, target.Host
		if r.ContentLength == 0 {
			out.Body = http.NoBody
		}
		dropHopByHop(out.Header)
		resp, err := transport.RoundTrip(out)
		if err != nil {
			http.Error(w, "no answer", http.StatusBadGateway)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		maps.Copy(w.Header(), resp.Header)
		dropHopByHop(w.Header())
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})
}

func dropHopByHop(h http.Header) {
	for _, line := range h["Connection"] {
		for name := range strings.SplitSeq(line, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range []string{
		"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
		"Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization",
	} {
		h.Del(name)
	}
}

func newCache(options cache.Options) *cache.Transport {
	return cache.NewTransport(&http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 128},
		cache.NewMemoryStore(cache.MemoryLimits{}), options)
}
