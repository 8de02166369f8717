package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

const secret = "10.9.8.7"

// dialError is what a failed connect looks like.
func dialError(errno syscall.Errno) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.ParseIP(secret), Port: 80}, Err: os.NewSyscallError("connect", errno)}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	early, inTLS, connected := &exchange{}, &exchange{tlsStart: 1}, &exchange{tlsStart: 1, tlsDone: 2, gotConn: true}
	refusal := errors.New("not to be dialled")
	tests := []struct {
		name    string
		x       *exchange
		err     error
		kind    error
		text    string
		passing bool
	}{
		{"refused", early, dialError(syscall.ECONNREFUSED), ErrConnect, "refused", true},
		{"unreachable", early, dialError(syscall.EHOSTUNREACH), ErrConnect, "unreachable", true},
		{"no network", early, dialError(syscall.ENETUNREACH), ErrConnect, "network", true},
		{"the system's timeout", early, dialError(syscall.ETIMEDOUT), ErrConnect, "timed out", true},
		{"the dialer's timeout", early, &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, ErrConnect, "timed out", true},
		{"something else", early, errors.New(secret), ErrConnect, "", true},
		{"no descriptors", early, dialError(syscall.EMFILE), ErrOverloaded, "descriptors", false},
		{"no ports", early, dialError(syscall.EADDRNOTAVAIL), ErrOverloaded, "ports", false},
		{"no such host", early, &net.DNSError{Name: secret, IsNotFound: true}, ErrDNS, "no such host", false},
		{"server failure", early, &net.DNSError{Name: secret, Server: secret, IsTemporary: true}, ErrDNS, "failed", true},
		{"name server's silence", early, &net.DNSError{Name: secret, IsTimeout: true}, ErrDNS, "timed out", true},
		{"the guard's refusal", early, fmt.Errorf("dial: %w", refusal), refusal, "", false},

		{"expired", inTLS, x509.CertificateInvalidError{Reason: x509.Expired}, ErrTLS, "expired", false},
		{"not for this use", inTLS, &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.IncompatibleUsage}}, ErrTLS, "not valid", false},
		{"unknown authority", inTLS, &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, ErrTLS, "unknown authority", false},
		{"alert", inTLS, &net.OpError{Op: "remote error", Err: tls.AlertError(40)}, ErrTLS, "refused", false},
		{"handshake timeout", inTLS, &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, ErrTLS, "timed out", true},
		{"closed in the handshake", inTLS, io.EOF, ErrTLS, "failed", true},

		{"closed", connected, io.EOF, ErrBadResponse, "ended early", true},
		{"reset", connected, &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, ErrBadResponse, "ended early", true},
		{"idle connection closed", connected, errors.New("http: server closed idle connection"), ErrBadResponse, "ended early", true},
		{"HTTP/2 stream reset", connected, errors.New("stream error: stream ID 1; INTERNAL_ERROR"), ErrBadResponse, "ended early", true},
		{"header section too large", connected, errors.New("net/http: server response headers exceeded 65536 bytes; aborted"), ErrBadResponse, "header section", false},
		{"no HTTP", connected, fmt.Errorf("malformed HTTP response %q", secret), ErrBadResponse, "malformed", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.x.classify(context.Background(), fmt.Errorf("net/http says: %w", tt.err), refusal)
			if !errors.Is(err, tt.kind) || errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("got %v, want %v", err, tt.kind)
			}
			if got := passing(err); got != tt.passing {
				t.Errorf("passing %v, want %v", got, tt.passing)
			}
			if tt.kind != refusal && (!strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), secret)) {
				t.Errorf("text %q", err)
			}
		})
	}
}

// However a dial fails, an ended context says why.
func TestClassifyAsksContextFirst(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	if err := new(exchange).classify(canceled, dialError(syscall.ECONNREFUSED), nil); err != context.Canceled {
		t.Errorf("got %v", err)
	}
	late, end := context.WithTimeout(context.Background(), -1)
	defer end()
	if err := new(exchange).classify(late, dialError(syscall.ECONNREFUSED), nil); err != context.DeadlineExceeded {
		t.Errorf("got %v", err)
	}
}
