package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

func (l *loader) validateServer() {
	s := l.cfg.Server
	host, port, err := net.SplitHostPort(s.Listen)
	switch {
	case err != nil || !isPort(port, 0):
		l.fault("server.listen", quote(s.Listen)+" is not host:port with a port from 0 to 65535")
	case !isLoopback(host) && len(l.cfg.Auth.Keys) == 0:
		l.fault("server.listen", quote(s.Listen)+" can be reached from other machines and there are no auth.keys; make one with gather keys new, or listen on 127.0.0.1")
	}
	for i, h := range s.AllowedHosts {
		if !isHost(h) {
			l.fault(fmt.Sprintf("server.allowedHosts[%d]", i), quote(h)+" is not a name or name:port")
		}
	}
	for i, o := range s.CORSOrigins {
		if !isOrigin(o) {
			l.fault(fmt.Sprintf("server.corsOrigins[%d]", i), quote(o)+" is not an origin; write scheme://host or scheme://host:port, in lower case and without a path")
		}
	}
	if (s.TLS.Cert == "") != (s.TLS.Key == "") {
		l.fault("server.tls", "names only one of cert and key")
	}
}

func (l *loader) validateAuth() {
	keys := l.cfg.Auth.Keys
	l.validateKeyNames(keys)
	upstreams := namesOf(l.cfg.Upstreams, func(u Upstream) string { return u.Name })
	hashes := make(map[string]int, len(keys))
	for i, k := range keys {
		path := fmt.Sprintf("auth.keys[%d].", i)
		hash := strings.ToLower(k.SHA256)
		earlier, again := hashes[hash]
		switch {
		case k.SHA256 == "":
			l.fault(path+"sha256", "is missing; gather keys new writes one")
		case !sha256Pattern.MatchString(hash):
			l.fault(path+"sha256", "is not 64 hexadecimal digits; it is the hash of the key, never the key itself")
		case again:
			l.fault(path+"sha256", fmt.Sprintf("is that of auth.keys[%d] already", earlier))
		default:
			hashes[hash] = i
		}
		l.validateBurst(path, k.Rate, k.Burst)
		for j, name := range k.Upstreams {
			l.reference(fmt.Sprintf("%supstreams[%d]", path, j), name, "upstreams", upstreams)
		}
	}
}

// validateKeyNames lets keys share a name, so that a caller can change keys
// without a pause; they are one caller then and must agree in all but the hash.
func (l *loader) validateKeyNames(keys []Key) {
	first := make(map[string]int, len(keys))
	for i, k := range keys {
		path := fmt.Sprintf("auth.keys[%d]", i)
		if !l.validName(path+".name", k.Name) {
			continue
		}
		earlier, again := first[k.Name]
		if !again {
			first[k.Name] = i
			continue
		}
		same := keys[earlier]
		same.SHA256 = k.SHA256
		if !reflect.DeepEqual(same, k) {
			l.fault(path, fmt.Sprintf("is a key of the same caller as auth.keys[%d], but differs from it in more than the hash", earlier))
		}
	}
}

var (
	sha256Pattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
	labelPattern  = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$`)
)

// isHost accepts a DNS name or an address, with or without a port; an IPv6
// address with a port stands in brackets.
func isHost(s string) bool {
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return true
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return isName(s)
	}
	_, err = netip.ParseAddr(host)
	return isPort(port, 1) && (err == nil || isName(host))
}

func isName(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if !labelPattern.MatchString(label) {
			return false
		}
	}
	return true
}

func isPort(s string, least uint64) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n >= least
}

// isOrigin accepts what a browser sends in Origin, nothing looser: the value
// is compared byte for byte.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && u.Host != "" && isHost(u.Host) && u.Scheme+"://"+u.Host == s && strings.ToLower(s) == s
}

// isLoopback reports whether only this machine can reach a listening host.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return strings.EqualFold(host, "localhost")
	}
	return addr.Unmap().IsLoopback()
}
