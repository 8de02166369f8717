package guard

import (
	"net/http"
	"net/textproto"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Longest header name and value a user may send upstream, in bytes.
const (
	MaxHeaderName  = 256
	MaxHeaderValue = 16 << 10
)

// CheckHeader judges one header a user wants sent upstream. It refuses hop-by-hop
// fields (RFC 9110 section 7.6.1), those that frame the message or name its
// target, those that open a metadata service, names that are no token and values
// with control characters. Each error is an [*Error] and an [ErrHeader].
func CheckHeader(name, value string) error {
	if len(name) > MaxHeaderName || !httpguts.ValidHeaderFieldName(name) || isReservedHeader(name) {
		return refuse(ReasonHeaderName)
	}
	if len(value) > MaxHeaderValue || !httpguts.ValidHeaderFieldValue(value) {
		return refuse(ReasonHeaderValue)
	}
	return nil
}

// reservedHeaders are not the user's to set, in lower case.
var reservedHeaders = map[string]struct{}{
	"host": {}, "content-length": {}, "transfer-encoding": {}, "connection": {}, "te": {}, "trailer": {},
	"upgrade": {}, "keep-alive": {}, "expect": {}, "http2-settings": {},
	// What metadata services ask for, so that a forged request does not carry it.
	"metadata": {}, "x-google-metadata-request": {}, "x-identity-header": {},
}

var reservedPrefixes = []string{"proxy-", "metadata-", "x-aws-ec2-metadata-", "x-aliyun-ecs-metadata-"}

// isReservedHeader takes an underscore for a hyphen, as servers that pass
// headers on in variables do.
func isReservedHeader(name string) bool {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	if _, reserved := reservedHeaders[name]; reserved {
		return true
	}
	for _, prefix := range reservedPrefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// hopByHop are the fields that end at the next hop even where Connection does
// not name them (RFC 9110 section 7.6.1).
var hopByHop = []string{
	"Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Http2-Settings",
	"Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Authentication-Info",
}

// StripHopByHop removes from h, in place, the fields that concern one connection
// only and those Connection names.
func StripHopByHop(h http.Header) {
	for _, list := range h["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			delete(h, textproto.CanonicalMIMEHeaderKey(textproto.TrimString(name)))
		}
	}
	for _, name := range hopByHop {
		delete(h, name)
	}
}
