package guard

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// origin is scheme, host and port (RFC 6454 section 4), the host in normal form
// and without brackets.
type origin struct {
	scheme string
	host   string
	port   uint16
}

// origins are those the operator has configured, with the addresses each may be
// dialled at although not public.
type origins struct {
	exact    map[origin][]netip.Prefix
	patterns []pattern
}

// pattern is a "*." entry: any name that ends in its suffix.
type pattern struct {
	scheme string
	suffix string // with its leading dot
	port   uint16
	allow  []netip.Prefix
}

// add takes up one upstream: its URL's origin and its further hosts.
func (o *origins) add(upstream Upstream) error {
	allow, err := normalPrefixes(upstream.Allow)
	if err != nil {
		return err
	}
	u, err := parse(upstream.URL)
	if err != nil {
		return fmt.Errorf("url: %w", err)
	}
	base, _, err := originOf(u)
	if err != nil {
		return fmt.Errorf("url: %w", err)
	}
	o.put(base, allow)
	for _, entry := range upstream.Hosts {
		if err := o.addHost(base, entry, allow); err != nil {
			return fmt.Errorf("hosts: %q: %w", entry, err)
		}
	}
	return nil
}

func (o *origins) addHost(base origin, entry string, allow []netip.Prefix) error {
	name, wild := strings.CutPrefix(entry, "*.")
	if strings.ContainsAny(name, "/?#@*") {
		return errors.New(`want "host", "host:port" or "*.pattern"`)
	}
	if strings.Count(name, ":") > 1 && !strings.HasPrefix(name, "[") {
		name = "[" + name + "]" // an IPv6 address, as configuration files have it
	}
	u, err := parse(base.scheme + "://" + name)
	if err != nil {
		return err
	}
	further, addr, err := originOf(u)
	if err != nil {
		return err
	}
	if u.Port() == "" {
		further.port = base.port
	}
	if !wild {
		o.put(further, allow)
		return nil
	}
	if addr.IsValid() {
		return errors.New("an address cannot stand in a pattern")
	}
	o.patterns = append(o.patterns, pattern{further.scheme, "." + further.host, further.port, allow})
	return nil
}

// put adds to what is there: two upstreams may share an origin.
func (o *origins) put(key origin, allow []netip.Prefix) {
	if o.exact == nil {
		o.exact = make(map[origin][]netip.Prefix)
	}
	o.exact[key] = append(o.exact[key], allow...)
}

// find returns the addresses allowed for an origin and whether it is configured.
func (o *origins) find(key origin) (allow []netip.Prefix, configured bool) {
	if allow, ok := o.exact[key]; ok {
		return allow, true
	}
	for _, p := range o.patterns {
		if p.port == key.port && p.scheme == key.scheme && strings.HasSuffix(key.host, p.suffix) {
			return p.allow, true
		}
	}
	return nil, false
}

// dialled is find for the dialer, which knows no scheme: a host and port under
// either.
func (o *origins) dialled(host string, port uint16) (allow []netip.Prefix, configured bool) {
	plain, a := o.find(origin{"http", host, port})
	secure, b := o.find(origin{"https", host, port})
	if len(plain) == 0 {
		return secure, a || b
	}
	if len(secure) == 0 {
		return plain, a || b
	}
	return append(plain[:len(plain):len(plain)], secure...), true
}

// normalPrefixes masks the prefixes and writes 4-in-6 ones as the IPv4 prefixes
// they are, since addresses are unmapped before they are judged.
func normalPrefixes(prefixes []netip.Prefix) ([]netip.Prefix, error) {
	normal := make([]netip.Prefix, 0, len(prefixes))
	for _, p := range prefixes {
		if !p.IsValid() {
			return nil, errors.New("allow: invalid prefix")
		}
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		normal = append(normal, p.Masked())
	}
	return normal, nil
}

// SameOrigin reports whether two URLs have the same scheme, host and port
// (RFC 6454 section 5) once normalised. It is false where either is not a URL
// this package accepts.
func SameOrigin(a, b *url.URL) bool {
	x, _, err := originOf(a)
	if err != nil {
		return false
	}
	y, _, err := originOf(b)
	return err == nil && x == y
}
