package handlers

import (
	"net"
	"net/http"

	"github.com/gin-gonic/gin"

	"gather/access"
	"gather/fetcher"
)

const callerKey = "caller"

// caller is who a request is from.
type caller struct {
	fetcher.Caller
	// keyed says that an API key tells who it is.
	keyed bool
	// maxRequests is the most items of a batch by the caller's key; 0: no bound
	// of its own.
	maxRequests int
}

// callerOf is who a request is from; before it was admitted, nobody.
func callerOf(c *gin.Context) caller {
	who, _ := c.Value(callerKey).(caller)
	return who
}

// admit lets a request go on if the policy allows it, and notes who it is from:
// the name of its key, else the address it came from.
func (s *server) admit(scope access.Scope) gin.HandlerFunc {
	return func(c *gin.Context) {
		decision := s.Access.Decide(c.Request, scope)
		for name, values := range decision.Header {
			c.Writer.Header()[name] = values
		}
		c.Set(callerKey, newCaller(c.Request, decision.Client))
		switch decision.Status {
		case 0:
			c.Next()
		case http.StatusNoContent:
			c.AbortWithStatus(decision.Status)
		default:
			fail(c, &problem{status: decision.Status, detail: decision.Reason.Message()})
		}
	}
}

func newCaller(r *http.Request, client *access.Client) caller {
	if client == nil {
		address, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			address = r.RemoteAddr
		}
		return caller{Caller: fetcher.Caller{Client: address, Weight: 1}}
	}
	return caller{
		Caller:      fetcher.Caller{Client: client.Name, Weight: client.Weight, Upstreams: client.Upstreams},
		keyed:       true,
		maxRequests: client.MaxRequests,
	}
}
