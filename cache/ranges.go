package cache

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ContentRange is the part of a representation that a 206 holds: bytes First to Last of Total.
type ContentRange struct{ First, Last, Total int64 }

// parseContentRange reads a Content-Range of known total (RFC 9110 §14.4).
func parseContentRange(s string) (r ContentRange, ok bool) {
	unit, rest, _ := strings.Cut(trimSpace(s), " ")
	span, total, found := strings.Cut(rest, "/")
	first, last, dashed := strings.Cut(span, "-")
	if !strings.EqualFold(unit, "bytes") || !found || !dashed {
		return r, false
	}
	var ok1, ok2, ok3 bool
	r.First, ok1 = parseOffset(first)
	r.Last, ok2 = parseOffset(last)
	r.Total, ok3 = parseOffset(total)
	return r, ok1 && ok2 && ok3 && r.First <= r.Last && r.Last < r.Total
}

// byteRange is one range of a Range field (RFC 9110 §14.1.2).
type byteRange struct {
	first, last int64 // last -1: to the end
	suffix      bool  // the last `first` bytes
}

// parseRange reads a Range of exactly one byte range. A server may ignore any Range (RFC 9110
// §14.2), and several ranges or a malformed one are.
func parseRange(lines []string) (r byteRange, ok bool) {
	if len(lines) != 1 {
		return r, false
	}
	unit, spec, found := strings.Cut(lines[0], "=")
	first, last, dashed := strings.Cut(trimSpace(spec), "-")
	if !found || !dashed || !strings.EqualFold(trimSpace(unit), "bytes") {
		return r, false
	}
	if first == "" {
		r.suffix = true
		r.first, ok = parseOffset(last)
		return r, ok
	}
	if r.first, ok = parseOffset(first); !ok {
		return r, false
	}
	if last == "" {
		r.last = -1
		return r, true
	}
	r.last, ok = parseOffset(last)
	return r, ok && r.last >= r.first
}

func parseOffset(s string) (int64, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// within places the range in a representation of the given length; ok is false if it cannot be
// satisfied.
func (r byteRange) within(total int64) (ContentRange, bool) {
	c := ContentRange{First: r.first, Last: r.last, Total: total}
	if r.suffix {
		c.First, c.Last = max(0, total-r.first), total-1
		return c, r.first > 0 && total > 0
	}
	if c.Last < 0 || c.Last >= total {
		c.Last = total - 1
	}
	return c, c.First < total
}

// rangeApplies reports whether a Range is to be honoured under the request's If-Range, which
// needs a strong match (RFC 9110 §13.1.5).
func rangeApplies(request http.Header, stored *StoredResponse, now time.Time) bool {
	lines := request["If-Range"]
	if len(lines) == 0 {
		return true
	}
	condition := trimSpace(lines[0])
	if strings.HasPrefix(condition, `"`) || strings.HasPrefix(condition, "W/") {
		return strongMatch(condition, stored.Header.Get("Etag"))
	}
	wanted, ok := parseDate(condition, now)
	modified, ok2 := dateField(stored.Header, "Last-Modified", now)
	date, ok3 := dateField(stored.Header, "Date", now)
	// A date is a strong validator once it lies a second before the response (§8.8.2.2).
	return ok && ok2 && ok3 && wanted.Equal(modified) && date.Sub(modified) >= time.Second
}

// covers reports whether the stored partial response holds all the request's range asks for.
func (r *StoredResponse) covers(request http.Header, now time.Time) bool {
	asked, ok := parseRange(request["Range"])
	if !ok || r.Range == nil || !rangeApplies(request, r, now) {
		return false
	}
	span, ok := asked.within(r.Range.Total)
	return ok && span.First >= r.Range.First && span.Last <= r.Range.Last
}

// cut answers the request's Range from a stored response (RFC 9111 §3.3, §3.4): its part as a
// 206, a 416 where no byte of it exists, or the whole where the range is none or does not
// apply. Only the fields that change are in changed.
func (r *StoredResponse) cut(request http.Header, now time.Time) (status int, changed http.Header, body []byte) {
	asked, ok := parseRange(request["Range"])
	if !ok || r.Status != http.StatusOK && r.Range == nil || !rangeApplies(request, r, now) {
		return r.Status, nil, r.Body
	}
	total, offset := int64(len(r.Body)), int64(0)
	if r.Range != nil {
		total, offset = r.Range.Total, r.Range.First
	}
	span, ok := asked.within(total)
	if !ok {
		return http.StatusRequestedRangeNotSatisfiable, http.Header{
			"Content-Range":  {fmt.Sprintf("bytes */%d", total)},
			"Content-Length": {"0"},
		}, nil
	}
	body = r.Body[span.First-offset : span.Last-offset+1 : span.Last-offset+1]
	return http.StatusPartialContent, http.Header{
		"Content-Range":  {fmt.Sprintf("bytes %d-%d/%d", span.First, span.Last, total)},
		"Content-Length": {strconv.Itoa(len(body))},
	}, body
}
