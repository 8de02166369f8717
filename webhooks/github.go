package webhooks

import (
	"encoding/hex"
	"net/http"
	"strings"
)

// The headers of GitHub's webhooks.
const (
	headerHubSignature   = "X-Hub-Signature-256"
	headerGitHubDelivery = "X-Github-Delivery"
)

// parseGitHub reads "sha256=<hex>" and the delivery's GUID.
func parseGitHub(h http.Header) (claim, error) {
	var c claim
	id, err := single(h, headerGitHubDelivery)
	if err != nil {
		return c, err
	}
	if c.id, err = deliveryID(id); err != nil {
		return c, err
	}
	value, err := single(h, headerHubSignature)
	if err != nil {
		return c, err
	}
	encoded, found := strings.CutPrefix(value, "sha256=")
	if !found {
		return c, ErrMalformed
	}
	signature, err := hex.DecodeString(encoded)
	if err != nil {
		return c, ErrMalformed
	}
	c.signatures = [][]byte{signature}
	return c, nil
}

func githubMAC(key []byte, _ claim, body []byte) []byte { return mac(key, body) }
