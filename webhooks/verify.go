package webhooks

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Tolerance is how far a signed timestamp may lie from now, either way.
const Tolerance = 5 * time.Minute

const (
	maxDeliveryID = 255
	// maxSignatures bounds the signatures read from one header: rotation needs
	// two or three, and each costs a comparison.
	maxSignatures = 16
)

// Errors of Verify. A sender is told neither of them apart nor why.
var (
	// ErrMalformed: a header or the payload cannot be read at all (400).
	ErrMalformed = errors.New("webhooks: malformed delivery")
	// ErrSignature: no secret made this signature over these bytes (401).
	ErrSignature = errors.New("webhooks: signature does not match")
	// ErrStale: signed further from now than Tolerance (401).
	ErrStale = errors.New("webhooks: timestamp out of tolerance")
)

// A Scheme is a way of signing.
type Scheme string

// The schemes a Verifier speaks.
const (
	Standard Scheme = "standard" // Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature
	GitHub   Scheme = "github"   // X-Hub-Signature-256
	Stripe   Scheme = "stripe"   // Stripe-Signature
)

// claim is what a scheme reads from a delivery's headers.
type claim struct {
	id         string   // "" where the scheme keeps it in the payload
	timestamp  string   // decimal seconds; "" where the scheme has none
	signatures [][]byte // candidates, decoded
}

// scheme is what one way of signing has to say. parse never sees the body, so
// nothing of an unauthenticated payload is interpreted before its MAC is right.
type scheme struct {
	keys  func(secrets []string) ([][]byte, error)
	parse func(http.Header) (claim, error)
	mac   func(key []byte, c claim, body []byte) []byte
	// id reads the delivery id from an authenticated payload; nil: it is in the claim.
	id func(body []byte) (string, error)
}

var schemes = map[Scheme]scheme{
	Standard: {keys: func(s []string) ([][]byte, error) { return standardKeys(s, 1) }, parse: parseStandard, mac: standardClaimMAC},
	GitHub:   {keys: rawKeys, parse: parseGitHub, mac: githubMAC},
	Stripe:   {keys: rawKeys, parse: parseStripe, mac: stripeMAC, id: stripeEventID},
}

// A Verifier checks inbound deliveries of one scheme.
type Verifier struct {
	scheme scheme
	keys   [][]byte
	now    func() time.Time
}

// NewVerifier returns a Verifier that accepts a signature by any of the secrets.
// It refuses an unknown scheme and (ErrSecret) a missing, empty or unreadable
// secret: a hook that anybody can sign must not start.
func NewVerifier(s Scheme, secrets []string, now func() time.Time) (*Verifier, error) {
	sch, ok := schemes[s]
	if !ok {
		return nil, fmt.Errorf("webhooks: unknown scheme %q", string(s))
	}
	keys, err := sch.keys(secrets)
	if err != nil {
		return nil, err
	}
	return &Verifier{scheme: sch, keys: keys, now: now}, nil
}

// Verify checks a delivery over the raw bytes of its body and returns the
// delivery's id, 1 to 255 visible ASCII characters, by which a replay is known.
// GitHub does not sign its id: there the id recognises redeliveries, and does
// not by itself stop somebody who captured one.
// Errors are ErrMalformed, ErrSignature or ErrStale.
func (v *Verifier) Verify(h http.Header, body []byte) (string, error) {
	c, err := v.scheme.parse(h)
	if err != nil {
		return "", err
	}
	if !v.signed(c, body) {
		return "", ErrSignature
	}
	if c.timestamp != "" {
		if err := v.fresh(c.timestamp); err != nil {
			return "", err
		}
	}
	if v.scheme.id == nil {
		return c.id, nil
	}
	return v.scheme.id(body)
}

// signed tries every signature with every secret and stops at none, so that the
// time taken says nothing about which one was right.
func (v *Verifier) signed(c claim, body []byte) bool {
	ok := false
	for _, key := range v.keys {
		want := v.scheme.mac(key, c, body)
		for _, got := range c.signatures {
			if hmac.Equal(want, got) {
				ok = true
			}
		}
	}
	return ok
}

func (v *Verifier) fresh(timestamp string) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return ErrMalformed
	}
	// Whole seconds are compared: a Duration would overflow on a far timestamp.
	now, limit := v.now().Unix(), int64(Tolerance/time.Second)
	if seconds < now-limit || seconds > now+limit {
		return ErrStale
	}
	return nil
}

// single returns the one value of a header. None or several are malformed:
// proxies and libraries disagree about which of several counts.
func single(h http.Header, name string) (string, error) {
	values := h.Values(name)
	if len(values) != 1 || values[0] == "" {
		return "", ErrMalformed
	}
	return values[0], nil
}

// deliveryID checks an id that will be stored and compared.
func deliveryID(id string) (string, error) {
	if id == "" || len(id) > maxDeliveryID {
		return "", ErrMalformed
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return "", ErrMalformed
		}
	}
	return id, nil
}

// decimal reports whether s is a plain non-negative number, as timestamps are signed.
func decimal(s string) bool {
	if s == "" || len(s) > 18 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
