package cache

import (
	"net/http"
	"strings"
	"time"
)

const (
	// heuristicFraction of the time since Last-Modified is the heuristic lifetime, the
	// fraction RFC 9111 §4.2.2 calls typical.
	heuristicFraction = 10
	// maxHeuristic bounds a lifetime nobody stated.
	maxHeuristic = 24 * time.Hour
)

// freshness is what a response says about how long it may be reused (RFC 9111 §4.2).
type freshness struct {
	lifetime   time.Duration
	initialAge time.Duration // corrected_initial_age, §4.2.3
	explicit   bool          // the origin stated the lifetime
}

// freshnessOf computes the lifetime and the age on arrival of a response to a request sent at
// sent and received at received. Pure.
func freshnessOf(status int, h http.Header, c responseControl, targeted bool, p policy, sent, received time.Time) freshness {
	var f freshness
	date, hasDate := dateField(h, "Date", received)
	if !hasDate {
		date = received
	}
	f.lifetime, f.explicit = explicitLifetime(h, c, targeted, p.private, date, received)
	if !f.explicit {
		f.lifetime = implicitLifetime(status, h, c, p, date, received)
	}
	if p.rules.MaxLifetime > 0 {
		f.lifetime = min(f.lifetime, p.rules.MaxLifetime)
	}
	// §4.2.3: apparent_age, and age_value corrected by the time the exchange took.
	apparent := max(0, received.Sub(date))
	corrected := ageField(h) + max(0, received.Sub(sent))
	f.initialAge = max(apparent, corrected)
	return f
}

// explicitLifetime follows the order of RFC 9111 §4.2.1. What is stated but invalid is stale
// (§4.2.1: "encouraged to consider responses that have invalid freshness information to be
// stale").
func explicitLifetime(h http.Header, c responseControl, targeted, private bool, date, now time.Time) (time.Duration, bool) {
	switch {
	case c.sMaxAge.set && !private:
		return c.sMaxAge.duration(), true
	case c.maxAge.set:
		return c.maxAge.duration(), true
	case targeted:
		return 0, false // Expires belongs to Cache-Control's side (RFC 9213 §2.2)
	}
	lines := h["Expires"]
	if len(lines) == 0 {
		return 0, false
	}
	for _, line := range lines[1:] {
		if line != lines[0] {
			return 0, true
		}
	}
	expires, ok := parseDate(trimSpace(lines[0]), now)
	if !ok {
		return 0, true // §5.3: an invalid date, "0" above all, is in the past
	}
	return max(0, expires.Sub(date)), true
}

// implicitLifetime is the rule's default, else the heuristic of RFC 9111 §4.2.2, for responses
// whose status or "public" allows it. Responses to requests with credentials, and those that
// set a cookie, are not reused on a guess.
func implicitLifetime(status int, h http.Header, c responseControl, p policy, date, now time.Time) time.Duration {
	if !heuristicStatus(status) && !c.public {
		return 0
	}
	if (p.credentials || len(h["Set-Cookie"]) > 0) && !p.private && !c.public {
		return 0
	}
	if p.rules.DefaultLifetime > 0 {
		return p.rules.DefaultLifetime
	}
	modified, ok := dateField(h, "Last-Modified", now)
	if !ok || !modified.Before(date) {
		return 0
	}
	return min(date.Sub(modified)/heuristicFraction, maxHeuristic)
}

// ageField reads Age (RFC 9111 §5.1): the first member of a list counts, anything but a
// non-negative integer is ignored.
func ageField(h http.Header) time.Duration {
	lines := h["Age"]
	if len(lines) == 0 {
		return 0
	}
	first, _, _ := strings.Cut(lines[0], ",")
	seconds, ok := parseDelta(trimSpace(first))
	if !ok {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// heuristicStatus reports whether RFC 9110 §15.1 calls the status heuristically cacheable.
func heuristicStatus(status int) bool {
	switch status {
	case 200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501:
		return true
	}
	return false
}
