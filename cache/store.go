package cache

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// StoredResponse is a response as a Store keeps it, with all its policy already computed, so
// that reusing it parses nothing. It and all it refers to are immutable once stored.
type StoredResponse struct {
	Status int
	Header http.Header // end-to-end fields only
	Body   []byte
	Range  *ContentRange // what part of the representation Body is; nil: all of it

	Selecting []Selecting // the request fields Vary names
	Variant   string      // digest of Selecting: tells the variants of one key apart

	Date       time.Time     // the Date field, else Received
	Received   time.Time     // when the response came (response_time, RFC 9111 §4.2.3)
	InitialAge time.Duration // its age then (corrected_initial_age)
	Lifetime   time.Duration // freshness_lifetime (§4.2.1)

	StaleWhileRevalidate time.Duration // RFC 5861 §3
	StaleIfError         time.Duration // RFC 5861 §4
	NoCache              bool          // validate before every reuse
	MustRevalidate       bool          // never use stale

	// KeyDigest names the key in Cache-Status.
	KeyDigest string

	// checked is set once a reader has found Body sound; nil where nobody would ask again.
	checked *atomic.Bool
}

// Age is current_age (RFC 9111 §4.2.3). A clock set back makes nothing younger.
func (r *StoredResponse) Age(now time.Time) time.Duration {
	return r.InitialAge + max(0, now.Sub(r.Received))
}

// TTL is the freshness left; negative when stale.
func (r *StoredResponse) TTL(now time.Time) time.Duration { return r.Lifetime - r.Age(now) }

// structSize is what a StoredResponse takes beside its body, fields and selecting values, and
// fieldSize what a field takes beside its text. Both err on the large side.
const (
	structSize = 400
	fieldSize  = 80
)

// Size is the memory the response takes, in bytes: body, fields and a fixed share for the rest.
func (r *StoredResponse) Size() int64 {
	n := structSize + cap(r.Body) + len(r.Variant) + len(r.KeyDigest)
	for name, values := range r.Header {
		n += fieldSize + len(name)
		for _, v := range values {
			n += 16 + len(v)
		}
	}
	for _, s := range r.Selecting {
		n += 48 + len(s.Name) + len(s.Value) + len(s.Line)
	}
	return int64(n)
}

// Store keeps responses. A store that fails to read has nothing stored, and one that fails to
// write did not store; it never returns what was stored under another key. cachetest.Run is
// what every implementation must pass. All methods may be called at the same time.
type Store interface {
	// Get returns the variants stored under the key, the latest stored first. Neither the
	// slice nor the responses may be changed.
	Get(ctx context.Context, key Key) []*StoredResponse
	// Put stores r in place of the key's response with the same Variant, for at most keep,
	// and reports whether it did. The store may drop it, or others, at any time to keep to
	// its limits.
	Put(ctx context.Context, key Key, r *StoredResponse, keep time.Duration) bool
	// Delete removes all variants of the URL in all partitions.
	Delete(ctx context.Context, url string)
	// Clear removes everything.
	Clear(ctx context.Context)
}

// Usage is what a store holds.
type Usage struct {
	Bytes     int64  // body, fields and keys
	Entries   int64  // stored responses, each variant counted
	Evictions uint64 // responses dropped to keep to a limit, since the start
}
