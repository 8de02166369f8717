package guard

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxURL is the longest URL accepted, in bytes, as sent and in normal form.
const MaxURL = 8 << 10

// Parse reads a user's URL, judges it as [Guard.Check] does and returns it in
// normal form: scheme and host in lower case, the host in ASCII, an address in
// its canonical text, no default port, no trailing dot, no fragment, a path, and
// a query in which nothing is left that could not stand in a request line. Each
// error is an [*Error].
func (g *Guard) Parse(raw string) (*url.URL, error) {
	u, err := g.read(raw)
	return u, g.noted(err)
}

func (g *Guard) read(raw string) (*url.URL, error) {
	u, err := parse(raw)
	if err != nil {
		return nil, err
	}
	host, err := g.judge(u)
	if err != nil {
		return nil, err
	}
	u.Host = host
	u.RawQuery = normalQuery(u.RawQuery)
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	// Percent-encoding can make three bytes of one.
	if len(raw) > MaxURL/3 && len(u.String()) > MaxURL {
		return nil, refuse(ReasonTooLong)
	}
	return u, nil
}

// Check judges a URL that is about to be fetched: the first one and every hop of
// a redirect. It resolves no name. Each error is an [*Error].
func (g *Guard) Check(u *url.URL) error {
	_, err := g.judge(u)
	return g.noted(err)
}

// judge applies the URL layer and returns the host in normal form, with its port
// where that is not the scheme's default.
func (g *Guard) judge(u *url.URL) (string, error) {
	if len(u.Host)+len(u.Path)+len(u.RawQuery) > MaxURL {
		return "", refuse(ReasonTooLong)
	}
	o, addr, err := originOf(u)
	if err != nil {
		return "", err
	}
	allow, configured := g.origins.find(o)
	switch {
	case addr.IsValid():
		if reason := g.judgeAddr(addr, allow); reason != reasonNone {
			return "", refuse(reason)
		}
	case isMetadataName(o.host):
		return "", refuse(ReasonMetadata)
	case !configured && !isPublicName(o.host):
		return "", refuse(ReasonName)
	}
	if !configured {
		if g.mode == Listed {
			return "", refuse(ReasonUnlisted)
		}
		if !g.ports.allows(o.port) {
			return "", refuse(ReasonPort)
		}
	}
	return o.hostField(u.Host), nil
}

// parse reads a URL's text without judging where it leads.
func parse(raw string) (*url.URL, error) {
	if len(raw) > MaxURL {
		return nil, refuse(ReasonTooLong)
	}
	if reason := judgeText(raw); reason != reasonNone {
		return nil, refuse(reason)
	}
	// The parser's own error quotes the URL, which may hold a secret.
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "" {
		return nil, refuse(ReasonMalformed)
	}
	return u, nil
}

// judgeText refuses what parsers are known to disagree about.
func judgeText(raw string) Reason {
	if raw == "" || raw[0] == ' ' || raw[len(raw)-1] == ' ' {
		return ReasonMalformed
	}
	ascii := true
	for i := range len(raw) {
		switch c := raw[i]; {
		case c < 0x20 || c == 0x7f || c == '\\':
			return ReasonCharacter
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	if ascii {
		return reasonNone
	}
	for i, r := range raw {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(raw[i:]); size == 1 {
				return ReasonCharacter
			}
		}
		if r >= 0x80 && r < 0xa0 || r == '\uFEFF' {
			return ReasonCharacter
		}
	}
	return reasonNone
}

// originOf is the origin of a URL in normal form, and its host as an address
// where it is one. It refuses what is no http(s) URL with a host.
func originOf(u *url.URL) (origin, netip.Addr, error) {
	none := netip.Addr{}
	if u.Scheme != "http" && u.Scheme != "https" {
		return origin{}, none, refuse(ReasonScheme)
	}
	if u.User != nil {
		return origin{}, none, refuse(ReasonUserinfo)
	}
	if u.Opaque != "" || u.Host == "" {
		return origin{}, none, refuse(ReasonMalformed)
	}
	name, port, ok := splitHost(u.Host)
	if !ok {
		return origin{}, none, refuse(ReasonHost)
	}
	number, ok := parsePort(port, u.Scheme)
	if !ok {
		return origin{}, none, refuse(ReasonPort)
	}
	host, addr, ok := normalHost(name)
	if !ok {
		return origin{}, none, refuse(ReasonHost)
	}
	return origin{u.Scheme, host, number}, addr, nil
}

// splitHost cuts a URL's host field into name and port. The name keeps its
// brackets, which alone tell an IPv6 address from a name.
func splitHost(field string) (name, port string, ok bool) {
	if strings.HasPrefix(field, "[") {
		end := strings.IndexByte(field, ']')
		if end < 0 {
			return "", "", false
		}
		name, port = field[:end+1], field[end+1:]
		if port != "" && port[0] != ':' {
			return "", "", false
		}
		return name, strings.TrimPrefix(port, ":"), true
	}
	name, port, _ = strings.Cut(field, ":")
	return name, port, true
}

// parsePort reads a port in canonical form: decimal without leading zeros, at
// most 65535; an empty one is the scheme's.
func parsePort(port, scheme string) (uint16, bool) {
	if port == "" {
		port = defaultPort(scheme)
	}
	if port[0] == '0' { // port 0, or not canonical
		return 0, false
	}
	number, err := strconv.ParseUint(port, 10, 16)
	return uint16(number), err == nil
}

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// hostField writes the origin's host as a URL has it. Where have, the field it
// was read from, is that already, nothing is allocated for a name.
func (o origin) hostField(have string) string {
	field := o.host
	if strings.IndexByte(field, ':') >= 0 {
		field = "[" + field + "]"
	}
	if o.port == 443 && o.scheme == "https" || o.port == 80 && o.scheme == "http" {
		return field
	}
	if rest, ok := strings.CutPrefix(have, field); ok && strings.HasPrefix(rest, ":") {
		return have // its port is canonical, or it would not have been read
	}
	return field + ":" + strconv.FormatUint(uint64(o.port), 10)
}

const upperHex = "0123456789ABCDEF"

// normalQuery percent-encodes what the URL standard's query state encodes and
// net/url leaves as it is: spaces, quotes, angle brackets and non-ASCII bytes. A
// raw space would end the target in an HTTP/1.1 request line.
func normalQuery(q string) string {
	i := 0
	for i < len(q) && !encodesInQuery(q[i]) {
		i++
	}
	if i == len(q) {
		return q
	}
	var b strings.Builder
	b.Grow(len(q) + 16)
	b.WriteString(q[:i])
	for ; i < len(q); i++ {
		c := q[i]
		if !encodesInQuery(c) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
	return b.String()
}

func encodesInQuery(c byte) bool {
	return c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '#'
}
