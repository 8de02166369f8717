// Package access decides who may call this service. It owns API keys and their
// rates, the Host values answered (against DNS rebinding of browsers), the
// protection against calls from foreign pages, CORS, and the header fields that
// harden an answer for browsers.
//
// It never writes an answer, knows no routes and no router, keeps no key in
// clear, and never repeats a presented key or a header value in an error.
package access
