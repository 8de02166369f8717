package cache

import (
	"net/http"
	"strings"
	"time"
)

// maxDelta is what larger delta-seconds become, as RFC 9111 §1.2.2 asks: 2^31 seconds.
const maxDelta = 1 << 31

// delta is a directive with a number of seconds. A directive sent twice with different
// values, or with anything but digits, is set and not valid.
type delta struct {
	set, valid bool
	seconds    int64
}

func (d *delta) read(dir directive) {
	n, ok := parseDelta(dir.value)
	ok = ok && !dir.malformed
	if d.set && (!ok || !d.valid || d.seconds != n) {
		d.valid, d.seconds = false, 0
		return
	}
	d.set, d.valid, d.seconds = true, ok, n
}

// duration is the directive's value, or 0 when it is absent or invalid.
func (d delta) duration() time.Duration { return time.Duration(d.seconds) * time.Second }

// parseDelta reads delta-seconds (RFC 9111 §1.2.2); too large is maxDelta.
func parseDelta(s string) (seconds int64, ok bool) {
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		if seconds < maxDelta {
			seconds = seconds*10 + int64(c-'0')
		}
	}
	return min(seconds, maxDelta), s != ""
}

// requestControl is a request's Cache-Control (RFC 9111 §5.2.1).
type requestControl struct {
	noCache, noStore, onlyIfCached bool
	anyStale                       bool // max-stale without a value
	maxAge, minFresh, maxStale     delta
	staleIfError                   delta // RFC 5861 §4
}

func parseRequestControl(h http.Header) requestControl {
	var c requestControl
	lines := h["Cache-Control"]
	if len(lines) == 0 {
		// Only where there is no Cache-Control (RFC 9111 §5.4).
		eachDirective(h["Pragma"], func(d directive) {
			c.noCache = c.noCache || strings.EqualFold(d.name, "no-cache")
		})
		return c
	}
	eachDirective(lines, func(d directive) {
		switch {
		case strings.EqualFold(d.name, "no-cache"):
			c.noCache = true
		case strings.EqualFold(d.name, "no-store"):
			c.noStore = true
		case strings.EqualFold(d.name, "only-if-cached"):
			c.onlyIfCached = true
		case strings.EqualFold(d.name, "max-age"):
			c.maxAge.read(d)
		case strings.EqualFold(d.name, "min-fresh"):
			c.minFresh.read(d)
		case strings.EqualFold(d.name, "stale-if-error"):
			c.staleIfError.read(d)
		case strings.EqualFold(d.name, "max-stale"):
			if d.hasValue || d.malformed {
				c.maxStale.read(d)
			} else {
				c.anyStale = true
			}
		}
	})
	return c
}

// responseControl is a response's Cache-Control (RFC 9111 §5.2.2), or the targeted field
// that stands in for it (RFC 9213).
type responseControl struct {
	noStore, noCache, private, public               bool
	mustRevalidate, proxyRevalidate, mustUnderstand bool
	noCacheFields, privateFields                    []string
	maxAge, sMaxAge                                 delta
	staleWhileRevalidate, staleIfError              delta // RFC 5861
}

func parseResponseControl(lines []string) responseControl {
	var c responseControl
	eachDirective(lines, c.read)
	return c
}

// read takes one directive in. What forbids counts however badly it is spelled; what allows
// counts only when well formed. immutable (RFC 8246) only asks caches not to revalidate what
// is fresh, which this one never does of its own accord.
func (c *responseControl) read(d directive) {
	switch {
	case strings.EqualFold(d.name, "no-store"):
		c.noStore = true
	case strings.EqualFold(d.name, "no-cache"):
		c.noCacheFields, c.noCache = qualified(d, c.noCacheFields, c.noCache)
	case strings.EqualFold(d.name, "private"):
		c.privateFields, c.private = qualified(d, c.privateFields, c.private)
	case strings.EqualFold(d.name, "public"):
		c.public = c.public || !d.malformed
	case strings.EqualFold(d.name, "must-revalidate"):
		c.mustRevalidate = true
	case strings.EqualFold(d.name, "proxy-revalidate"):
		c.proxyRevalidate = true
	case strings.EqualFold(d.name, "must-understand"):
		c.mustUnderstand = true
	case strings.EqualFold(d.name, "max-age"):
		c.maxAge.read(d)
	case strings.EqualFold(d.name, "s-maxage"):
		c.sMaxAge.read(d)
	case strings.EqualFold(d.name, "stale-while-revalidate"):
		c.staleWhileRevalidate.read(d)
	case strings.EqualFold(d.name, "stale-if-error"):
		c.staleIfError.read(d)
	}
}

// qualified reads no-cache or private, which may name fields (RFC 9111 §5.2.2.4, §5.2.2.7).
// Without a single usable name the directive is for the whole response.
func qualified(d directive, fields []string, whole bool) ([]string, bool) {
	found := false
	if d.hasValue && !d.malformed {
		for name := range strings.SplitSeq(d.value, ",") {
			if name = trimSpace(name); isToken(name) {
				fields = append(fields, http.CanonicalHeaderKey(name))
				found = true
			}
		}
	}
	return fields, whole || !found
}
