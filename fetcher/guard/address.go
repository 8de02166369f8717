package guard

import "net/netip"

// judgeAddr judges one address against the allowance of the origin it is dialled
// for; reasonNone lets it pass. What is never dialled stands before the
// allowance, the table of the IANA special-purpose registries after it.
func (g *Guard) judgeAddr(addr netip.Addr, allow []netip.Prefix) Reason {
	if !addr.IsValid() || addr.Zone() != "" {
		return ReasonAddress
	}
	addr = addr.Unmap()
	inner := carried(addr)
	behind, translated := g.translated(addr)
	if translated {
		inner = append(inner, behind)
	}
	if neverDialled(addr, inner) {
		return ReasonMetadata
	}
	if within(allow, addr) {
		return reasonNone
	}
	if translated {
		return g.judgeAddr(behind, allow)
	}
	if g.table.SafeAddr(addr) != nil {
		return ReasonAddress
	}
	for _, v4 := range inner {
		if g.table.SafeAddr(v4) != nil {
			return ReasonAddress
		}
	}
	return reasonNone
}

// translated is the IPv4 address behind an address of one of this network's own
// NAT64 prefixes.
func (g *Guard) translated(addr netip.Addr) (netip.Addr, bool) {
	for _, prefix := range g.nat64 {
		if prefix.Contains(addr) {
			return embedded(addr.As16(), prefix.Bits()), true
		}
	}
	return netip.Addr{}, false
}
