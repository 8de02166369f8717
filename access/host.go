package access

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// hosts are the Host values the service answers. A page of an attacker's whose
// name is rebound to this service's address sends that name as Host; whatever
// cannot be such a name is let pass.
type hosts struct {
	names    map[string]bool // "name", any port, or "name:port"
	suffixes []string        // of "*.name", with the leading dot
	listen   netip.Addr      // the address bound to, where it is one
}

func newHosts(listen string, allowed []string) (hosts, error) {
	h := hosts{names: make(map[string]bool, len(allowed)+1)}
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return hosts{}, errors.New("listen is not host:port")
	}
	switch addr, err := netip.ParseAddr(host); {
	case err == nil:
		h.listen = addr.Unmap().WithZone("")
	case host == "":
		h.listen = netip.IPv6Unspecified()
	case isLocalhost(strings.ToLower(host)):
		h.listen = netip.IPv6Loopback()
	default:
		h.names[strings.ToLower(host)] = true
	}
	var errs []error
	for _, entry := range allowed {
		name, wild := strings.CutPrefix(entry, "*.")
		host, port, ok := splitHost(name)
		switch {
		case !ok || host == "" || wild && port != "" || strings.ContainsAny(host, "*/@ "):
			errs = append(errs, fmt.Errorf(`allowedHosts: %q is not "name", "name:port" or "*.name"`, entry))
		case wild:
			h.suffixes = append(h.suffixes, "."+host)
		case port != "":
			h.names[host+":"+port] = true
		default:
			h.names[host] = true
		}
	}
	return h, errors.Join(errs...)
}

// allow reports whether a Host value is one of the service's own.
func (h hosts) allow(value string) bool {
	host, port, ok := splitHost(value)
	if !ok || host == "" {
		return false
	}
	if h.names[host] || port != "" && h.names[host+":"+port] {
		return true
	}
	for _, suffix := range h.suffixes {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	if !h.listen.IsValid() {
		return false
	}
	if isLocalhost(host) { // browsers never ask a name server for it
		return h.listen.IsLoopback() || h.listen.IsUnspecified()
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	addr = addr.Unmap()
	return addr == h.listen || h.listen.IsUnspecified() || h.listen.IsLoopback() && addr.IsLoopback()
}

// splitHost cuts a Host value into host, in lower case without brackets and
// trailing dot, and port, which may be missing.
func splitHost(value string) (host, port string, ok bool) {
	if rest, bracketed := strings.CutPrefix(value, "["); bracketed {
		host, port, ok = strings.Cut(rest, "]")
		if !ok || port != "" && port[0] != ':' {
			return "", "", false
		}
		if addr, err := netip.ParseAddr(host); err != nil || !addr.Is6() {
			return "", "", false
		}
		port = strings.TrimPrefix(port, ":")
	} else {
		host, port, _ = strings.Cut(value, ":")
	}
	for i := range len(port) {
		if port[i] < '0' || port[i] > '9' {
			return "", "", false
		}
	}
	return strings.TrimSuffix(strings.ToLower(host), "."), port, true
}

func isLocalhost(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
