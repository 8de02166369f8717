package guard

import "net/netip"

// never lists what is not dialled whatever is configured: metadata services,
// which hand out credentials to whoever can reach them, and addresses no web
// server can have.
var never = []netip.Prefix{
	// AWS, Azure, Google, Oracle, DigitalOcean, Hetzner, OpenStack, IBM and
	// others at .169.254; AWS containers at .170.2 and .170.23; Tencent at
	// .0.23; Scaleway at .42.42. The whole range, since clouds keep adding to it.
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fe80::/10"),           // the same, over IPv6 link-local
	netip.MustParsePrefix("100.100.100.200/32"),  // Alibaba
	netip.MustParsePrefix("168.63.129.16/32"),    // Azure WireServer, a public address
	netip.MustParsePrefix("192.0.0.192/32"),      // Oracle, classic
	netip.MustParsePrefix("192.80.8.124/32"),     // Equinix Metal
	netip.MustParsePrefix("fd00:ec2::/32"),       // AWS
	netip.MustParsePrefix("fd20:ce::/32"),        // Google
	netip.MustParsePrefix("fd00:42::/32"),        // Scaleway
	netip.MustParsePrefix("fd00:c1::/32"),        // Oracle
	netip.MustParsePrefix("fd00:a9fe:a9fe::/48"), // Akamai (Linode)

	netip.MustParsePrefix("0.0.0.0/8"), // "this host": the kernel connects it to loopback
	netip.MustParsePrefix("::/128"),
	netip.MustParsePrefix("224.0.0.0/4"), // multicast
	netip.MustParsePrefix("ff00::/8"),
	netip.MustParsePrefix("255.255.255.255/32"),
}

func neverDialled(addr netip.Addr) bool {
	for _, prefix := range never {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
