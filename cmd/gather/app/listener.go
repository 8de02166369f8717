package app

import (
	"net"
	"time"
)

// listener gives each connection a time-out for every write, renewed with each: a
// client that stopped reading holds neither a connection nor the bodies it was to
// get, while streams may last.
type listener struct {
	net.Listener
	write time.Duration
}

func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &connection{Conn: conn, write: l.write}, nil
}

type connection struct {
	net.Conn
	write time.Duration
}

// piece is what is written within one time-out, so that a large answer to a slow
// client that does read may take longer.
const piece = 256 << 10

func (c *connection) Write(b []byte) (written int, err error) {
	for first := true; first || len(b) > 0; first = false {
		part := b[:min(len(b), piece)]
		if err := c.SetWriteDeadline(time.Now().Add(c.write)); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(part)
		written += n
		if err != nil {
			return written, err
		}
		b = b[n:]
	}
	return written, nil
}

// CloseWrite lets net/http say that nothing more comes before it closes: a client
// that is still sending then gets the answer, not a reset.
func (c *connection) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
