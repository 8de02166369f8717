package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// errInterimFlood ends an exchange whose upstream sends 1xx responses without end.
var errInterimFlood error = &failure{kind: ErrBadResponse, text: "too many interim responses"}

// connectReasons are the system's errors that say something to the user, and those of them that are this machine's own.
var connectReasons = []struct {
	errno syscall.Errno
	text  string
	kind  error
}{
	{syscall.ECONNREFUSED, "connection refused", ErrConnect},
	{syscall.ECONNRESET, "connection reset", ErrConnect},
	{syscall.ETIMEDOUT, "connecting timed out", ErrConnect},
	{syscall.EHOSTUNREACH, "host unreachable", ErrConnect},
	{syscall.ENETUNREACH, "network unreachable", ErrConnect},
	{syscall.EMFILE, "no file descriptors left", ErrOverloaded},
	{syscall.ENFILE, "no file descriptors left", ErrOverloaded},
	{syscall.EADDRNOTAVAIL, "no local ports left", ErrOverloaded},
}

// classify turns what net/http failed with into one of this package's errors by the stage that failed. It keeps nothing of the error's text,
// which may hold addresses and what the upstream sent.
func (x *exchange) classify(ctx context.Context, err, refusal error) error {
	if cause := ended(ctx); cause != nil {
		return cause
	}
	if refusal != nil && errors.Is(err, refusal) {
		return err
	}
	connected, inTLS := x.stage()
	switch {
	case connected:
		return brokenOff(err)
	case inTLS:
		return tlsFailure(err)
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		switch {
		case dns.IsNotFound:
			return &failure{kind: ErrDNS, text: "no such host"}
		case dns.IsTimeout:
			return &failure{kind: ErrDNS, text: "the name lookup timed out", passing: true}
		}
		return &failure{kind: ErrDNS, text: "the name lookup failed", passing: true}
	}
	return connectFailure(err)
}

// ended is how the context ended, if it has; then that is why the exchange did. A dial may notice the deadline a moment before the context
// does. The exchange's own error is not asked: the timeout of a dial also says that it is context.DeadlineExceeded.
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); cause == errInterimFlood {
		return cause
	}
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// brokenOff classifies what happened on an open connection: it ended, or what came over it was no HTTP.
func brokenOff(err error) error {
	var netErr net.Error
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		errors.Is(err, net.ErrClosed), errors.As(err, &netErr):
		return ErrTruncated
	}
	// These are net/http's own texts; it has no types for them.
	switch text := err.Error(); {
	case strings.Contains(text, "server closed idle connection"), strings.Contains(text, "stream error"), strings.Contains(text, "GOAWAY"),
		strings.Contains(text, "client connection lost"):
		return ErrTruncated
	case strings.Contains(text, "response headers exceeded"), strings.Contains(text, "header list too large"):
		return &failure{kind: ErrBadResponse, text: "the response's header section is too large"}
	}
	return ErrBadResponse
}

func connectFailure(err error) error {
	for _, r := range connectReasons {
		if errors.Is(err, r.errno) {
			return &failure{kind: r.kind, text: r.text, passing: r.kind == ErrConnect}
		}
	}
	var netErr net.Error
	if errors.As(err, &netErr) && netErr.Timeout() {
		return &failure{kind: ErrConnect, text: "connecting timed out", passing: true}
	}
	return &failure{kind: ErrConnect, text: ErrConnect.Error(), passing: true}
}

// tlsFailure is not passing where the certificate is at fault: it will be the same the next time.
func tlsFailure(err error) error {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return &failure{kind: ErrTLS, text: "the certificate has expired or is not yet valid"}
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return &failure{kind: ErrTLS, text: "the certificate is for another host"}
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return &failure{kind: ErrTLS, text: "the certificate is signed by an unknown authority"}
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &failure{kind: ErrTLS, text: "the certificate is not valid"}
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return &failure{kind: ErrTLS, text: "the server does not speak TLS on this port"}
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return &failure{kind: ErrTLS, text: "the server refused the TLS handshake"}
	}
	var netErr net.Error
	if errors.As(err, &netErr) && netErr.Timeout() {
		return &failure{kind: ErrTLS, text: "the TLS handshake timed out", passing: true}
	}
	return &failure{kind: ErrTLS, text: "the TLS handshake failed", passing: true}
}
