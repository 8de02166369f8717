package cache_test

import (
	"testing"
	"time"

	"gather/cache"
)

const (
	miss   = "fwd=uri-miss"
	stored = "fwd=uri-miss; stored"
)

// again is a second request for the same thing that must reach the origin anew.
func again(cacheStatus string) step {
	return step{origin: "200\nCache-Control: max-age=60\n\nnew", cache: cacheStatus, body: "new"}
}

func TestStoring(t *testing.T) {
	t.Parallel()
	var rules []rule
	notStored := func(section, name, first, send string) {
		rules = append(rules, rule{section: section, name: name, steps: []step{
			{origin: first, send: send, cache: miss}, again(stored),
		}})
	}
	isStored := func(section, name, first, send, second string) {
		rules = append(rules, rule{section: section, name: name, steps: []step{
			{origin: first, send: send, cache: stored}, {cache: second, status: atoi(first[:3])},
		}})
	}
	isStored("9111 §3", "max-age is stored", "200\nCache-Control: max-age=60\n\nx", "", "hit; ttl=60")
	isStored("9111 §3", "Expires is stored", "200\nExpires: %d+60\n\nx", "", "hit; ttl=60")
	isStored("9111 §3", "a status without heuristics is stored when explicit", "403\nCache-Control: max-age=60\n\nx", "", "hit; ttl=60")
	isStored("9111 §3", "an unknown final status is stored when explicit", "599\nCache-Control: max-age=60\n\nx", "", "hit; ttl=60")
	notStored("9111 §3", "no lifetime and no validator is of no use", "200\n\nx", "")
	notStored("9111 §3", "206 without a usable Content-Range", "206\nCache-Control: max-age=60\nContent-Range: bytes 0-9/20\n\nx", "Range: bytes=0-9")
	notStored("9111 §3.5", "Authorization alone forbids", "200\nCache-Control: max-age=60\n\nx", "Authorization: Basic eA==")
	notStored("9111 §3.5", "Expires does not lift it", "200\nExpires: %d+60\n\nx", "Authorization: Basic eA==")
	isStored("9111 §3.5", "public lifts it", "200\nCache-Control: max-age=60, public\n\nx", "Authorization: Basic eA==", "hit; ttl=60")
	isStored("9111 §3.5", "must-revalidate lifts it", "200\nCache-Control: max-age=60, must-revalidate\n\nx", "Authorization: Basic eA==", "hit; ttl=60")
	isStored("9111 §3.5", "s-maxage lifts it", "200\nCache-Control: s-maxage=60\n\nx", "Authorization: Basic eA==", "hit; ttl=60")
	isStored("9111 §3", "Cookie forbids nothing explicit", "200\nCache-Control: max-age=60\n\nx", "Cookie: a=b", "hit; ttl=60")
	isStored("9111 §3", "Set-Cookie forbids nothing explicit", "200\nCache-Control: max-age=60\nSet-Cookie: a=b\n\nx", "", "hit; ttl=60")

	notStored("9111 §5.2.2.5", "no-store", "200\nCache-Control: no-store, max-age=60\n\nx", "")
	notStored("9111 §5.2", "directive names have no case", "200\nCache-Control: No-StOrE, max-age=60\n\nx", "")
	notStored("9111 §5.2", "no-store with an argument", "200\nCache-Control: no-store=\"x\", max-age=60\n\nx", "")
	notStored("9111 §5.2", "no-store on a second line", "200\nCache-Control: max-age=60\nCache-Control: no-store\n\nx", "")
	notStored("9111 §5.2", "no-store after a malformed member", "200\nCache-Control: =;\"x, max-age=60, no-store\n\nx", "")
	isStored("9110 §5.6.4", "no-store within quotes is text", "200\nCache-Control: x=\"a, no-store\", max-age=60\n\nx", "", "hit; ttl=60")
	notStored("9111 §5.2.2.7", "private", "200\nCache-Control: private, max-age=60\n\nx", "")
	notStored("9111 §5.2.2.7", "private naming nothing usable", "200\nCache-Control: private=\" \", max-age=60\n\nx", "")
	notStored("9111 §5.2.2.3", "must-understand and an unknown status", "599\nCache-Control: must-understand, max-age=60\n\nx", "")
	isStored("9111 §5.2.2.3", "must-understand overrides no-store where understood", "200\nCache-Control: must-understand, no-store, max-age=60\n\nx", "", "hit; ttl=60")
	notStored("9111 §4.1", "Vary: *", "200\nCache-Control: max-age=60\nVary: *\n\nx", "")
	notStored("9111 §4.1", "Vary: * among others", "200\nCache-Control: max-age=60\nVary: Accept, *\n\nx", "")
	notStored("9111 §4.1", "Vary: * after an empty line", "200\nCache-Control: max-age=60\nVary:\nVary: *\n\nx", "")
	rules = append(rules, rule{section: "9111 §5.2.1.5", name: "no-store in the request", steps: []step{
		{send: "Cache-Control: no-store", origin: "200\nCache-Control: max-age=60\n\nx", cache: "fwd=request"}, again(stored),
	}}, rule{section: "9111 §3.1", name: "connection fields and those Connection names are not stored", steps: []step{
		{origin: "200\nCache-Control: max-age=60\nConnection: a, close\nA: 1\nB: 2\nKeep-Alive: x\nTe: x\nUpgrade: x\nProxy-Authenticate: x\nProxy-Authentication-Info: x\nTrailer: z\n\nx", cache: stored},
		{cache: "hit; ttl=60", has: "-A\nB: 2\n-Connection\n-Keep-Alive\n-Te\n-Upgrade\n-Proxy-Authenticate\n-Proxy-Authentication-Info\n-Trailer"},
	}}, rule{section: "9111 §5.2.2.4", name: "no-cache with fields keeps those out", steps: []step{
		{origin: "200\nCache-Control: no-cache=\"a, X-B\", max-age=60\nA: 1\nX-B: 2\nC: 3\n\nx", cache: stored, has: "A: 1"},
		{cache: "hit; ttl=60", has: "-A\n-X-B\nC: 3"},
	}}, rule{section: "9111 §5.2.2.7", name: "private with fields keeps those out of the shared part", steps: []step{
		{origin: "200\nCache-Control: private=a, max-age=60\nA: 1\nC: 3\n\nx", cache: stored, has: "A: 1"},
		{cache: "hit; ttl=60", has: "-A\nC: 3"},
	}}, rule{section: "9110 §6.6.1", name: "a missing Date is the time of receipt", steps: []step{
		{origin: "200\nCache-Control: max-age=60\n\nx", cache: stored}, {after: 5 * time.Second, cache: "hit; ttl=55", has: "Date: %d-5\nAge: 5"},
	}}, rule{section: "9110 §9.3.3", name: "POST that represents the target is stored for GET", steps: []step{
		{method: "POST", origin: "200\nCache-Control: max-age=60\nContent-Location: /a\n\nx", cache: "fwd=method; stored"}, {cache: "hit; ttl=60", body: "x"},
	}}, rule{section: "9110 §9.3.3", name: "POST without Content-Location is not", steps: []step{
		{method: "POST", origin: "200\nCache-Control: max-age=60\n\nx", cache: "fwd=method"}, again(stored),
	}}, rule{section: "9110 §9.3.3", name: "POST of another URL is not", steps: []step{
		{method: "POST", origin: "200\nCache-Control: max-age=60\nContent-Location: /b\n\nx", cache: "fwd=method"}, again(stored),
	}})
	runRules(t, rules)
}

