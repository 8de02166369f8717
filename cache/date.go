package cache

import (
	"net/http"
	"strings"
	"time"
)

const (
	rfc850Date = "Monday, 02-Jan-06 15:04:05 GMT"
	ansiDate   = "Mon Jan _2 15:04:05 2006"
)

// parseDate reads an HTTP-date in any of its three forms (RFC 9110 §5.6.7). A two-digit year
// that looks more than 50 years ahead of now is in the past.
func parseDate(s string, now time.Time) (time.Time, bool) {
	if t, err := time.Parse(http.TimeFormat, s); err == nil {
		return t, true
	}
	if t, err := time.Parse(rfc850Date, s); err == nil {
		t = t.AddDate(now.Year()/100*100-t.Year()/100*100, 0, 0)
		if t.After(now.AddDate(50, 0, 0)) {
			t = t.AddDate(-100, 0, 0)
		}
		return t, true
	}
	if t, err := time.Parse(ansiDate, s); err == nil {
		return t, true
	}
	return time.Time{}, false
}

// dateField reads the field as a date; of several lines the first counts.
func dateField(h http.Header, name string, now time.Time) (time.Time, bool) {
	lines := h[name]
	if len(lines) == 0 {
		return time.Time{}, false
	}
	return parseDate(strings.Trim(lines[0], " \t"), now)
}
