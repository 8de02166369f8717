package guard

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestControl(t *testing.T) {
	t.Parallel()
	g, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		network, address string
		want             Reason
	}{
		{"tcp4", "8.8.8.8:443", reasonNone},
		{"tcp6", "[2606:4700::1]:443", reasonNone},
		{"tcp6", "[::ffff:8.8.8.8]:443", reasonNone},
		{"tcp4", "10.0.0.1:443", ReasonAddress},
		{"tcp6", "[::ffff:10.0.0.1]:443", ReasonAddress},
		{"tcp6", "[2606:4700::1%eth0]:443", ReasonAddress},
		{"tcp4", "169.254.169.254:443", ReasonMetadata},
		{"tcp4", "8.8.8.8:80", ReasonPort},
		{"udp4", "8.8.8.8:443", ReasonNetwork},
		{"tcp", "8.8.8.8:443", ReasonNetwork},
		{"unix", "/run/docker.sock", ReasonNetwork},
		{"tcp4", "8.8.8.8", ReasonAddress},
		{"tcp4", "example.com:443", ReasonAddress},
		{"tcp4", "", ReasonAddress},
	} {
		got := reasonNone
		if refused, ok := errors.AsType[*Error](g.control(row.network, row.address, 443, nil)); ok {
			got = refused.Reason
		}
		if got != row.want {
			t.Errorf("%s %q: %v, want %v", row.network, row.address, got, row.want)
		}
	}
}

func TestNewDialer(t *testing.T) {
	t.Parallel()
	for given, want := range map[time.Duration]time.Duration{0: DefaultDialTimeout, -1: DefaultDialTimeout, time.Second: time.Second} {
		d := newDialer(Options{DialTimeout: given})
		if d.Timeout != want || d.FallbackDelay != 0 || d.Resolver != nil {
			t.Errorf("%v: time-out %v, fallback delay %v, resolver %v", given, d.Timeout, d.FallbackDelay, d.Resolver)
		}
	}
}

func TestConcealed(t *testing.T) {
	t.Parallel()
	at := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 80}
	for _, row := range []struct {
		cause   error
		text    string
		timeout bool
	}{
		{&net.OpError{Op: "dial", Net: "tcp", Addr: at, Err: refuse(ReasonAddress)}, messageAddress, false},
		{&net.OpError{Op: "dial", Net: "tcp", Addr: at, Err: syscall.ECONNREFUSED}, "dial: connection refused", false},
		{&net.OpError{Op: "dial", Net: "tcp", Addr: at, Err: syscall.ETIMEDOUT}, "dial: timed out", true},
		{&net.DNSError{Name: "a.example", Server: "10.0.0.1:53", IsNotFound: true}, "dial: no such host", false},
		{&net.DNSError{Name: "a.example", Server: "10.0.0.1:53", IsTimeout: true}, "dial: name resolution failed", true},
		{&net.OpError{Op: "dial", Net: "tcp", Addr: at, Err: io.ErrUnexpectedEOF}, "dial: failed", false},
	} {
		err := concealed(row.cause)
		if err.Error() != row.text || strings.Contains(err.Error(), "10.0.0.1") {
			t.Errorf("%v: %q, want %q", row.cause, err, row.text)
		}
		timeout, ok := errors.AsType[net.Error](err)
		if ok && timeout.Timeout() != row.timeout {
			t.Errorf("%v: timeout %v", row.cause, timeout.Timeout())
		}
		if _, refused := errors.AsType[*Error](err); !refused && !errors.Is(err, row.cause) {
			t.Errorf("%v: the cause is lost", row.cause)
		}
	}
}
