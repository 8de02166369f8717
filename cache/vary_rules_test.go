package cache_test

import (
	"strings"
	"testing"
	"time"
)

// varying is a response that names selecting fields.
func varying(names, content string) string {
	return "200\nCache-Control: max-age=60\nVary: " + names + "\n\n" + content
}

func TestVary(t *testing.T) {
	t.Parallel()
	const other = "fwd=vary-miss; stored"
	matches := func(section, name, vary, first, second string) rule {
		return rule{section: section, name: name, steps: []step{
			{send: first, origin: varying(vary, "x"), cache: stored}, {send: second, cache: "hit; ttl=60", body: "x"},
		}}
	}
	differs := func(section, name, vary, first, second string) rule {
		return rule{section: section, name: name, steps: []step{
			{send: first, origin: varying(vary, "x"), cache: stored}, {send: second, origin: varying(vary, "y"), cache: other, body: "y"},
			{send: first, cache: "hit; ttl=60", body: "x"}, {send: second, cache: "hit; ttl=60", body: "y"},
		}}
	}
	var many []string
	for i := range 40 {
		many = append(many, "F"+strings.Repeat("x", i))
	}
	runRules(t, []rule{
		matches("9111 §4.1", "the same value", "Foo", "Foo: 1", "Foo: 1"),
		matches("9111 §4.1", "absent in both", "Foo, Bar", "Foo: 1", "Foo: 1"),
		matches("9111 §4.1", "fields it does not name", "Foo", "Foo: 1\nBar: 1", "Foo: 1\nBar: 2"),
		matches("9111 §4.1", "names on several lines, in any case", "foo\nVary: BAR", "Foo: 1\nBar: 2", "Foo: 1\nBar: 2"),
		differs("9111 §4.1", "another value", "Foo", "Foo: 1", "Foo: 2"),
		differs("9111 §4.1", "absent now", "Foo", "Foo: 1", ""),
		differs("9111 §4.1", "absent then", "Foo", "", "Foo: 1"),
		differs("9111 §4.1", "absent is not empty", "Foo", "", "Foo:"),
		differs("9111 §4.1", "one of several", "Foo, Bar", "Foo: 1\nBar: 2", "Foo: 1\nBar: 3"),
		matches("9111 §4.1", "lines combined", "Foo", "Foo: 1, 2", "Foo: 1\nFoo: 2"),
		matches("9111 §4.1", "white space around commas", "Foo", "Foo: 1,2", "Foo: 1 ,  2"),
		differs("9111 §4.1", "white space within quotes", "Foo", "Foo: \"1,2\"", "Foo: \"1, 2\""),
		differs("9111 §4.1", "order where it may count", "Foo", "Foo: 1, 2", "Foo: 2, 1"),
		differs("9111 §4.1", "letter case where it may count", "Foo", "Foo: a", "Foo: A"),
		differs("9111 §4.1", "User-Agent is no list", "User-Agent", "User-Agent: a,b", "User-Agent: a, b"),
		matches("9110 §12.5.4", "languages in another order", "Accept-Language", "Accept-Language: en, de", "Accept-Language: de, en"),
		matches("9110 §12.5.4", "languages in another case", "Accept-Language", "Accept-Language: en, de", "Accept-Language: eN,De"),
		matches("9110 §12.4.2", "a weight of one is none", "Accept-Language", "Accept-Language: en, de;q=0.5", "Accept-Language: en; q=1.0, de;q=0.5"),
		differs("9110 §12.4.2", "weights count", "Accept-Language", "Accept-Language: en, de;q=0.5", "Accept-Language: en, de;q=0.1"),
		matches("9110 §12.5.3", "codings in another order", "Accept-Encoding", "Accept-Encoding: gzip, br", "Accept-Encoding: br,gzip"),
		differs("9110 §12.4.2", "a weight of a tenth is not one", "Accept-Language", "Accept-Language: en, de;q=0.1", "Accept-Language: en, de"),
		differs("9110 §12.5.3", "another coding", "Accept-Encoding", "Accept-Encoding: gzip", "Accept-Encoding: br"),
		{section: "9111 §4.1", name: "of several that match, the latest Date", steps: []step{
			{send: "Foo: 1", origin: varying("Foo", "old"), cache: stored},
			{after: 2 * time.Second, send: "Foo: 1\nBar: 1\nCache-Control: no-cache", origin: varying("Foo, Bar", "new"), cache: "fwd=request; stored"},
			{send: "Foo: 1\nBar: 1", cache: "hit; ttl=60", body: "new"},
		}},
		{section: "9111 §4", name: "not the one that came last", steps: []step{
			{send: "Foo: 1", origin: varying("Foo", "young"), cache: stored},
			{send: "Foo: 1\nBar: 1\nCache-Control: no-cache", origin: "200\nCache-Control: max-age=60\nVary: Foo, Bar\nDate: %d-30\n\nold", cache: "fwd=request; stored"},
			{send: "Foo: 1\nBar: 1", cache: "hit; ttl=60", body: "young"},
		}},
		{section: "9111 §4.1", name: "one with Vary before one without", steps: []step{
			{send: "Foo: 1", origin: varying("Foo", "varied"), cache: stored},
			{after: 2 * time.Second, origin: keep, cache: other},
			{send: "Foo: 1", cache: "hit; ttl=58", body: "varied"},
		}},
		{section: "9111 §4.1", name: "more names than the bound are taken for *", steps: []step{
			{origin: varying(strings.Join(many, ","), "x"), cache: miss}, again(stored),
		}},
		{section: "9111 §4.3.1", name: "the selecting fields are in the validating request", steps: []step{
			{send: "Foo: 1", origin: "200\nETag: \"1\"\nVary: Foo\nCache-Control: max-age=1\n\nx", cache: stored},
			{after: 2 * time.Second, send: "Foo: 1", origin: "304", status: 200, cache: "fwd=stale; fwd-status=304; stored", sees: "Foo: 1\nIf-None-Match: \"1\""},
		}},
	})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	same := func(section, name, a, b string) rule {
		return rule{section: section, name: name, steps: []step{
			{url: a, origin: keep, cache: stored}, {url: b, cache: "hit; ttl=60"},
		}}
	}
	other := func(section, name, a, b string) rule {
		return rule{section: section, name: name, steps: []step{
			{url: a, origin: keep, cache: stored}, {url: b, origin: keep, cache: stored},
		}}
	}
	runRules(t, []rule{
		same("9110 §4.2.3", "scheme and host have no case", "http://api.test/a", "HTTP://API.test/a"),
		same("9110 §4.2.3", "the default port", "http://api.test/a", "http://api.test:80/a"),
		same("9110 §4.2.3", "the default port of https", "https://api.test/a", "https://api.test:443/a"),
		same("9110 §4.2.3", "an empty path", "http://api.test", "http://api.test/"),
		same("9110 §4.2.3", "the fragment", "http://api.test/a#1", "http://api.test/a#2"),
		same("9111 §2", "the same query", "http://api.test/a?b=1", "http://api.test/a?b=1"),
		other("9111 §2", "another query", "http://api.test/a?b=1", "http://api.test/a?b=2"),
		other("9111 §2", "an empty query", "http://api.test/a", "http://api.test/a?"),
		other("9111 §2", "another path case", "http://api.test/a", "http://api.test/A"),
		other("9111 §2", "an escaped slash", "http://api.test/a%2Fb", "http://api.test/a/b"),
		other("9111 §2", "another scheme", "http://api.test/a", "https://api.test/a"),
		other("9111 §2", "another port", "http://api.test/a", "http://api.test:81/a"),
		{section: "9111 §3.5", name: "userinfo is a credential", steps: []step{
			{url: "http://u:p@api.test/a", origin: keep, cache: miss}, {origin: keep, cache: stored},
		}},
		{section: "9110 §9.3.7", name: "OPTIONS is not cacheable", steps: []step{
			{method: "OPTIONS", origin: keep, cache: "fwd=method"}, again(stored),
		}},
	})
}

