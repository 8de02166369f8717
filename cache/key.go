package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Key is what a response is found by (RFC 9111 §2): the target URI of a GET, and the partition
// it may be reused in; "" is the part everyone shares. Method is no part of it, since HEAD and
// ranges are answered from what GET stored.
type Key struct {
	URL       string // normalised, without fragment
	Partition string // opaque
}

// digest is a short name for the key that tells nobody the URL's query or the partition.
func (k Key) digest() string {
	sum := sha256.Sum256([]byte(k.Partition + "\n" + k.URL))
	return hex.EncodeToString(sum[:8])
}

// NormalURL is the URL as keys hold it: scheme and host in lower case, the default port and
// the fragment dropped, "/" for an empty path (RFC 9110 §4.2.3), userinfo never.
func NormalURL(u *url.URL) string { return normalURL(u, "") }

// normalURL adds the Host field where it names another authority than the URL, so that the
// same address asked under another name is another resource.
func normalURL(u *url.URL, host string) string {
	scheme := lower(u.Scheme)
	authority := lower(u.Host)
	switch scheme {
	case "http":
		authority = strings.TrimSuffix(authority, ":80")
	case "https":
		authority = strings.TrimSuffix(authority, ":443")
	}
	path := u.EscapedPath()
	if u.Opaque != "" {
		path = u.Opaque
	} else if path == "" {
		path = "/"
	}
	var b strings.Builder
	b.Grow(len(scheme) + len(authority) + len(path) + len(u.RawQuery) + 4)
	b.WriteString(scheme)
	b.WriteString("://")
	b.WriteString(authority)
	b.WriteString(path)
	if u.RawQuery != "" || u.ForceQuery {
		b.WriteByte('?')
		b.WriteString(u.RawQuery)
	}
	if host != "" && !strings.EqualFold(host, u.Host) {
		b.WriteByte(' ')
		b.WriteString(lower(host))
	}
	return b.String()
}

func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			return strings.ToLower(s)
		}
	}
	return s
}

// flightKey is equal for requests that may be answered by one exchange: same method, URL,
// partition and fields, since the same time no purge or invalidation has come between.
type flightKey [sha256.Size]byte

// untold fields differ from request to request and select nothing: they trace.
func untold(name string) bool {
	switch name {
	case "Traceparent", "Tracestate", "Baggage", "X-Request-Id", "X-Correlation-Id":
		return true
	}
	return false
}

func newFlightKey(r *http.Request, key Key, decoded bool, epoch uint64) flightKey {
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		if !untold(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	b := make([]byte, 0, 512)
	if decoded {
		b = append(b, decodedName...)
	}
	for shift := 0; shift < 64; shift += 8 {
		b = append(b, byte(epoch>>shift))
	}
	for _, s := range []string{r.Method, key.URL, key.Partition} {
		b = append(append(b, s...), '\n')
	}
	for _, name := range names {
		b = append(append(b, name...), ':')
		for _, value := range r.Header[name] {
			b = append(append(b, value...), '\n')
		}
		b = append(b, '\n')
	}
	return sha256.Sum256(b)
}
