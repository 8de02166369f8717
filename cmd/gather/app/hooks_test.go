package app_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

const hookSecret = "it's a secret to everybody"

// signed are the fields of a delivery as GitHub signs it.
func signed(body, id string) []string {
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write([]byte(body))
	return []string{
		"Content-Type: application/json", "X-GitHub-Delivery: " + id,
		"X-Hub-Signature-256: sha256=" + hex.EncodeToString(mac.Sum(nil)),
	}
}
