package cache

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A malformed member never hides another: whatever stands before it, without quotes of its own
// after, a directive is found.
func FuzzDirectives(f *testing.F) {
	for _, seed := range []string{
		"", "max-age=60", "MAX-AGE = \"60\"", "a=\"b, c\", d", "a=\"b", "\"", "\\\"", "a=\"\\\"", "a=\"b\\\"c\",d=e f", ",,;=,x==y",
		"no-cache=\"a, b\"", "private=", "max-age=99999999999999999999", "\x00=\xff", "a\"b\"c, \"d\"e=f\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, before string) {
		found := false
		members := 0
		eachDirective([]string{before + ", no-store", "max-age=7"}, func(d directive) {
			members++
			if !isToken(d.name) {
				t.Errorf("a directive has the name %q", d.name)
			}
			found = found || d.name == "no-store" && !d.malformed && !d.hasValue
		})
		if !found {
			t.Errorf("%q hides the directive after it", before)
		}
		if members > len(before)+2 {
			t.Errorf("%d members in %d bytes", members, len(before))
		}
		c := parseResponseControl([]string{before + ", no-store", "max-age=7"})
		if !c.noStore || !c.maxAge.set {
			t.Errorf("%q hides no-store or the next line", before)
		}
		for _, d := range []delta{c.maxAge, c.sMaxAge, c.staleIfError, c.staleWhileRevalidate} {
			if d.seconds < 0 || d.seconds > maxDelta || !d.valid && d.seconds != 0 {
				t.Errorf("a number of seconds is %+v", d)
			}
		}
		parseRequestControl(http.Header{"Cache-Control": {before}, "Pragma": {before}})
		parseDictionary(before)
	})
}

// Whatever the fields say, freshness stays within its bounds and nothing panics.
func FuzzResponse(f *testing.F) {
	f.Add("max-age=60", "1", "Mon, 02 Jan 2006 15:04:05 GMT", "Mon, 02 Jan 2006 15:04:05 GMT", "Accept, *", "bytes 0-1/2", "bytes=0-1", `"a", W/"b"`)
	f.Add("s-maxage=\"1\", private=\"a\"", "-1", "Monday, 02-Jan-06 15:04:05 GMT", "0", ",", "bytes */1", "bytes=-1", "*")
	f.Fuzz(func(t *testing.T, control, age, date, expires, vary, contentRange, asked, match string) {
		now := time.Unix(1e9, 0)
		h := http.Header{
			"Cache-Control": {control}, "Age": {age}, "Date": {date}, "Expires": {expires}, "Vary": {vary}, "Etag": {match},
			"Last-Modified": {date}, "Content-Range": {contentRange}, "Cdn-Cache-Control": {control}, "Connection": {vary},
		}
		c, targeted := controlOf(h, []string{"cdn-cache-control"})
		fresh := freshnessOf(200, h, c, targeted, policy{}, now, now)
		if fresh.lifetime < 0 || fresh.initialAge < 0 {
			t.Errorf("freshness %+v", fresh)
		}
		storable(206, h, c, targeted, false, policy{})
		shareable(200, h, c, false, policy{})
		kept := storedFields(h, c, false)
		names, _ := varyNames(h)
		if len(names) > maxVaryNames+1 {
			t.Errorf("%d names", len(names))
		}
		request := http.Header{"Range": {asked}, "If-None-Match": {match}, "If-Modified-Since": {date}, "If-Range": {match}, "Accept": {vary}}
		r := &StoredResponse{Status: 200, Header: kept, Body: []byte("0123456789"), Selecting: selecting(names, request, false), Received: now}
		if !selects(r.Selecting, request, false) {
			t.Error("a response does not match the request it answered")
		}
		notModified(request, r, now)
		if status, _, body := r.cut(request, now); status == 206 && len(body) == 0 {
			t.Error("a 206 of nothing")
		}
		if span, ok := parseContentRange(contentRange); ok && (span.First < 0 || span.Last < span.First || span.Total <= span.Last) {
			t.Errorf("content range %+v", span)
		}
		if u, err := url.Parse("http://a/" + strings.TrimLeft(vary, "/")); err == nil {
			if again, err := url.Parse(NormalURL(u)); err != nil || NormalURL(again) != NormalURL(u) {
				t.Errorf("the normal form of %q is not", u)
			}
		}
	})
}
