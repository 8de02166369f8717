package handlers

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"gather/fetcher"
	"gather/fetcher/guard"
)

const rawPath = "/v1/raw"

// passable reports whether a method is passed through: any but CONNECT, which
// makes a tunnel of a connection, and TRACE, which echoes credentials.
func passable(method string) bool {
	return method != http.MethodConnect && method != http.MethodTrace
}

// rawMethods are the passable ones with a route of their own.
var rawMethods = [...]string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// raw answers /v1/raw?url=U with the upstream's own answer.
func (s *server) raw(c *gin.Context) error {
	query, err := parameters(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	request, err := rawRequest(c, query)
	if err != nil {
		return err
	}
	if request.Body, err = s.content(c); err != nil {
		return err
	}
	early := &interims{w: connection(c.Writer)}
	defer early.close()
	answer, trace, err := s.Engine.Raw(early.watch(c.Request.Context()), request)
	early.close()
	addTrace(c, trace)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	passHeader(c.Writer.Header(), answer, fromBrowser(c.Request.Header))
	c.Writer.WriteHeader(answer.StatusCode)
	c.Writer.WriteHeaderNow()
	if _, err := io.Copy(c.Writer, answer.Body); err != nil {
		return err
	}
	for name, values := range answer.Trailer {
		c.Writer.Header()[name] = values
	}
	return nil
}

// passHeader takes over the upstream's fields. What this service says itself
// stands, such as its limits and the request's id; lists are joined. What a
// browser would take as said by this service's origin is left out.
func passHeader(header http.Header, answer *http.Response, browser bool) {
	guard.StripHopByHop(answer.Header)
	for name, values := range answer.Header {
		switch {
		case ofService[name], browser && ofOrigin[name]:
		case !browser && forBrowsers[name]:
			header[name] = values
		case joined[name]:
			header[name] = append(header[name], values...)
		case header[name] == nil:
			header[name] = values
		}
	}
	for name := range answer.Trailer {
		header.Add("Trailer", name)
	}
}

// joined are response fields that hold for an answer together, whoever adds one:
// a browser obeys every policy.
var joined = map[string]bool{"Content-Security-Policy": true, "Vary": true}

// forBrowsers are fields that only a browser obeys; any other client gets the
// upstream's as they are.
var forBrowsers = map[string]bool{
	"Content-Security-Policy": true, "Cross-Origin-Opener-Policy": true, "Cross-Origin-Resource-Policy": true,
	"Referrer-Policy": true, "X-Content-Type-Options": true, "X-Frame-Options": true,
}

// ofService are fields that say how this service, not the upstream, is reached.
var ofService = map[string]bool{
	"Access-Control-Allow-Credentials": true, "Access-Control-Allow-Headers": true, "Access-Control-Allow-Methods": true,
	"Access-Control-Allow-Origin": true, "Access-Control-Expose-Headers": true, "Access-Control-Max-Age": true,
	"Alt-Svc": true,
}

// ofOrigin are fields a browser takes as said for a whole origin, here ours.
var ofOrigin = map[string]bool{
	"Clear-Site-Data": true, "Nel": true, "Report-To": true, "Reporting-Endpoints": true,
	"Service-Worker-Allowed": true, "Set-Cookie": true, "Strict-Transport-Security": true,
	"Www-Authenticate": true, // it would ask for a password under our name
}

// fromBrowser reports whether a browser sent the request: by Fetch Metadata, or,
// where the page is not on a secure origin and browsers keep those to themselves,
// by the name all of them go by.
func fromBrowser(h http.Header) bool {
	_, says := h["Sec-Fetch-Site"]
	return says || strings.HasPrefix(h.Get("User-Agent"), "Mozilla/")
}

func rawRequest(c *gin.Context, query map[string][]string) (fetcher.RawRequest, error) {
	var faults fetcher.Faults
	fault := func(name, detail string) {
		faults = append(faults, fetcher.Fault{Pointer: "#/" + fetcher.PointerToken(name), Detail: detail})
	}
	request := fetcher.RawRequest{Method: c.Request.Method, Caller: callerOf(c).Caller}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		values := query[name]
		if len(values) > 1 {
			fault(name, "may stand here once")
		}
		switch value := values[0]; name {
		case "url":
			request.URL = value
		case "redirect":
			request.Redirect = value
		case "retry":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > fetcher.MaxAttempts {
				fault(name, "must be a whole number from 1 to "+strconv.Itoa(fetcher.MaxAttempts))
			}
			request.Attempts = n
		default:
			fault(name, "unknown parameter; inside the URL write & as %26")
		}
	}
	if request.URL == "" {
		fault("url", "is required")
	}
	if len(faults) > 0 {
		return request, faults
	}
	request.Header = forwarded(c.Request.Header)
	return request, nil
}

// forwarded are the client's end-to-end fields. A browser's cookies belong to
// this service's host, and its Origin and Referer to the page.
func forwarded(from http.Header) http.Header {
	h := from.Clone()
	guard.StripHopByHop(h)
	for _, name := range [...]string{headerRequestID, "Content-Length", "Origin", "Referer", "Traceparent", "Tracestate"} {
		delete(h, name)
	}
	if fromBrowser(h) {
		delete(h, "Cookie")
	}
	for name, values := range h {
		if strings.HasPrefix(name, "Sec-Fetch-") || guard.CheckHeader(name, values[0]) != nil {
			delete(h, name)
		}
	}
	if _, set := h["User-Agent"]; !set {
		h["User-Agent"] = nil // or net/http would send its own
	}
	return h
}
