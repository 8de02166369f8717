package guard

import (
	"net/netip"
	"slices"
)

// metadata lists where clouds hand out credentials to whoever can ask. They are
// not dialled whatever is configured.
var metadata = []netip.Prefix{
	// AWS, Azure, Google, Oracle, DigitalOcean, Hetzner, OpenStack, IBM and
	// others at .169.254; AWS containers at .170.2 and .170.23; Tencent at
	// .0.23; Scaleway at .42.42. The whole range, since clouds keep adding to it.
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fe80::/10"),           // the same, over IPv6 link-local
	netip.MustParsePrefix("100.100.100.200/32"),  // Alibaba
	netip.MustParsePrefix("168.63.129.16/32"),    // Azure WireServer, a public address
	netip.MustParsePrefix("192.0.0.192/32"),      // Oracle, classic
	netip.MustParsePrefix("192.80.8.124/32"),     // Equinix Metal, a public address
	netip.MustParsePrefix("fd00:ec2::/32"),       // AWS
	netip.MustParsePrefix("fd20:ce::/32"),        // Google
	netip.MustParsePrefix("fd00:42::/32"),        // Scaleway
	netip.MustParsePrefix("fd00:c1::/32"),        // Oracle
	netip.MustParsePrefix("fd00:a9fe:a9fe::/48"), // Akamai (Linode)
}

// impossible lists addresses no web server can have. The kernel takes the
// unspecified ones for loopback, so an operator must name loopback to mean it.
var impossible = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("::/128"),
	netip.MustParsePrefix("224.0.0.0/4"),
	netip.MustParsePrefix("ff00::/8"),
	netip.MustParsePrefix("255.255.255.255/32"),
}

// neverDialled reports whether an address is refused whatever is configured: one
// of the two lists, or an IPv6 address that carries a metadata service's.
func neverDialled(addr netip.Addr, inner []netip.Addr) bool {
	return within(impossible, addr) || within(metadata, addr) ||
		slices.ContainsFunc(inner, func(v4 netip.Addr) bool { return within(metadata, v4) })
}

func within(prefixes []netip.Prefix, addr netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
