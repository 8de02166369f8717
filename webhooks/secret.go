package webhooks

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// ErrSecret is returned at construction for a secret that is empty, unreadable
// or too short. Its text never contains the secret.
var ErrSecret = errors.New("webhooks: unusable secret")

const (
	secretPrefix = "whsec_"
	// minSigningKey is the least key size Standard Webhooks allows (192 bits).
	minSigningKey = 24
)

// standardKeys decodes Standard Webhooks secrets: base64, with or without the
// "whsec_" prefix, padded or not. Keys shorter than least bytes are refused.
func standardKeys(secrets []string, least int) ([][]byte, error) {
	if len(secrets) == 0 {
		return nil, fmt.Errorf("%w: none given", ErrSecret)
	}
	keys := make([][]byte, 0, len(secrets))
	for i, s := range secrets {
		encoded := strings.TrimRight(strings.TrimPrefix(strings.TrimSpace(s), secretPrefix), "=")
		key, err := base64.RawStdEncoding.DecodeString(encoded)
		switch {
		case err != nil:
			// The decoder's error quotes nothing but an offset, yet even that is not ours to tell.
			return nil, fmt.Errorf("%w: number %d is not base64", ErrSecret, i+1)
		case len(key) == 0:
			return nil, fmt.Errorf("%w: number %d is empty", ErrSecret, i+1)
		case len(key) < least:
			return nil, fmt.Errorf("%w: number %d is shorter than %d bytes", ErrSecret, i+1, least)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// rawKeys takes secrets as they are, as GitHub and Stripe do.
func rawKeys(secrets []string) ([][]byte, error) {
	if len(secrets) == 0 {
		return nil, fmt.Errorf("%w: none given", ErrSecret)
	}
	keys := make([][]byte, 0, len(secrets))
	for i, s := range secrets {
		if strings.TrimSpace(s) == "" {
			return nil, fmt.Errorf("%w: number %d is empty", ErrSecret, i+1)
		}
		keys = append(keys, []byte(s))
	}
	return keys, nil
}
