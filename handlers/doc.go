// Package handlers is the HTTP interface of gather: it binds requests, calls the
// engine, jobs and collections, and encodes what they give as JSON, NDJSON or
// events. Every error leaves as a problem document (RFC 9457).
//
// It is the only package that knows Gin; a *gin.Context never leaves it. It holds
// no state of its own, fetches nothing itself and reads no configuration.
package handlers
