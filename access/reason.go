package access

import "net/http"

// Reason says why a request is refused. Its String is a metric label, its
// Message is fit for a client.
type Reason uint8

// The reasons.
const (
	reasonNone    Reason = iota
	ForeignHost          // 403: a Host that is not the service's
	ForeignOrigin        // 403: a browser calling from a page of another origin
	NoKey                // 401: no API key
	UnknownKey           // 401: a key that is not, or no longer, configured
	RateExceeded         // 429: the key's rate
	reasonEnd
)

var reasonTexts = [reasonEnd]struct {
	status         int
	label, message string
}{
	ForeignHost:   {http.StatusForbidden, "foreign_host", "this host name is not answered here; see server.allowedHosts"},
	ForeignOrigin: {http.StatusForbidden, "foreign_origin", "pages of other origins may not call this service; see server.corsOrigins"},
	NoKey:         {http.StatusUnauthorized, "no_key", "an API key is required, as X-API-Key or as Authorization: Bearer"},
	UnknownKey:    {http.StatusUnauthorized, "unknown_key", "the API key is not known"},
	RateExceeded:  {http.StatusTooManyRequests, "rate_exceeded", "the rate of this API key is used up; see Retry-After"},
}

// Status is the HTTP status a refusal is answered with; 0 for no reason.
func (r Reason) Status() int {
	if r >= reasonEnd {
		return http.StatusForbidden
	}
	return reasonTexts[r].status
}

// String is the reason as a metric label: lower case with underscores.
func (r Reason) String() string {
	if r == reasonNone || r >= reasonEnd {
		return "unknown"
	}
	return reasonTexts[r].label
}

// Message is the reason in words for the client.
func (r Reason) Message() string {
	if r >= reasonEnd {
		return ""
	}
	return reasonTexts[r].message
}

// challenge is the WWW-Authenticate value of a 401 (RFC 6750 section 3).
func (r Reason) challenge() string {
	if r == UnknownKey {
		return `Bearer realm="gather", error="invalid_token"`
	}
	return `Bearer realm="gather"`
}
