package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of Standard Webhooks.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// A Signer signs messages after Standard Webhooks (symmetric, "v1").
type Signer struct{ keys [][]byte }

// NewSigner returns a Signer for one or more "whsec_" secrets of at least 24
// bytes. With several, each message carries one signature a secret, so that
// receivers can be moved from one to the next. Errors are ErrSecret.
func NewSigner(secrets ...string) (*Signer, error) {
	keys, err := standardKeys(secrets, minSigningKey)
	if err != nil {
		return nil, err
	}
	return &Signer{keys: keys}, nil
}

// Sign sets the three headers of a message. id stays the same over all attempts
// at delivering it; at is the time of the attempt, to the second.
func (s *Signer) Sign(h http.Header, id string, at time.Time, body []byte) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	signatures := make([]string, len(s.keys))
	for i, key := range s.keys {
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(standardMAC(key, id, timestamp, body))
	}
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, timestamp)
	h.Set(HeaderSignature, strings.Join(signatures, " "))
}

func standardMAC(key []byte, id, timestamp string, body []byte) []byte {
	return mac(key, []byte(id), []byte{'.'}, []byte(timestamp), []byte{'.'}, body)
}

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}
