package handlers

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
)

const (
	// modest is how much of a request's content is read without asking the budget.
	modest = 64 << 10
	// largest is how many contents of the largest size are held at once.
	largest = 4
	// eager is how much must have come before a declared length is made room for.
	eager = 512 << 10
)

// content reads a request's content whole: at most the server's cap of it, and
// beyond a modest size only while the budget that all requests share allows. What
// it takes of the budget is given back when the request has been answered.
func (s *server) content(c *gin.Context) ([]byte, error) {
	declared := c.Request.ContentLength
	if declared == 0 {
		return nil, nil
	}
	if declared > s.MaxBodyBytes {
		return nil, &http.MaxBytesError{Limit: s.MaxBodyBytes}
	}
	var reserved int64
	defer func() {
		if reserved > 0 {
			context.AfterFunc(c.Request.Context(), func() { s.contents.Release(reserved) })
		}
	}()
	from := http.MaxBytesReader(c.Writer, c.Request.Body, s.MaxBodyBytes)
	// A byte more than declared, for the end to be met without growing.
	content := make([]byte, 0, min(max(declared, 511)+1, modest))
	for {
		n, err := from.Read(content[len(content):cap(content)])
		content = content[:len(content)+n]
		switch {
		case errors.Is(err, io.EOF):
			return content, nil
		case errors.As(err, new(*http.MaxBytesError)):
			return nil, err
		case err != nil:
			return nil, &problem{status: http.StatusBadRequest, detail: "the body could not be read whole", cause: err}
		case len(content) < cap(content):
			continue
		}
		size := min(2*int64(cap(content)), s.MaxBodyBytes+1)
		if declared > size && size > eager {
			size = declared + 1 // who has sent so much is taken at their word
		}
		if size > modest {
			if !s.contents.TryReserve(size - reserved) {
				return nil, &problem{
					status: http.StatusServiceUnavailable, detail: "too many large requests are being read",
					header: http.Header{"Retry-After": {"1"}, "Connection": {"close"}},
				}
			}
			reserved = size
		}
		content = append(make([]byte, 0, size), content...)
	}
}
