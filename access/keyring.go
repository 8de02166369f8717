package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
)

// maxKey is the longest text looked up as a key, in bytes.
const maxKey = 512

// keyring holds the keys alive, by their hashes.
type keyring struct {
	sums    [][sha256.Size]byte
	holders []*holder // of the key at the same index
}

// holder is a caller with its rate; keys of one name have one.
type holder struct {
	key    Key // the first of that name
	client Client
	bucket *bucket
}

func newKeyring(keys []Key) (keyring, error) {
	var ring keyring
	var errs []error
	callers := make(map[string]*holder, len(keys))
	for _, key := range keys {
		sum, err := key.validate()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if slices.Contains(ring.sums, sum) {
			errs = append(errs, fmt.Errorf("key %q: configured twice", key.Name))
			continue
		}
		ring.sums = append(ring.sums, sum)
		caller := callers[key.Name]
		if caller == nil {
			caller = newHolder(key)
			callers[key.Name] = caller
		} else if !caller.key.agrees(key) {
			errs = append(errs, fmt.Errorf("key %q: its other key has other limits", key.Name))
		}
		ring.holders = append(ring.holders, caller)
	}
	return ring, errors.Join(errs...)
}

func newHolder(key Key) *holder {
	burst := key.Burst
	if burst == 0 {
		burst = int(math.Ceil(min(key.Rate, math.MaxInt32)))
	}
	return &holder{
		key: key,
		client: Client{
			Name:        key.Name,
			Weight:      max(key.Weight, 1),
			MaxRequests: key.MaxRequests,
			Upstreams:   slices.Clone(key.Upstreams),
		},
		bucket: newBucket(key.Rate, burst),
	}
}

// agrees reports whether two keys differ in nothing but their hash.
func (k Key) agrees(other Key) bool {
	return k.Rate == other.Rate && k.Burst == other.Burst && k.Weight == other.Weight &&
		k.MaxRequests == other.MaxRequests && slices.Equal(k.Upstreams, other.Upstreams)
}

func (ring keyring) empty() bool { return len(ring.sums) == 0 }

// take finds whose key h carries and removes every field that carries one.
// presented reports whether there was anything that could have been a key.
//
// Both fields are looked at: X-API-Key may be meant for an upstream while
// Authorization carries the key, or the other way round.
func (ring keyring) take(h http.Header) (who *holder, presented bool) {
	for _, field := range []struct{ name, key string }{
		{"X-Api-Key", plainKey(h["X-Api-Key"])},
		{"Authorization", bearerKey(h["Authorization"])},
	} {
		if field.key == "" {
			continue
		}
		presented = true
		if found := ring.find(field.key); found != nil {
			delete(h, field.name)
			if who == nil {
				who = found
			}
		}
	}
	return who, presented
}

// find compares a text's hash with every key's, each in constant time, so that
// the time taken tells neither which matched nor how nearly.
func (ring keyring) find(text string) *holder {
	if len(text) > maxKey {
		return nil
	}
	sum := sha256.Sum256([]byte(text))
	at := -1
	for i := range ring.sums {
		at = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(sum[:], ring.sums[i][:]), i, at)
	}
	if at < 0 {
		return nil
	}
	return ring.holders[at]
}

// plainKey is the one value of X-API-Key. Of several none is taken: a proxy and
// this service might disagree on which counts.
func plainKey(values []string) string {
	if len(values) != 1 {
		return ""
	}
	return strings.Trim(values[0], " \t")
}

// bearerKey is the token of the one Authorization value, where its scheme is
// Bearer, in any case (RFC 9110 section 11.1).
func bearerKey(values []string) string {
	if len(values) != 1 {
		return ""
	}
	scheme, token, ok := strings.Cut(strings.Trim(values[0], " \t"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.Trim(token, " \t")
}
