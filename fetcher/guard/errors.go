package guard

import "errors"

var (
	// ErrBlocked is what every refusal of a target is: [errors.Is] reports it
	// for each [*Error] whose reason concerns a URL, a name, a port or an address.
	ErrBlocked = errors.New("target blocked")
	// ErrMalformed is what a refusal also is when the text is no acceptable URL
	// at all, so that a caller can answer "invalid" rather than "forbidden".
	ErrMalformed = errors.New("malformed URL")
	// ErrHeader is what every refusal of a request header is.
	ErrHeader = errors.New("header refused")
)

// Reason says why something was refused. Its String is a metric label, its
// Message is fit for a client.
type Reason uint8

// The reasons, those of the URL layer first.
const (
	reasonNone        Reason = iota
	ReasonTooLong            // the URL is longer than MaxURL
	ReasonCharacter          // a control character, backslash, byte order mark or invalid UTF-8
	ReasonMalformed          // not an absolute URL with a host
	ReasonScheme             // neither http nor https
	ReasonUserinfo           // carries a user name or password
	ReasonHost               // the host is neither a name nor an address
	ReasonName               // a local, internal or single-label name
	ReasonPort               // the port is not to be fetched from
	ReasonUnlisted           // policy "listed": the origin is not configured
	ReasonDowngrade          // a redirect from https to http
	ReasonAddress            // the address is not public
	ReasonMetadata           // the address or name of a cloud's metadata service
	ReasonNetwork            // the dialer was asked for something else than TCP
	ReasonHeaderName         // the header is not the user's to set, or its name is no token
	ReasonHeaderValue        // the value holds CR, LF, NUL or another control character, or is too long
	reasonEnd
)

// reasonTexts holds, per reason, the metric label and the client's message. The
// reasons of the address layer share one message: it must not tell a private
// network from a metadata service, nor either from a policy.
var reasonTexts = [reasonEnd]struct{ label, message string }{
	ReasonTooLong:     {"too_long", "the URL is too long"},
	ReasonCharacter:   {"character", "the URL holds a character that is not allowed"},
	ReasonMalformed:   {"malformed", "not an absolute URL with a host"},
	ReasonScheme:      {"scheme", "only http and https are fetched"},
	ReasonUserinfo:    {"userinfo", "a URL must not carry a user name or password"},
	ReasonHost:        {"host", "the host is not valid"},
	ReasonName:        {"name", "this host is not to be fetched"},
	ReasonPort:        {"port", "this port is not to be fetched from"},
	ReasonUnlisted:    {"unlisted", "this origin is not among the configured upstreams"},
	ReasonDowngrade:   {"downgrade", "a redirect from https to http is not followed"},
	ReasonAddress:     {"address", messageAddress},
	ReasonMetadata:    {"metadata", messageAddress},
	ReasonNetwork:     {"network", messageAddress},
	ReasonHeaderName:  {"header_name", "this header cannot be set"},
	ReasonHeaderValue: {"header_value", "the header's value is not valid"},
}

const messageAddress = "this host is not to be fetched"

// String is the reason as a metric label: lower case with underscores.
func (r Reason) String() string {
	if r == reasonNone || r >= reasonEnd {
		return "unknown"
	}
	return reasonTexts[r].label
}

// Message is the reason in words for the client. It never names what a host
// resolved to.
func (r Reason) Message() string {
	if r == reasonNone || r >= reasonEnd {
		return ErrBlocked.Error()
	}
	return reasonTexts[r].message
}

// Error is a refusal. It carries nothing but its reason, so that no text made of
// it can hold a secret of the URL or tell what a name resolved to.
type Error struct {
	Reason Reason
}

// Error is the reason's message.
func (e *Error) Error() string { return e.Reason.Message() }

// Is reports whether e is of the kind of target: [ErrBlocked], [ErrMalformed] or
// [ErrHeader].
func (e *Error) Is(target error) bool {
	header := e.Reason == ReasonHeaderName || e.Reason == ReasonHeaderValue
	switch target {
	case ErrHeader:
		return header
	case ErrBlocked:
		return !header
	case ErrMalformed:
		switch e.Reason {
		case ReasonTooLong, ReasonCharacter, ReasonMalformed, ReasonHost:
			return true
		}
	}
	return false
}

func refuse(r Reason) error { return &Error{Reason: r} }
