package webhooks

import (
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const headerStripeSignature = "Stripe-Signature"

// parseStripe reads "t=<seconds>,v1=<hex>[,v1=<hex>…]". The test-mode "v0" and
// schemes yet to come are passed over, as Stripe asks.
func parseStripe(h http.Header) (claim, error) {
	var c claim
	value, err := single(h, headerStripeSignature)
	if err != nil {
		return c, err
	}
	for part := range strings.SplitSeq(value, ",") {
		name, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			if c.timestamp != "" || !decimal(v) {
				return c, ErrMalformed
			}
			c.timestamp = v
		case "v1":
			signature, err := hex.DecodeString(v)
			if err != nil {
				continue
			}
			if c.signatures = append(c.signatures, signature); len(c.signatures) > maxSignatures {
				return c, ErrMalformed
			}
		}
	}
	if c.timestamp == "" || len(c.signatures) == 0 {
		return c, ErrMalformed
	}
	return c, nil
}

func stripeMAC(key []byte, c claim, body []byte) []byte {
	return mac(key, []byte(c.timestamp), []byte{'.'}, body)
}

// stripeEventID reads the "id" of the event, which is where Stripe keeps what
// identifies a delivery. The body is authentic by now.
func stripeEventID(body []byte) (string, error) {
	var event struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(body, &event, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return "", ErrMalformed
	}
	return deliveryID(event.ID)
}
