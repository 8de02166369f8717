package guard

import "net/netip"

// Prefixes whose addresses carry an IPv4 address.
var (
	compatible = netip.MustParsePrefix("::/96")           // IPv4-compatible, RFC 4291 section 2.5.5.1
	translator = netip.MustParsePrefix("::ffff:0:0:0/96") // IPv4-translated, RFC 7915
	nat64      = netip.MustParsePrefix("64:ff9b::/96")    // well-known prefix, RFC 6052
	nat64Local = netip.MustParsePrefix("64:ff9b:1::/48")  // local use, RFC 8215
	teredo     = netip.MustParsePrefix("2001::/32")       // RFC 4380
	sixToFour  = netip.MustParsePrefix("2002::/16")       // RFC 3056
)

// carried returns the IPv4 addresses an IPv6 address carries for the machine
// that unwraps it; nil for most.
func carried(addr netip.Addr) []netip.Addr {
	if !addr.Is6() {
		return nil
	}
	b := addr.As16()
	switch {
	case compatible.Contains(addr), translator.Contains(addr), nat64.Contains(addr):
		return []netip.Addr{embedded(b, 96)}
	case nat64Local.Contains(addr):
		// A network may cut its own prefix out of it, of any length.
		return []netip.Addr{embedded(b, 48), embedded(b, 56), embedded(b, 64), embedded(b, 96)}
	case sixToFour.Contains(addr):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[2:6]))}
	case teredo.Contains(addr):
		client := [4]byte{^b[12], ^b[13], ^b[14], ^b[15]}
		return []netip.Addr{netip.AddrFrom4([4]byte(b[4:8])), netip.AddrFrom4(client)}
	case b[8]&^0x03 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe:
		// ISATAP (RFC 5214 section 6.1) under any prefix, whatever the
		// universal and group bits say.
		return []netip.Addr{embedded(b, 96)}
	}
	return nil
}

// validTranslation reports whether RFC 6052 section 2.2 knows the prefix length.
func validTranslation(prefix netip.Prefix) bool {
	if !prefix.Addr().Is6() || prefix.Addr().Is4In6() {
		return false
	}
	switch prefix.Bits() {
	case 32, 40, 48, 56, 64, 96:
		return true
	}
	return false
}

// embedded takes the IPv4 address out of an address below a NAT64 prefix of that
// many bits; byte 8 is skipped (RFC 6052 section 2.2).
func embedded(b [16]byte, bits int) netip.Addr {
	var v4 [4]byte
	at := bits / 8
	for i := range v4 {
		if at == 8 {
			at++
		}
		v4[i] = b[at]
		at++
	}
	return netip.AddrFrom4(v4)
}
