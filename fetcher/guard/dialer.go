package guard

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// newDialer makes the dialer every connection starts from. Its fallback delay
// stays the default: addresses of both families are raced (RFC 8305).
func newDialer(opts Options) net.Dialer {
	timeout := opts.DialTimeout
	if timeout <= 0 {
		timeout = DefaultDialTimeout
	}
	d := net.Dialer{
		Timeout: timeout,
		KeepAliveConfig: net.KeepAliveConfig{
			Enable:   true,
			Idle:     30 * time.Second,
			Interval: 15 * time.Second,
			Count:    4,
		},
	}
	if server := opts.Resolver; server != "" {
		d.Resolver = &net.Resolver{
			PreferGo: true,
			Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{Timeout: timeout}).DialContext(ctx, network, server)
			},
		}
	}
	return d
}

// DialContext connects to address ("host:port") over TCP, judging each address
// the host resolved to in the moment it is dialled. Addresses that are refused
// are passed over; where none is left the error is an [*Error] that names no
// address. It is meant for http.Transport's DialContext, with Proxy nil.
func (g *Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := g.dial(ctx, network, address)
	if err != nil {
		return nil, g.noted(err)
	}
	return conn, nil
}

func (g *Guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	switch network {
	case "tcp", "tcp4", "tcp6":
	default:
		return nil, refuse(ReasonNetwork)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, refuse(ReasonHost)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return nil, refuse(ReasonPort)
	}
	allow, configured := g.origins.dialled(host, uint16(number))

	d := g.dialer
	d.ControlContext = func(_ context.Context, network, address string, _ syscall.RawConn) error {
		return g.control(network, address, uint16(number), allow)
	}
	conn, err := d.DialContext(ctx, network, net.JoinHostPort(lookupName(host, configured), port))
	if err != nil {
		return nil, concealed(err)
	}
	return conn, nil
}

// control judges the address of a socket before it is connected.
func (g *Guard) control(network, address string, port uint16, allow []netip.Prefix) error {
	if network != "tcp4" && network != "tcp6" {
		return refuse(ReasonNetwork)
	}
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return refuse(ReasonAddress)
	}
	if target.Port() != port {
		return refuse(ReasonPort)
	}
	if reason := g.judgeAddr(target.Addr(), allow); reason != reasonNone {
		return refuse(reason)
	}
	return nil
}

// lookupName makes a user's name absolute, so that the resolver's search list
// cannot complete it to a name inside the network. A configured upstream may
// count on that list.
func lookupName(host string, configured bool) string {
	if configured || host == "" || strings.HasSuffix(host, ".") {
		return host
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	return host + "."
}
