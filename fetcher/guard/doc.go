// Package guard decides what may be fetched. It owns the two layers that keep a
// service which fetches for strangers from becoming a way into its own network
// (server-side request forgery):
//
//   - the URL layer ([Guard.Parse], [Guard.Check], [Guard.CheckRedirect] and the
//     [Transport] stage) judges scheme, host and port of the first URL and of
//     every hop, before any name is resolved;
//   - the address layer ([Guard.DialContext]) judges the very address a socket
//     is about to be connected to, after name resolution, so that answers which
//     change, mix or point elsewhere change nothing.
//
// [CheckHeader] names the request headers a user may not set.
//
// It never sends a request, never resolves a name to decide about a URL, never
// reads a proxy from the environment and never says in an error what a name
// resolved to.
package guard