func TestRulesOfAHost(t *testing.T) {
	t.Parallel()
	with := func(r cache.Rules) cache.Options {
		return cache.Options{Rules: rulesFor(r)}
	}
	runRules(t, []rule{
		{section: "rules", name: "ignore", options: with(cache.Rules{Ignore: true}), steps: []step{
			{origin: "200\nCache-Control: max-age=60\n\nx", cache: "fwd=bypass"},
			{origin: "200\nCache-Control: max-age=60\n\ny", cache: "fwd=bypass", body: "y"},
		}},
		{section: "rules", name: "default lifetime where none is stated", options: with(cache.Rules{DefaultLifetime: 30 * time.Second}), steps: []step{
			{origin: "200\n\nx", cache: stored}, {after: 10 * time.Second, cache: "hit; ttl=20"},
		}},
		{section: "rules", name: "default lifetime gives way to what is stated", options: with(cache.Rules{DefaultLifetime: 30 * time.Second}), steps: []step{
			{origin: "200\nCache-Control: max-age=0\n\nx", cache: miss}, again(stored),
		}},
		{section: "rules", name: "default lifetime is not for cookies", options: with(cache.Rules{DefaultLifetime: 30 * time.Second}), steps: []step{
			{origin: "200\n\nx", send: "Cookie: a=b", cache: miss},
			{origin: "200\nSet-Cookie: a=b\n\nx", cache: miss}, again(stored),
		}},
		{section: "rules", name: "default lifetime is not for failures", options: with(cache.Rules{DefaultLifetime: 30 * time.Second}), steps: []step{
			{origin: "500\n\nx", cache: miss}, again(stored),
		}},
		{section: "rules", name: "cap", options: with(cache.Rules{MaxLifetime: 10 * time.Second}), steps: []step{
			{origin: "200\nCache-Control: max-age=3600\n\nx", cache: stored}, {cache: "hit; ttl=10"},
		}},
	})
}
