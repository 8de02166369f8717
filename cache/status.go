package cache

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The values of the fwd parameter (RFC 9211 §2.2).
const (
	fwdBypass   = "bypass"    // the cache was told not to handle this request
	fwdMethod   = "method"    // the method's semantics require forwarding
	fwdURIMiss  = "uri-miss"  // nothing is stored for the URI
	fwdVaryMiss = "vary-miss" // what is stored has other selecting fields
	fwdRequest  = "request"   // the request's directives demand it
	fwdStale    = "stale"     // what is stored is stale
	fwdPartial  = "partial"   // what is stored is a part that does not suffice
)

// Outcome is how the cache handled one request: the parameters of its Cache-Status (RFC 9211)
// and what metrics count.
type Outcome struct {
	Hit       bool          // answered without forwarding
	Fwd       string        // why it was forwarded; "" if it was not
	FwdStatus int           // the next hop's status where it is not the response's, else 0
	Stored    bool          // the response was stored, or a stored one updated
	Collapsed bool          // answered by another request's exchange
	TTL       time.Duration // freshness left, negative when stale; only with HasTTL
	HasTTL    bool
	Key       string // digest of the cache key; "" unless Options.ShowKey
	Detail    string // a token; "" for none
	Stale     bool   // a stale response was used
	Validated bool   // the origin confirmed the stored response
	Failed    bool   // there was no response
}

// value is the member of Cache-Status, in the order of RFC 9211 §2.
func (o *Outcome) value(name string) string {
	b := make([]byte, 0, 96)
	b = append(b, name...)
	if o.Hit {
		b = append(b, "; hit"...)
	}
	if o.Fwd != "" {
		b = append(append(b, "; fwd="...), o.Fwd...)
	}
	if o.FwdStatus != 0 {
		b = strconv.AppendInt(append(b, "; fwd-status="...), int64(o.FwdStatus), 10)
	}
	if o.HasTTL {
		b = strconv.AppendInt(append(b, "; ttl="...), wholeSeconds(o.TTL), 10)
	}
	if o.Stored {
		b = append(b, "; stored"...)
	}
	if o.Collapsed {
		b = append(b, "; collapsed"...)
	}
	if o.Key != "" {
		b = append(append(append(b, `; key="`...), o.Key...), '"')
	}
	if o.Detail != "" {
		b = append(append(b, "; detail="...), o.Detail...)
	}
	return string(b)
}

// wholeSeconds rounds up, so that ttl and Age, which is rounded down, add up to the lifetime.
func wholeSeconds(d time.Duration) int64 {
	if d > 0 {
		d += time.Second - 1
	}
	return int64(d / time.Second)
}

// StatusOf returns the parameters of the last member of Cache-Status, which is the nearest
// cache's own, without that cache's name: "hit; ttl=30". "" if there is none.
func StatusOf(h http.Header) string {
	lines := h["Cache-Status"]
	if len(lines) == 0 {
		return ""
	}
	_, parameters, _ := strings.Cut(lines[len(lines)-1], "; ")
	return parameters
}
