package handlers

import (
	"net"

	"github.com/gin-gonic/gin"

	"gather/fetcher"
)

const callerKey = "caller"

// callerOf is who a request is from; before it was admitted, nobody.
func callerOf(c *gin.Context) fetcher.Caller {
	caller, _ := c.Value(callerKey).(fetcher.Caller)
	return caller
}

// admit decides whether a request may go on and notes who it is from: the name
// of its key, else the address it came from.
func (s *server) admit(c *gin.Context) {
	address, _, err := net.SplitHostPort(c.Request.RemoteAddr)
	if err != nil {
		address = c.Request.RemoteAddr
	}
	c.Set(callerKey, fetcher.Caller{Client: address, Weight: 1})
	c.Next()
}
