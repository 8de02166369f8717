package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
)

// Key is one API key as it is configured. Several may share a name, so that a
// caller can change keys without a pause; they then share one rate, and must
// agree in everything but the hash.
type Key struct {
	// Name of the caller.
	Name string
	// SHA256 of the key in hexadecimal, 64 digits.
	SHA256 string
	// Rate is requests a second; 0: unlimited.
	Rate float64
	// Burst is requests at once after a pause; 0: Rate, rounded up.
	Burst int
	// Weight is the caller's share of a contended host; less than 1 means 1.
	Weight int
	// MaxRequests is the most items of a batch; 0: the service's limit.
	MaxRequests int
	// Upstreams are those the caller may use; none: all.
	Upstreams []string
}

// Client is the caller a key belongs to.
type Client struct {
	Name        string
	Weight      int
	MaxRequests int
	Upstreams   []string
}

// keyPrefix marks a key as this service's, for people and for secret scanners.
const keyPrefix = "gk_"

// keyText has neither upper case nor punctuation: a key is selected by a double
// click and survives being read out.
var keyText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Generate makes an API key of 256 random bits, to be shown once, and its hash,
// to be configured.
func Generate() (key, hash string) {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails: crypto/rand ends the program rather
	key = keyPrefix + keyText.EncodeToString(secret[:])
	return key, Hash(key)
}

// Hash is the SHA-256 of a key as it is configured, in lower-case hexadecimal.
// A plain hash is enough for keys of 256 random bits: there is nothing to guess.
func Hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// validate returns the key's hash, or all that is wrong with it.
func (k Key) validate() ([sha256.Size]byte, error) {
	var errs []error
	if k.Name == "" {
		errs = append(errs, errors.New("no name"))
	}
	var sum [sha256.Size]byte
	if decoded, err := hex.DecodeString(k.SHA256); err != nil || len(decoded) != len(sum) {
		errs = append(errs, errors.New("sha256 is not 64 hexadecimal digits"))
	} else {
		copy(sum[:], decoded)
	}
	if k.Rate < 0 || math.IsNaN(k.Rate) || math.IsInf(k.Rate, 0) {
		errs = append(errs, errors.New("rate is not a finite number from 0 up"))
	}
	if k.Burst < 0 || k.MaxRequests < 0 {
		errs = append(errs, errors.New("burst and maxRequests are not negative"))
	}
	if err := errors.Join(errs...); err != nil {
		return sum, fmt.Errorf("key %q: %w", k.Name, err)
	}
	return sum, nil
}
