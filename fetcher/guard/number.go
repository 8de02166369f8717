package guard

import (
	"net/netip"
	"strconv"
	"strings"
)

// endsInNumber reports whether a host's last label is decimal digits or a
// hexadecimal number: then it is an IPv4 address or nothing (URL standard, "ends
// in a number checker").
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return allIn(hex, isHex)
	}
	return last != "" && allIn(last, isDigit)
}

// parseIPv4 reads what C's inet_aton reads, as the URL standard's IPv4 parser
// does: one to four numbers, decimal, octal (0…) or hexadecimal (0x…), the last
// filling the bytes that are left.
func parseIPv4(host string) (netip.Addr, bool) {
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var value uint64
	for i, part := range parts {
		number, ok := parseNumber(part)
		if !ok {
			return netip.Addr{}, false
		}
		if i < len(parts)-1 {
			if number > 255 {
				return netip.Addr{}, false
			}
			value |= number << (8 * (3 - i))
			continue
		}
		if number >= 1<<(8*(5-len(parts))) {
			return netip.Addr{}, false
		}
		value |= number
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true
}

// parseNumber reads one part of an IPv4 address. "0x" alone is zero.
func parseNumber(part string) (uint64, bool) {
	base := 10
	if digits, ok := strings.CutPrefix(part, "0x"); ok {
		part, base = digits, 16
		if part == "" {
			return 0, true
		}
	} else if len(part) > 1 && part[0] == '0' {
		part, base = part[1:], 8
	}
	number, err := strconv.ParseUint(part, base, 64)
	return number, err == nil
}

func allIn(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' }
