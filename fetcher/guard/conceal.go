package guard

import (
	"errors"
	"net"
	"syscall"
)

// dialError is a dial's failure whose text names neither the address dialled nor
// the resolver asked. The cause is there for errors.Is and errors.As only.
type dialError struct {
	cause error
}

// concealed takes the addresses out of a dial error's text. A refusal loses the
// address it comes wrapped in altogether.
func concealed(err error) error {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused
	}
	return &dialError{cause: err}
}

func (e *dialError) Error() string {
	if dns, ok := errors.AsType[*net.DNSError](e.cause); ok {
		if dns.IsNotFound {
			return "dial: no such host"
		}
		return "dial: name resolution failed"
	}
	if e.Timeout() {
		return "dial: timed out"
	}
	if errno, ok := errors.AsType[syscall.Errno](e.cause); ok {
		return "dial: " + errno.Error()
	}
	return "dial: failed"
}

func (e *dialError) Unwrap() error { return e.cause }

// Timeout is net.Error's.
func (e *dialError) Timeout() bool {
	timeout, ok := errors.AsType[net.Error](e.cause)
	return ok && timeout.Timeout()
}

// Temporary is net.Error's.
func (e *dialError) Temporary() bool { return e.Timeout() }
