// Package cache is a shared HTTP cache after RFC 9111, as an http.RoundTripper.
//
// It owns the policy (pure functions over a clock that is passed in), the directive
// parser, cache keys and Vary variants, the Transport with request coalescing, the
// RFC 9211 Cache-Status of each response, and the Store interface with its memory
// implementation.
//
// It never retries, limits, resolves or dials: whatever must reach the network is
// handed to the next RoundTripper. It never logs, never reads configuration, and never
// shows a response of one partition to another.
//
// RFC 9111 (caching), RFC 9110 (semantics), RFC 5861 (stale-while-revalidate,
// stale-if-error), RFC 8246 (immutable), RFC 9211 (Cache-Status) and RFC 9213 (targeted
// fields) are cited by section next to the code that follows them.
package cache
