package access

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Options configures a [Policy].
type Options struct {
	// Listen is the host:port the service listens on; it decides which Host
	// values are its own.
	Listen string
	// Keys are the API keys alive; none: every caller is let in, nameless.
	Keys []Key
	// AllowedHosts are further Host values to answer: "name" (any port),
	// "name:port" or "*.name".
	AllowedHosts []string
	// CORSOrigins are the foreign origins browsers may call from, each exactly
	// as an Origin header has it.
	CORSOrigins []string
	// Now is the clock of the rates; nil: time.Now.
	Now func() time.Time
}

// Policy judges requests. It is safe for concurrent use.
type Policy struct {
	hosts   hosts
	origins origins
	keys    keyring
	now     func() time.Time
}

// New makes a Policy. All faults of the options are returned joined.
func New(opts Options) (*Policy, error) {
	p := &Policy{now: opts.Now}
	if p.now == nil {
		p.now = time.Now
	}
	var errs [3]error
	p.hosts, errs[0] = newHosts(opts.Listen, opts.AllowedHosts)
	p.origins, errs[1] = newOrigins(opts.CORSOrigins)
	p.keys, errs[2] = newKeyring(opts.Keys)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("access: %w", err)
	}
	return p, nil
}

// Scope is what a route asks of its callers. All scopes ask for a Host of the
// service's own and refuse foreign pages.
type Scope uint8

const (
	// API asks for a key, where any is configured, and counts against its rate.
	API Scope = iota
	// Open asks for no key: health checks, and routes with a proof of their own,
	// such as signed webhooks.
	Open
	// Page asks for no key and lets a link on a foreign page lead here: the
	// front end's own files, which hold nothing of anybody's.
	Page
)

// Decision is what is to become of a request.
type Decision struct {
	// Status is 0 where the request is to be served, 204 where it was a
	// preflight that Header answers in whole, and else the refusal's status:
	// 401, 403 or 429.
	Status int
	// Reason says why it is refused.
	Reason Reason
	// Client is whose key it was; nil where none was asked for.
	Client *Client
	// Header is what the answer must carry whatever becomes of the request; it
	// may be nil.
	Header http.Header
}

// Decide judges a request and, where it carries a key, removes from r.Header
// every field that does: a key of ours is never forwarded.
func (p *Policy) Decide(r *http.Request, scope Scope) Decision {
	if !p.hosts.allow(r.Host) {
		return refusal(ForeignHost, nil)
	}
	header, verdict := p.origins.judge(r, scope)
	switch verdict {
	case foreign:
		return refusal(ForeignOrigin, header)
	case preflight:
		return Decision{Status: http.StatusNoContent, Header: header}
	}
	if p.keys.empty() {
		return Decision{Header: header}
	}
	holder, presented := p.keys.take(r.Header)
	if scope != API {
		return Decision{Header: header}
	}
	if holder == nil {
		reason := NoKey
		if presented {
			reason = UnknownKey
		}
		return refusal(reason, set(header, "WWW-Authenticate", reason.challenge()))
	}
	verdictOfRate := holder.bucket.take(p.now())
	header = verdictOfRate.header(header)
	if !verdictOfRate.granted {
		d := refusal(RateExceeded, header)
		d.Client = &holder.client
		return d
	}
	return Decision{Client: &holder.client, Header: header}
}

func refusal(reason Reason, header http.Header) Decision {
	return Decision{Status: reason.Status(), Reason: reason, Header: header}
}

// set is Set on a header that may not be there yet.
func set(h http.Header, name, value string) http.Header {
	if h == nil {
		h = make(http.Header, 3)
	}
	h.Set(name, value)
	return h
}
