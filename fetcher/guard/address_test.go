package guard

import (
	"net/netip"
	"slices"
	"testing"
)

// TestAddressTable walks the IANA special-purpose registries: the first and last
// address of each block is refused, its neighbours are judged for themselves.
func TestAddressTable(t *testing.T) {
	t.Parallel()
	g, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range []string{
		// iana-ipv4-special-registry
		"0.0.0.0/8", "0.0.0.0/32", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.0.0.0/24", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32", "192.0.0.170/32", "192.0.0.171/32",
		"192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.88.99.2/32", "192.168.0.0/16",
		"192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "255.255.255.255/32",
		"224.0.0.0/4",
		// iana-ipv6-special-registry
		"::1/128", "::/128", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001::/32",
		"2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:2::/48", "2001:3::/32", "2001:4:112::/48", "2001:10::/28",
		"2001:20::/28", "2001:30::/28", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16",
		"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
		// Metadata services at public addresses.
		"168.63.129.16/32", "192.80.8.124/32",
	} {
		prefix := netip.MustParsePrefix(block)
		for _, addr := range []netip.Addr{prefix.Addr(), last(prefix)} {
			if g.judgeAddr(addr, nil) == reasonNone {
				t.Errorf("%s of %s passes", addr, block)
			}
			if addr.Is4() {
				mapped := netip.AddrFrom16(addr.As16())
				if g.judgeAddr(mapped, nil) == reasonNone {
					t.Errorf("%s of %s passes", mapped, block)
				}
			}
		}
	}
	for _, text := range []string{
		"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
		"168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
		"192.0.1.0", "192.0.3.0", "192.31.195.255", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0",
		"198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
		"2001:200::", "2001:db7:ffff::", "2001:db9::", "2003::", "2620:4f:7fff::", "2620:4f:8001::", "3ffe::", "2606:4700::1111",
		"::ffff:8.8.8.8", "2606:4700::5efe:8.8.8.8", "2606:4700::fe:10.0.0.1", "2606:4700::5e00:10.0.0.1", "2606:4700::1:5efe:10.0.0.1",
	} {
		if reason := g.judgeAddr(netip.MustParseAddr(text), nil); reason != reasonNone {
			t.Errorf("%s is refused: %v", text, reason)
		}
	}
	for _, addr := range []netip.Addr{{}, netip.MustParseAddr("2606:4700::1%eth0")} {
		if g.judgeAddr(addr, []netip.Prefix{netip.MustParsePrefix("::/0")}) == reasonNone {
			t.Errorf("%v passes", addr)
		}
	}
}

// last is the highest address of a prefix.
func last(prefix netip.Prefix) netip.Addr {
	b := prefix.Addr().AsSlice()
	for i := prefix.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	addr, _ := netip.AddrFromSlice(b)
	return addr
}

func TestAddressAllowance(t *testing.T) {
	t.Parallel()
	g, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		addr, allow string
		want        Reason
	}{
		{"127.0.0.1", "127.0.0.1/32", reasonNone},
		{"127.0.0.2", "127.0.0.1/32", ReasonAddress},
		{"::1", "::1/128", reasonNone},
		{"::ffff:10.0.0.1", "10.0.0.0/8", reasonNone},
		{"10.0.0.1", "::ffff:10.0.0.0/104", reasonNone},
		{"10.0.0.1", "::ffff:11.0.0.0/104", ReasonAddress},
		{"10.255.0.1", "::ffff:10.0.0.0/104", reasonNone},
		{"10.0.0.1", "::ffff:0:0/96", reasonNone},
		{"::2", "::1/128", ReasonAddress},
		{"fd12::1", "fd00::/8", reasonNone},
		{"10.0.0.1", "fd00::/8", ReasonAddress},
		{"127.0.0.1", "10.0.0.0/8", ReasonAddress},
		{"64:ff9b::10.0.0.1", "10.0.0.0/8", ReasonAddress},
		{"64:ff9b::10.0.0.1", "64:ff9b::/96", reasonNone},
		{"2606:4700::5efe:10.0.0.1", "10.0.0.0/8", ReasonAddress},
		{"0.0.0.0", "0.0.0.0/0", ReasonMetadata},
		{"::", "::/0", ReasonMetadata},
		{"169.254.169.254", "169.254.169.254/32", ReasonMetadata},
		{"::ffff:169.254.169.254", "::/0", ReasonMetadata},
		{"64:ff9b::169.254.169.254", "::/0", ReasonMetadata},
		{"64:ff9b:1::169.254.169.254", "64:ff9b:1::/48", ReasonMetadata},
		{"2002:a9fe:a9fe::1", "2002::/16", ReasonMetadata},
		{"fe80::1", "fe80::/10", ReasonMetadata},
		{"fd00:ec2::254", "fd00::/8", ReasonMetadata},
		{"100.100.100.200", "100.64.0.0/10", ReasonMetadata},
		{"100.100.100.201", "100.64.0.0/10", reasonNone},
		// One past each prefix that carries an address.
		{"::1:a9fe:a9fe", "::/0", reasonNone},
		{"::ffff:1:a9fe:a9fe", "::/0", reasonNone},
		{"64:ff9b::1:a9fe:a9fe", "::/0", reasonNone},
		{"64:ff9b:2::a9fe:a9fe", "::/0", reasonNone},
		{"2003:a9fe:a9fe::", "::/0", reasonNone},
	} {
		allow, err := normalPrefixes([]netip.Prefix{netip.MustParsePrefix(row.allow)})
		if err != nil {
			t.Fatal(err)
		}
		if got := g.judgeAddr(netip.MustParseAddr(row.addr), allow); got != row.want {
			t.Errorf("%s with %s allowed: %v, want %v", row.addr, row.allow, got, row.want)
		}
	}
}

