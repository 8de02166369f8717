package cache_test

import (
	"strings"
	"testing"
	"time"

	"gather/cache"
)

// fresh is a rule of two steps: the response is reused, with this much left.
func fresh(section, name, head string, ttl string) rule {
	return rule{section: section, name: name, steps: []step{
		{origin: "200\n" + head + "\n\nx", cache: stored}, {cache: "hit; ttl=" + ttl, body: "x"},
	}}
}

// stale is a rule of two steps: the response, though it has a validator, is not reused as it is.
func stale(section, name, head string) rule {
	return rule{section: section, name: name, steps: []step{
		{origin: "200\nETag: \"1\"\n" + head + "\n\nx", cache: stored},
		{origin: "304\nETag: \"1\"", status: 200, cache: "fwd=stale; fwd-status=304; stored", sees: "If-None-Match: \"1\"", body: "x"},
	}}
}

func TestFreshness(t *testing.T) {
	t.Parallel()
	digits := strings.Repeat("9", 400)
	runRules(t, []rule{
		fresh("9111 §4.2.1", "s-maxage before max-age", "Cache-Control: max-age=1, s-maxage=60", "60"),
		fresh("9111 §4.2.1", "s-maxage before max-age=0 and Expires", "Cache-Control: max-age=0, s-maxage=60\nExpires: %d-10", "60"),
		stale("9111 §4.2.1", "s-maxage=0 before max-age", "Cache-Control: max-age=60\nCache-Control: s-maxage=0"),
		fresh("9111 §5.3", "max-age before Expires", "Cache-Control: max-age=60\nExpires: %d-7200", "60"),
		fresh("9111 §5.3", "max-age before an invalid Expires", "Cache-Control: max-age=60\nExpires: 0", "60"),
		stale("9111 §5.3", "max-age=0 before Expires", "Cache-Control: max-age=0\nExpires: %d+60"),
		stale("9111 §5.3", "Expires: 0 is past", "Expires: 0"),
		stale("9111 §5.3", "an empty Expires is past", "Expires:"),
		stale("9111 §5.3", "Expires now is past", "Expires: %d"),
		stale("9111 §5.3", "Expires before a fast Date", "Expires: %d+300\nDate: %d+400"),
		fresh("9111 §5.3", "Expires with an invalid Date", "Expires: %d+60\nDate: foo", "60"),
		stale("9111 §4.2.1", "two different Expires", "Expires: %d+60\nExpires: %d+61"),
		fresh("9111 §4.2.1", "the same Expires twice", "Expires: %d+60\nExpires: %d+60", "60"),
		stale("9110 §5.6.7", "a year of five digits is no date", "Expires: Thu, 18 Aug 10000 02:01:18 GMT"),
		stale("9110 §5.6.7", "another zone is no date", "Expires: Thu, 18 Aug 2050 02:01:18 AEST"),
		fresh("9110 §5.6.7", "RFC 850 date of this century", "Date: Saturday, 01-Jan-00 00:00:00 GMT\nExpires: Saturday, 01-Jan-00 00:01:00 GMT", "60"),
		fresh("9110 §5.6.7", "asctime date", "Expires: Sat Jan  1 00:01:00 2000", "60"),
		stale("9110 §5.6.7", "a two-digit year 50 years ahead is past", "Expires: Monday, 01-Jan-51 00:00:00 GMT"),

		fresh("9111 §1.2.2", "leading zeroes", "Cache-Control: max-age=00060", "60"),
		fresh("9111 §1.2.2", "2^31 and more is 2^31", "Cache-Control: max-age=99999999999", "2147483648"),
		fresh("9111 §1.2.2", "400 digits are 2^31", "Cache-Control: max-age="+digits, "2147483648"),
		fresh("9111 §5.2", "the quoted form", "Cache-Control: max-age=\"60\"", "60"),
		fresh("9111 §5.2", "letter case", "Cache-Control: MaX-aGe=60", "60"),
		fresh("9111 §5.2.3", "extensions are ignored", "Cache-Control: foobar, x=\"max-age=1\", max-age=60", "60"),
		stale("9111 §4.2.1", "negative", "Cache-Control: max-age=-60"),
		stale("9111 §4.2.1", "single quotes", "Cache-Control: max-age='60'"),
		stale("9111 §4.2.1", "a decimal", "Cache-Control: max-age=60.0"),
		stale("9111 §4.2.1", "no argument", "Cache-Control: max-age"),
		stale("9111 §4.2.1", "letters after", "Cache-Control: max-age=60a"),
		stale("9111 §4.2.1", "white space before =", "Cache-Control: max-age =60"),
		stale("9111 §4.2.1", "white space after =", "Cache-Control: max-age= 60"),
		stale("9111 §4.2.1", "two values", "Cache-Control: max-age=60, max-age=61"),
		stale("9111 §4.2.1", "two values on two lines", "Cache-Control: max-age=60\nCache-Control: max-age=1"),
		fresh("9111 §4.2.1", "one value twice", "Cache-Control: max-age=60, max-age=60", "60"),
		stale("9111 §5.2", "max-age only within quotes", "Cache-Control: x=\"max-age=60\", max-age=0"),

		fresh("9111 §4.2.2", "a tenth of the time since Last-Modified", "Last-Modified: %d-1000", "100"),
		fresh("9111 §4.2.2", "at most a day", "Last-Modified: %d-99999999", "86400"),
		stale("9111 §4.2.2", "Last-Modified later than Date", "Last-Modified: %d+1000"),
		stale("9111 §4.2.2", "not where a cookie is set", "Last-Modified: %d-1000\nSet-Cookie: a=b"),

		fresh("9111 §4.2.3", "Age counts", "Cache-Control: max-age=60\nAge: 20", "40"),
		stale("9111 §4.2.3", "Age beyond the lifetime", "Cache-Control: max-age=60\nAge: 60"),
		stale("9111 §4.2.3", "a slow Date counts as age", "Cache-Control: max-age=60\nDate: %d-61"),
		fresh("9111 §4.2.3", "a fast Date does not", "Cache-Control: max-age=60\nDate: %d+3600", "60"),
		stale("9111 §4.2.3", "the larger of Age and apparent age", "Date: %d-10\nExpires: %d+10\nAge: 25"),
		fresh("9111 §5.1", "an invalid Age is ignored", "Cache-Control: max-age=60\nAge: abc", "60"),
		fresh("9111 §5.1", "a negative Age is ignored", "Cache-Control: max-age=60\nAge: -7200", "60"),
		fresh("9111 §5.1", "a decimal Age is ignored", "Cache-Control: max-age=60\nAge: 7200.0", "60"),
		fresh("9111 §5.1", "the first member counts, young", "Cache-Control: max-age=60\nAge: 0, 7200", "60"),
		stale("9111 §5.1", "the first member counts, old", "Cache-Control: max-age=60\nAge: 7200, 0"),
		fresh("9111 §5.1", "the first line counts, young", "Cache-Control: max-age=60\nAge: 0\nAge: 7200", "60"),
		stale("9111 §5.1", "the first line counts, old", "Cache-Control: max-age=60\nAge: 7200\nAge: 0"),
		stale("9111 §1.2.2", "an Age of 400 digits is 2^31", "Cache-Control: max-age=60\nAge: "+digits),
		{section: "9111 §5.1", name: "Age is told when a stored response is used", steps: []step{
			{origin: "200\nCache-Control: max-age=60\nAge: 20\n\nx", cache: stored, has: "Age: 20"},
			{after: 3 * time.Second, cache: "hit; ttl=37", has: "Age: 23\nDate: %d-3"},
		}},
		{section: "9111 §4.2", name: "fresh only while the lifetime is greater than the age", steps: []step{
			{origin: "200\nCache-Control: max-age=60\n\nx", cache: stored},
			{after: 59 * time.Second, cache: "hit; ttl=1"},
			{after: time.Second, origin: "200\nCache-Control: max-age=60\n\ny", cache: "fwd=stale; stored", body: "y"},
		}},
		{section: "9111 §4.2.2", name: "not for a status without heuristics", steps: []step{
			{origin: "201\nLast-Modified: %d-1000\n\nx", cache: miss}, again(stored),
		}},
		{section: "9111 §5.2.2.9", name: "public allows them for any status", steps: []step{
			{origin: "599\nLast-Modified: %d-1000\nCache-Control: public\n\nx", cache: stored}, {cache: "hit; ttl=100", status: 599},
		}},
		{section: "9111 §4.2.2", name: "not for a request with a cookie", steps: []step{
			{origin: "200\nLast-Modified: %d-1000\n\nx", send: "Cookie: a=b", cache: stored}, again("fwd=stale; stored"),
		}},
	})
}

