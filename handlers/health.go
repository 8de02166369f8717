package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// live answers as long as the process can answer at all.
func live(c *gin.Context) { c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n")) }

// ready answers 503 from the moment on that the service is to be left alone: it
// drains, or a part it needs is not there.
func (s *server) ready(c *gin.Context) error {
	if s.Ready == nil {
		live(c)
		return nil
	}
	if err := s.Ready(c.Request.Context()); err != nil {
		return &problem{status: http.StatusServiceUnavailable, detail: err.Error()}
	}
	live(c)
	return nil
}