func TestInvalidation(t *testing.T) {
	t.Parallel()
	first := step{origin: keep, cache: stored}
	var rules []rule
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "M-SEARCH"} {
		rules = append(rules,
			rule{section: "9111 §4.4", name: method + " invalidates", steps: []step{first, {method: method, origin: "200", cache: "fwd=method"}, again(stored)}},
			rule{section: "9111 §4.4", name: method + " that fails does not", steps: []step{first, {method: method, origin: "500", cache: "fwd=method"}, {cache: "hit; ttl=60"}}},
			rule{section: "9111 §4.4", name: method + " that is redirected does", steps: []step{first, {method: method, origin: "303", cache: "fwd=method"}, again(stored)}},
		)
	}
	for _, field := range []string{"Location", "Content-Location"} {
		with := func(value string) step {
			return step{method: "POST", url: "http://api.test/b", origin: "201\n" + field + ": " + value, cache: "fwd=method"}
		}
		rules = append(rules,
			rule{section: "9111 §4.4", name: field + " too", steps: []step{first, with("a"), again(stored)}},
			rule{section: "9111 §4.4", name: field + " with the default port", steps: []step{first, with("http://API.test:80/a"), again(stored)}},
			rule{section: "9111 §4.4", name: field + " of another origin is left alone", steps: []step{
				{url: "http://other.test/a", origin: keep, cache: stored}, with("http://other.test/a"), {url: "http://other.test/a", cache: "hit; ttl=60"},
			}},
			rule{section: "9111 §4.4", name: field + " of another scheme is left alone", steps: []step{
				{url: "https://api.test/a", origin: keep, cache: stored}, with("https://api.test/a"), {url: "https://api.test/a", cache: "hit; ttl=60"},
			}},
			rule{section: "9111 §4.4", name: field + " that is no URL", steps: []step{first, with("http://%zz/"), {cache: "hit; ttl=60"}}},
		)
	}
	for _, method := range []string{"OPTIONS", "TRACE", "PROPFIND", "QUERY"} {
		rules = append(rules, rule{section: "9110 §9.2.1", name: method + " is safe", steps: []step{
			first, {method: method, origin: "200", cache: "fwd=method"}, {cache: "hit; ttl=60"},
		}})
	}
	runRules(t, rules)
}