// With a NAT64 prefix of the network's own, an address is judged as the one it
// is translated to, wherever the prefix length puts it (RFC 6052 section 2.4).
func TestAddressTranslated(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ prefix, addr, v4 string }{
		{"2001:db8::/32", "2001:db8:c000:221::", "192.0.2.33"},
		{"2001:db8:100::/40", "2001:db8:1c0:2:21::", "192.0.2.33"},
		{"2001:db8:122::/48", "2001:db8:122:c000:2:2100::", "192.0.2.33"},
		{"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::", "192.0.2.33"},
		{"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::", "192.0.2.33"},
		{"2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33", "192.0.2.33"},
		{"64:ff9b::/96", "64:ff9b::8.8.8.8", "8.8.8.8"},
		{"64:ff9b::/96", "64:ff9b::10.0.0.1", "10.0.0.1"},
		{"64:ff9b::/96", "64:ff9b::169.254.169.254", "169.254.169.254"},
		{"2001:db8:122:344::/96", "2001:db8:122:344::169.254.169.254", "169.254.169.254"},
	} {
		prefix, addr, v4 := netip.MustParsePrefix(row.prefix), netip.MustParseAddr(row.addr), netip.MustParseAddr(row.v4)
		g, err := New(Options{NAT64: []netip.Prefix{prefix}})
		if err != nil {
			t.Fatal(err)
		}
		if behind, ok := g.translated(addr); !ok || behind != v4 {
			t.Errorf("%s: behind it is %v, want %v", addr, behind, v4)
		}
		if got, want := g.judgeAddr(addr, nil), g.judgeAddr(v4, nil); got != want {
			t.Errorf("%s: %v, but %s: %v", addr, got, v4, want)
		}
		everything := []netip.Prefix{netip.MustParsePrefix("::/0")}
		if g.judgeAddr(v4, nil) == ReasonMetadata && g.judgeAddr(addr, everything) != ReasonMetadata {
			t.Errorf("%s: an allowance reaches a metadata service", addr)
		}
	}
}

func TestLookupName(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		host       string
		configured bool
		want       string
	}{
		{"example.com", false, "example.com."},
		{"example.com.", false, "example.com."},
		{"redis", true, "redis"},
		{"8.8.8.8", false, "8.8.8.8"},
		{"2606:4700::1", false, "2606:4700::1"},
		{"", false, ""},
	} {
		if got := lookupName(row.host, row.configured); got != row.want {
			t.Errorf("%q: %q, want %q", row.host, got, row.want)
		}
	}
}

// The dialer knows no scheme: what either origin of a host and port allows is
// allowed, and nothing of another port's.
func TestDialled(t *testing.T) {
	t.Parallel()
	loopback, private := netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8")
	g, err := New(Options{Upstreams: []Upstream{
		{Name: "plain", URL: "http://plain.example:8080", Allow: []netip.Prefix{loopback}},
		{Name: "secure", URL: "https://secure.example:8080", Allow: []netip.Prefix{private}},
		{Name: "both", URL: "http://both.example:8080", Allow: []netip.Prefix{loopback}},
		{Name: "both too", URL: "https://both.example:8080", Allow: []netip.Prefix{private}},
		{Name: "none", URL: "https://none.example"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		host       string
		port       uint16
		configured bool
		allow      []netip.Prefix
	}{
		{"plain.example", 8080, true, []netip.Prefix{loopback}},
		{"secure.example", 8080, true, []netip.Prefix{private}},
		{"both.example", 8080, true, []netip.Prefix{loopback, private}},
		{"none.example", 443, true, nil},
		{"none.example", 80, false, nil},
		{"both.example", 8081, false, nil},
		{"other.example", 8080, false, nil},
	} {
		allow, configured := g.origins.dialled(row.host, row.port)
		if configured != row.configured || !slices.Equal(allow, row.allow) {
			t.Errorf("%s:%d: %v, %v", row.host, row.port, allow, configured)
		}
	}
}
