package handlers

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"gather/fetcher"
)

// problem is an error on its way to a client, as a problem document (RFC 9457).
// Handlers return it; only fail writes it.
type problem struct {
	status int
	detail string
	faults fetcher.Faults
	// header is added to the answer, Retry-After for one; it may be nil.
	header http.Header
	// cause is for the log and never shown.
	cause error
}

func (p *problem) Error() string { return p.detail }
func (p *problem) Unwrap() error { return p.cause }

// titles say in words what a status of ours means; others have http.StatusText.
var titles = map[int]string{
	fetcher.StatusClientClosedRequest: "Client Closed Request",
}

func (p *problem) title() string {
	if title, ok := titles[p.status]; ok {
		return title
	}
	return http.StatusText(p.status)
}

func (p *problem) json(requestID string) []byte {
	b := append([]byte(nil), `{"type":"about:blank","title":`...)
	b = quote(b, p.title())
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(p.status), 10)
	if p.detail != "" {
		b = append(b, `,"detail":`...)
		b = quote(b, p.detail)
	}
	if requestID != "" {
		b = append(b, `,"requestId":`...)
		b = quote(b, requestID)
	}
	if len(p.faults) > 0 {
		b = append(b, `,"errors":[`...)
		for i, fault := range p.faults {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"detail":`...)
			b = quote(b, fault.Detail)
			b = append(b, `,"pointer":`...)
			b = quote(b, fault.Pointer)
			b = append(b, '}')
		}
		b = append(b, ']')
	}
	return append(b, '}', '\n')
}

func quote(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

// problemOf finds the problem an error is. What nobody made one of is our fault.
func problemOf(err error) *problem {
	var p *problem
	var faults fetcher.Faults
	var syntax *fetcher.SyntaxError
	var call *fetcher.Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &faults):
		return &problem{status: http.StatusUnprocessableEntity, detail: "the request is not valid", faults: faults}
	case errors.As(err, &syntax):
		return &problem{status: http.StatusBadRequest, detail: syntax.Error()}
	case errors.As(err, &call):
		return &problem{status: call.Code.Status(), detail: string(call.Code) + ": " + call.Detail}
	case errors.As(err, &tooLarge):
		return &problem{
			status: http.StatusRequestEntityTooLarge,
			detail: "the body is larger than " + strconv.FormatInt(tooLarge.Limit, 10) + " bytes",
		}
	default:
		return &problem{status: http.StatusInternalServerError, detail: "something went wrong here", cause: err}
	}
}

// fail answers with the problem an error is and ends the chain of handlers.
func fail(c *gin.Context, err error) {
	p := problemOf(err)
	if p.cause != nil {
		_ = c.Error(p.cause)
	}
	c.Abort()
	if c.Writer.Written() {
		// The answer has begun; only breaking it off can tell that it is not whole.
		panic(http.ErrAbortHandler)
	}
	for name, values := range p.header {
		c.Writer.Header()[name] = values
	}
	c.Header("Cache-Control", "no-store")
	c.Data(p.status, "application/problem+json", p.json(c.Writer.Header().Get(headerRequestID)))
}

// handler is a Gin handler that returns its error instead of writing it.
func handler(h func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			fail(c, err)
		}
	}
}
