package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

func (l *loader) validateFetch() {
	f := l.cfg.Fetch
	atMost(l, "fetch.timeout", f.Timeout, "fetch.maxTimeout", f.MaxTimeout)
	atMost(l, "fetch.maxBodyBytes", f.MaxBodyBytes, "fetch.maxBatchBytes", f.MaxBatchBytes)
	atMost(l, "fetch.maxBatchBytes", f.MaxBatchBytes, "fetch.memoryBytes", f.MemoryBytes)
	if f.Resolver != "" {
		host, port, err := net.SplitHostPort(f.Resolver)
		if err != nil || !isPort(port, 1) || !isHost(host) {
			l.fault("fetch.resolver", quote(f.Resolver)+" is not host:port")
		}
	}
	l.validatePrefixes("fetch.nat64", f.NAT64)
	l.validateBurst("defaults.", l.cfg.Defaults.Rate, l.cfg.Defaults.Burst)
}

// atMost compares two keys. Where the first is a default, the fault is told of
// the second, which somebody wrote.
func atMost[T interface {
	Duration | Size
	fmt.Stringer
}](l *loader, path string, v T, limitPath string, limit T) {
	if v <= limit {
		return
	}
	if _, set := l.origins.exact(path); set {
		l.fault(path, fmt.Sprintf("%s is more than %s, %s", v, limitPath, limit))
		return
	}
	l.fault(limitPath, fmt.Sprintf("%s is less than %s, %s", limit, path, v))
}

// validateBurst refuses a bucket that never holds a whole token: nothing would
// ever pass it.
func (l *loader) validateBurst(path string, rate float64, burst int) {
	if rate > 0 && burst < 1 {
		l.fault(path+"burst", "must be at least 1 where rate is above 0")
	}
}

// validatePrefixes judges a list of CIDRs and addresses.
func (l *loader) validatePrefixes(path string, list []string) {
	for i, s := range list {
		_, err := netip.ParsePrefix(s)
		if err == nil {
			continue
		}
		if addr, err := netip.ParseAddr(s); err != nil || addr.Zone() != "" {
			l.fault(fmt.Sprintf("%s[%d]", path, i), quote(s)+" is not a CIDR such as 10.0.0.0/8, nor an address")
		}
	}
}

// validateTarget judges a URL that is called. It is not repeated: paths and
// queries of such URLs are often the secret.
func (l *loader) validateTarget(path, raw string) *url.URL {
	if raw == "" {
		l.fault(path, "is missing")
		return nil
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		l.fault(path, "is not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		l.fault(path, "must start with http:// or https://")
	case u.Hostname() == "" || !isHost(u.Host):
		l.fault(path, "has no valid host")
	case u.User != nil:
		l.fault(path, "must not hold a user or password")
	case u.Fragment != "":
		l.fault(path, "must not have a fragment")
	default:
		return u
	}
	return nil
}

// validateStores judges the places outside that state is kept in.
func (l *loader) validateStores() {
	l.validateRedis("cache.redis", l.cfg.Cache.Redis)
	if l.cfg.Limits.Redis != "" { // told apart from an unknown key, which would look like a slip of the pen
		l.fault("limits.redis", "must be empty: instances do not share their rates; give each its part of every rate instead")
	}
	for i, name := range l.cfg.Cache.TargetedFields {
		if !isToken(name) {
			l.fault(fmt.Sprintf("cache.targetedFields[%d]", i), quote(name)+" is not the name of a header field")
		}
	}
	file, sqlite := strings.CutPrefix(l.cfg.Jobs.Database, "sqlite:")
	u, err := url.Parse(l.cfg.Jobs.Database)
	switch {
	case sqlite && file == "":
		l.fault("jobs.database", "names no file; write sqlite:FILE")
	case sqlite:
	case err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql"):
		l.fault("jobs.database", "is neither sqlite:FILE nor a postgres:// URL")
	}
}

// validateRedis never repeats the URL: it may hold a password.
func (l *loader) validateRedis(path, raw string) {
	if raw == "" {
		return
	}
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "redis" && u.Scheme != "rediss") || u.Hostname() == "" || !isHost(u.Host) {
		l.fault(path, "is not a URL such as redis://host:6379/0 (rediss:// for TLS)")
		return
	}
	if db := strings.TrimPrefix(u.Path, "/"); db != "" && !isPort(db, 0) {
		l.fault(path, "must end in the number of a database, such as /0")
	}
}

// isToken reports whether s can name a header field (RFC 9110 section 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		alphanumeric := r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		return !alphanumeric && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}
