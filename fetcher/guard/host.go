package guard

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

const (
	maxName  = 253 // bytes of a name in text form (RFC 1035 section 2.3.4)
	maxLabel = 63
)

// profile maps a name as browsers do (UTS 46, non-transitional) and refuses
// A-labels that no U-label maps to. It accepts underscores and hyphens anywhere,
// which names in use have; isName bounds the characters afterwards.
var profile = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.StrictDomainName(false),
	idna.CheckHyphens(false),
	idna.BidiRule(),
	idna.VerifyDNSLength(true),
)

// normalHost brings the host of a URL (without port, IPv6 in brackets) into the
// one form that is judged, looked up and dialled: an ASCII name in lower case
// without trailing dot, or an address, whatever it was disguised as.
func normalHost(host string) (name string, addr netip.Addr, ok bool) {
	if strings.HasPrefix(host, "[") {
		return normalIPv6(host)
	}
	if host, ok = asciiHost(host); !ok {
		return "", netip.Addr{}, false
	}
	host = strings.TrimSuffix(host, ".") // one: the root label
	if !isName(host) {
		return "", netip.Addr{}, false
	}
	if !endsInNumber(host) {
		return host, netip.Addr{}, true
	}
	addr, ok = parseIPv4(host)
	if !ok {
		return "", netip.Addr{}, false
	}
	if text := addr.String(); text != host {
		host = text
	}
	return host, addr, true
}

// normalIPv6 reads a bracketed literal: no zone, no IPv4, no IPvFuture. A 4-in-6
// address becomes the IPv4 address it is to the kernel.
func normalIPv6(host string) (string, netip.Addr, bool) {
	addr, err := netip.ParseAddr(strings.TrimSuffix(host[1:], "]"))
	if err != nil || !addr.Is6() || addr.Zone() != "" {
		return "", netip.Addr{}, false
	}
	addr = addr.Unmap()
	return addr.String(), addr, true
}

// asciiHost maps a host to lower-case ASCII. Most are in it and cost one pass.
func asciiHost(host string) (string, bool) {
	for i := range len(host) {
		if host[i] >= utf8.RuneSelf {
			return mapHost(host)
		}
	}
	host = strings.ToLower(host) // the same string where nothing changes
	if strings.Contains(host, "xn--") {
		return mapHost(host)
	}
	return host, true
}

// mapHost maps an internationalised host. NFKC comes first: it turns full-width
// digits and dots, ligatures and circled numbers into what they stand for,
// before anything else looks at them.
func mapHost(host string) (string, bool) {
	if !utf8.ValidString(host) {
		return "", false
	}
	host = strings.ReplaceAll(norm.NFKC.String(host), "\u3002", ".")
	host, err := profile.ToASCII(strings.TrimSuffix(host, "."))
	return host, err == nil
}

// isName reports whether a host consists of one or more labels of letters,
// digits, hyphens and underscores, within the lengths of the DNS.
func isName(host string) bool {
	if len(host) == 0 || len(host) > maxName {
		return false
	}
	label := 0
	for i := range len(host) {
		switch c := host[i]; {
		case c == '.':
			if label == 0 {
				return false
			}
			label = 0
			continue
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
		if label++; label > maxLabel {
			return false
		}
	}
	return label > 0
}