func TestHeuristicStatuses(t *testing.T) {
	t.Parallel()
	var rules []rule
	for _, status := range []string{"200", "203", "204", "300", "301", "308", "404", "405", "410", "414", "501"} {
		rules = append(rules, rule{section: "9110 §15.1", name: status, steps: []step{
			{origin: status + "\nLast-Modified: %d-1000", cache: stored}, {cache: "hit; ttl=100", status: atoi(status)},
		}})
	}
	for _, status := range []string{"201", "202", "302", "303", "307", "400", "403", "500", "502", "503", "504", "599"} {
		rules = append(rules, rule{section: "9110 §15.1", name: status + " is none", steps: []step{
			{origin: status + "\nLast-Modified: %d-1000", cache: miss}, again(stored),
		}})
	}
	runRules(t, rules)
}

func TestTargetedFields(t *testing.T) {
	t.Parallel()
	options := cache.Options{TargetedFields: []string{"Gather-Cache-Control", "CDN-Cache-Control"}}
	kept := func(name, head, ttl string) rule {
		r := fresh("9213 §2", name, head, ttl)
		r.options = options
		return r
	}
	dropped := func(name, head string) rule {
		return rule{section: "9213 §2", name: name, options: options, steps: []step{
			{origin: "200\n" + head + "\n\nx", cache: miss}, again(stored),
		}}
	}
	const noStore = "\nCache-Control: no-store"
	runRules(t, []rule{
		kept("instead of Cache-Control", "CDN-Cache-Control: max-age=60"+noStore, "60"),
		kept("the first of the list", "CDN-Cache-Control: max-age=5\nGather-Cache-Control: max-age=60", "60"),
		kept("Expires is ignored", "CDN-Cache-Control: max-age=60\nExpires: 0", "60"),
		kept("extensions are ignored", "CDN-Cache-Control: foo;bar=1, x=\"y\", z=?1, max-age=60", "60"),
		kept("several lines", "CDN-Cache-Control: foo\nCDN-Cache-Control: max-age=60", "60"),
		kept("an empty one is ignored", "CDN-Cache-Control:\nCache-Control: max-age=60", "60"),
		kept("a denied directive does not hold", "CDN-Cache-Control: no-store=?0, max-age=60", "60"),
		kept("names have case: not max-age", "CDN-Cache-Control: Max-Age=5\nCache-Control: max-age=60", "60"),
		dropped("Expires alone does not count beside one", "CDN-Cache-Control: foo\nExpires: %d+60"),
		{section: "9213 §2", name: "nor for a status without heuristics", options: options, steps: []step{
			{origin: "403\nCDN-Cache-Control: foo\nExpires: %d+60\nETag: \"1\"\n\nx", cache: miss}, again(stored),
		}},
		dropped("no-store", "CDN-Cache-Control: no-store\nCache-Control: max-age=60"),
		dropped("private", "CDN-Cache-Control: private\nCache-Control: max-age=60"),
		dropped("ignored where it does not parse", "CDN-Cache-Control: max-age=60, &&&"+noStore),
		dropped("ignored where a type is wrong", "CDN-Cache-Control: max-age=\"60\""+noStore),
		dropped("ignored with a trailing comma", "CDN-Cache-Control: max-age=60,"+noStore),
		dropped("ignored with a string that never ends", "CDN-Cache-Control: max-age=60, a=\"x"+noStore),
		{section: "9213 §2", name: "only where configured", steps: []step{
			{origin: "200\nCDN-Cache-Control: max-age=60\n\nx", cache: miss}, again(stored),
		}},
	})
}
