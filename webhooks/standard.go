package webhooks

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// parseStandard reads the three headers of Standard Webhooks. Signatures of
// versions other than "v1" are passed over, as the specification asks.
func parseStandard(h http.Header) (claim, error) {
	var c claim
	id, err := single(h, HeaderID)
	if err != nil {
		return c, err
	}
	if c.id, err = deliveryID(id); err != nil {
		return c, err
	}
	if c.timestamp, err = single(h, HeaderTimestamp); err != nil {
		return c, err
	}
	if !decimal(c.timestamp) {
		return c, ErrMalformed
	}
	list, err := single(h, HeaderSignature)
	if err != nil {
		return c, err
	}
	for part := range strings.SplitSeq(list, " ") {
		version, encoded, found := strings.Cut(part, ",")
		if !found || version != "v1" {
			continue
		}
		signature, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			continue
		}
		if c.signatures = append(c.signatures, signature); len(c.signatures) > maxSignatures {
			return c, ErrMalformed
		}
	}
	if len(c.signatures) == 0 {
		return c, ErrMalformed
	}
	return c, nil
}

func standardClaimMAC(key []byte, c claim, body []byte) []byte {
	return standardMAC(key, c.id, c.timestamp, body)
}
