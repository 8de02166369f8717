// Package transport owns the stages between a guarded, cacheable request and the world: it observes, retries, breaks, limits, hedges and
// buffers calls, keeps what is known of each host, and tunes the connection pool below.
//
// Every stage is an [http.RoundTripper] around the next. In the order they are meant to stand, outermost first:
//
//	observe → (guard → cache) → retry → breaker → limit → hedge → buffer → base
//
// A stage may be left out, but limit and everything outside it count on buffer inside them: above buffer a response's body is bytes in
// memory (a [*Body]), read whole, so a permit given back when RoundTrip returns is never given back early.
//
// The package never judges a URL or an address, never caches, never follows a redirect, and never puts a URL, an address or a header's value
// into an error.
package transport
