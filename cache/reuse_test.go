package cache_test

import (
	"testing"
	"time"

	"gather/cache"
)

// keep is a response that is fresh for a minute.
const keep = "200\nCache-Control: max-age=60\n\nx"

func TestRequestDirectives(t *testing.T) {
	t.Parallel()
	first := step{origin: keep, cache: stored}
	runRules(t, []rule{
		{section: "9111 §5.2.1.4", name: "no-cache", steps: []step{
			first, {send: "Cache-Control: no-cache", origin: keep, cache: "fwd=request; stored"},
		}},
		{section: "9111 §5.2.1.4", name: "no-cache validates", steps: []step{
			{origin: "200\nCache-Control: max-age=60\nETag: \"1\"\n\nx", cache: stored},
			{send: "Cache-Control: no-cache", origin: "304", status: 200, cache: "fwd=request; fwd-status=304; stored", sees: "If-None-Match: \"1\"", body: "x"},
		}},
		{section: "9111 §5.4", name: "Pragma: no-cache without Cache-Control", steps: []step{
			first, {send: "Pragma: no-cache", origin: keep, cache: "fwd=request; stored"},
		}},
		{section: "9111 §5.4", name: "Pragma beside Cache-Control is ignored", steps: []step{
			first, {send: "Pragma: no-cache\nCache-Control: x", cache: "hit; ttl=60"},
		}},
		{section: "9111 §5.4", name: "Pragma in a response means nothing", steps: []step{
			{origin: "200\nCache-Control: max-age=60\nPragma: no-cache\n\nx", cache: stored}, {cache: "hit; ttl=60"},
		}},
		{section: "9111 §5.2.1.1", name: "max-age=0", steps: []step{
			first, {send: "Cache-Control: max-age=0", origin: keep, cache: "fwd=request; stored"},
		}},
		{section: "9111 §5.2.1.1", name: "max-age below the age", steps: []step{
			first, {after: 20 * time.Second, send: "Cache-Control: max-age=19", origin: keep, cache: "fwd=request; stored"},
		}},
		{section: "9111 §5.2.1.1", name: "max-age of the age", steps: []step{
			first, {after: 20 * time.Second, send: "Cache-Control: max-age=20", cache: "hit; ttl=40"},
		}},
		{section: "9111 §5.2.1.1", name: "a malformed max-age is ignored", steps: []step{
			first, {send: "Cache-Control: max-age=-1", cache: "hit; ttl=60"},
		}},
		{section: "9111 §5.2.1.3", name: "min-fresh not met", steps: []step{
			first, {after: 20 * time.Second, send: "Cache-Control: min-fresh=41", origin: keep, cache: "fwd=request; stored"},
		}},
		{section: "9111 §5.2.1.3", name: "min-fresh met", steps: []step{
			first, {after: 20 * time.Second, send: "Cache-Control: min-fresh=40", cache: "hit; ttl=40"},
		}},
		{section: "9111 §5.2.1.2", name: "max-stale within", steps: []step{
			first, {after: 70 * time.Second, send: "Cache-Control: max-stale=10", cache: "hit; ttl=-10", has: "Age: 70"},
		}},
		{section: "9111 §5.2.1.2", name: "max-stale beyond", steps: []step{
			first, {after: 71 * time.Second, send: "Cache-Control: max-stale=10", origin: keep, cache: "fwd=stale; stored"},
		}},
		{section: "9111 §5.2.1.2", name: "max-stale of any age", steps: []step{
			first, {after: 300 * time.Second, send: "Cache-Control: max-stale", cache: "hit; ttl=-240"},
		}},
		{section: "9111 §5.2.1.2", name: "a malformed max-stale allows nothing", steps: []step{
			first, {after: 70 * time.Second, send: "Cache-Control: max-stale=x", origin: keep, cache: "fwd=stale; stored"},
			{after: 70 * time.Second, send: "Cache-Control: max-stale x", origin: keep, cache: "fwd=stale; stored"},
		}},
		{section: "9111 §5.2.1.7", name: "only-if-cached and nothing stored", steps: []step{
			{send: "Cache-Control: only-if-cached", status: 504, cache: "detail=only-if-cached"},
		}},
		{section: "9111 §5.2.1.7", name: "only-if-cached and fresh", steps: []step{
			first, {send: "Cache-Control: only-if-cached", cache: "hit; ttl=60"},
		}},
		{section: "9111 §5.2.1.7", name: "only-if-cached and stale", steps: []step{
			first, {after: 61 * time.Second, send: "Cache-Control: only-if-cached", status: 504, cache: "detail=only-if-cached"},
		}},
		{section: "9111 §5.2.1.5", name: "no-store does not use what is stored", steps: []step{
			first, {send: "Cache-Control: no-store", origin: "200\nCache-Control: max-age=60\n\ny", cache: "fwd=request", body: "y"},
			{cache: "hit; ttl=60", body: "x"},
		}},
	})
}

func TestStale(t *testing.T) {
	t.Parallel()
	of := func(directives string) step {
		return step{origin: "200\nETag: \"1\"\nCache-Control: max-age=60, " + directives + "\n\nx", cache: stored}
	}
	down := func(after time.Duration) step {
		return step{after: after, origin: "down", status: 200, cache: "fwd=stale; ttl=-10; detail=stale-on-error", body: "x", has: "Age: 70"}
	}
	never := step{after: 70 * time.Second, origin: "down"}
	runRules(t, []rule{
		{section: "9111 §4.2.4", name: "stale when the origin cannot be reached", steps: []step{of("x"), down(70 * time.Second)}},
		{section: "9111 §5.2.2.2", name: "never with must-revalidate", steps: []step{of("must-revalidate"), never}},
		{section: "9111 §5.2.2.8", name: "never with proxy-revalidate", steps: []step{of("proxy-revalidate"), never}},
		{section: "9111 §5.2.2.10", name: "never with s-maxage", steps: []step{of("s-maxage=60"), never}},
		{section: "9111 §5.2.2.4", name: "never with no-cache", steps: []step{of("no-cache"), never}},
		{section: "9111 §5.2.1.4", name: "never where the request has no-cache", steps: []step{of("x"), {send: "Cache-Control: no-cache", origin: "down"}}},
		{section: "9111 §5.2.2.2", name: "must-revalidate stands against max-stale", steps: []step{
			of("must-revalidate"), {after: 70 * time.Second, send: "Cache-Control: max-stale", origin: "304", status: 200, cache: "fwd=stale; fwd-status=304; stored"},
		}},
		{section: "9111 §5.2.2.2", name: "must-revalidate reuses what is fresh", steps: []step{of("must-revalidate"), {cache: "hit; ttl=60"}}},
		{section: "9111 §5.2.2.4", name: "no-cache validates before each reuse", steps: []step{
			of("no-cache"), {origin: "304", status: 200, cache: "fwd=stale; fwd-status=304; stored", sees: "If-None-Match: \"1\"", body: "x"},
		}},
		{section: "5861 §4", name: "stale-if-error and a 503", steps: []step{
			of("stale-if-error=20"), {after: 70 * time.Second, origin: "503", status: 200, cache: "fwd=stale; fwd-status=503; ttl=-10; detail=stale-on-error", body: "x"},
		}},
		{section: "5861 §4", name: "stale-if-error in the request", steps: []step{
			of("x"), {after: 70 * time.Second, send: "Cache-Control: stale-if-error=20", origin: "500", status: 200, cache: "fwd=stale; fwd-status=500; ttl=-10; detail=stale-on-error"},
		}},
		{section: "5861 §4", name: "not beyond its time", steps: []step{
			of("stale-if-error=20"), {after: 81 * time.Second, origin: "503", cache: "fwd=stale"},
		}},
		{section: "5861 §4", name: "not for a 404", steps: []step{
			of("stale-if-error=20"), {after: 70 * time.Second, origin: "404\n\ngone", cache: "fwd=stale", body: "gone"},
		}},
		{section: "9111 §4.3.3", name: "a 503 without it is the answer", steps: []step{
			of("x"), {after: 70 * time.Second, origin: "503", cache: "fwd=stale"},
		}},
		{section: "5861 §3", name: "stale-while-revalidate answers at once and validates", steps: []step{
			of("stale-while-revalidate=20"),
			{after: 70 * time.Second, origin: "304", status: 200, cache: "hit; ttl=-10", has: "Age: 70", sees: "If-None-Match: \"1\""},
			{cache: "hit; ttl=60"},
		}},
		{section: "5861 §3", name: "and takes the new response in", steps: []step{
			of("stale-while-revalidate=20"),
			{after: 70 * time.Second, origin: "200\nCache-Control: max-age=30\n\ny", cache: "hit; ttl=-10", body: "x"},
			{cache: "hit; ttl=30", body: "y"},
		}},
		{section: "5861 §3", name: "not beyond its time", steps: []step{
			of("stale-while-revalidate=20"),
			{after: 80 * time.Second, origin: "304", status: 200, cache: "fwd=stale; fwd-status=304; stored"},
		}},
		{section: "5861 §3", name: "must-revalidate stands against it", steps: []step{
			of("stale-while-revalidate=20, must-revalidate"),
			{after: 70 * time.Second, origin: "304", status: 200, cache: "fwd=stale; fwd-status=304; stored"},
		}},
		{section: "8246 §2", name: "immutable is reused while fresh", steps: []step{of("immutable"), {after: 59 * time.Second, cache: "hit; ttl=1"}}},
		{section: "8246 §2", name: "immutable is validated when stale", steps: []step{
			of("immutable"), {after: 60 * time.Second, origin: "304", status: 200, cache: "fwd=stale; fwd-status=304; stored"},
		}},
		{section: "8246 §2", name: "immutable does not resist the request's no-cache", steps: []step{
			of("immutable"), {send: "Cache-Control: no-cache", origin: "304", status: 200, cache: "fwd=request; fwd-status=304; stored"},
		}},
	})
}

func TestModes(t *testing.T) {
	t.Parallel()
	first := step{origin: "200\nETag: \"1\"\nCache-Control: max-age=60\n\nx", cache: stored}
	strict := step{origin: "200\nETag: \"1\"\nCache-Control: max-age=60, must-revalidate\n\nx", cache: stored}
	second := "200\nCache-Control: max-age=60\n\ny"
	runRules(t, []rule{
		{section: "Fetch", name: "no-store neither reads nor writes", steps: []step{
			first, {mode: cache.ModeNoStore, origin: second, cache: "fwd=bypass", body: "y"}, {cache: "hit; ttl=60", body: "x"},
		}},
		{section: "Fetch", name: "reload does not read but writes", steps: []step{
			first, {mode: cache.ModeReload, origin: second, cache: "fwd=request; stored", body: "y", sees: "-If-None-Match"}, {cache: "hit; ttl=60", body: "y"},
		}},
		{section: "Fetch", name: "force-cache uses what is stale", steps: []step{
			first, {after: 90 * time.Second, mode: cache.ModeForceCache, cache: "hit; ttl=-30", body: "x"},
		}},
		{section: "Fetch", name: "force-cache fetches what is missing", steps: []step{
			{mode: cache.ModeForceCache, origin: second, cache: stored},
		}},
		{section: "9111 §5.2.2.2", name: "force-cache does not break must-revalidate", steps: []step{
			strict, {after: 90 * time.Second, mode: cache.ModeForceCache, origin: "304", status: 200, cache: "fwd=stale; fwd-status=304; stored"},
		}},
		{section: "Fetch", name: "only-if-cached uses what is stale", steps: []step{
			first, {after: 90 * time.Second, mode: cache.ModeOnlyIfCached, cache: "hit; ttl=-30", body: "x"},
		}},
		{section: "Fetch", name: "only-if-cached is a 504 else", steps: []step{
			{mode: cache.ModeOnlyIfCached, status: 504, cache: "detail=only-if-cached", has: "Content-Length: 0"},
		}},
		{section: "9111 §5.2.2.2", name: "only-if-cached does not break must-revalidate", steps: []step{
			strict, {after: 90 * time.Second, mode: cache.ModeOnlyIfCached, status: 504, cache: "detail=only-if-cached"},
		}},
		{section: "9110 §13.1", name: "If-Match is the origin's to evaluate", steps: []step{
			first, {send: "If-Match: \"1\"", origin: "412", cache: "fwd=bypass", sees: "If-Match: \"1\""},
		}},
	})
}

func TestPartitions(t *testing.T) {
	t.Parallel()
	private := "200\nCache-Control: private, max-age=60\n\nx"
	options := cache.Options{Rules: rulesFor(cache.Rules{Private: true})}
	runRules(t, []rule{
		{section: "9111 §3", name: "private is stored in a private part, and only there", options: options, steps: []step{
			{partition: "a", origin: private, cache: stored},
			{partition: "a", cache: "hit; ttl=60", body: "x"},
			{partition: "b", origin: "200\nCache-Control: private, max-age=60\n\ny", cache: stored, body: "y"},
			{partition: "a", cache: "hit; ttl=60", body: "x"},
			{origin: "200\nCache-Control: private, max-age=60\n\nz", cache: miss, body: "z"},
		}},
		{section: "9111 §3.5", name: "Authorization within a private part", options: options, steps: []step{
			{partition: "a", send: "Authorization: Basic eA==", origin: keep, cache: stored},
			{partition: "a", send: "Authorization: Basic eA==", cache: "hit; ttl=60"},
			{send: "Authorization: Basic eA==", origin: keep, cache: miss},
		}},
		{section: "9111 §5.2.2.7", name: "private with fields keeps them in a private part", options: options, steps: []step{
			{partition: "a", origin: "200\nCache-Control: private=\"b\", max-age=60\nB: 1\n\nx", cache: stored},
			{partition: "a", cache: "hit; ttl=60", has: "B: 1"},
		}},
		{section: "9111 §5.2.2.10", name: "nor does it make a private part validate", options: options, steps: []step{
			{partition: "a", origin: "200\nCache-Control: max-age=60, s-maxage=60\n\nx", cache: stored},
			{partition: "a", after: 70 * time.Second, origin: "down", status: 200, cache: "fwd=stale; ttl=-10; detail=stale-on-error"},
		}},
		{section: "9111 §5.2.2.10", name: "a private part takes no heed of s-maxage", options: options, steps: []step{
			{partition: "a", origin: "200\nCache-Control: max-age=60, s-maxage=1\n\nx", cache: stored},
			{partition: "a", after: 2 * time.Second, cache: "hit; ttl=58"},
		}},
		{section: "9111 §3", name: "what is in a private part is not shared even if it might be", options: options, steps: []step{
			{partition: "a", origin: keep, cache: stored}, {origin: keep, cache: stored}, {partition: "b", origin: keep, cache: stored},
		}},
		{section: "9111 §4.4", name: "an invalidation reaches every part", options: options, steps: []step{
			{partition: "a", origin: keep, cache: stored}, {partition: "b", origin: keep, cache: stored}, {origin: keep, cache: stored},
			{method: "DELETE", partition: "a", origin: "204", cache: "fwd=method"},
			{partition: "a", origin: keep, cache: stored}, {partition: "b", origin: keep, cache: stored}, {origin: keep, cache: stored},
		}},
		{section: "9111 §3", name: "no part where the rules do not ask for it", steps: []step{
			{partition: "a", origin: keep, cache: stored}, {partition: "b", cache: "hit; ttl=60"},
			{partition: "a", url: "http://api.test/p", origin: private, cache: miss},
		}},
		{section: "9111 §4.1", name: "decoded responses are kept apart", steps: []step{
			{decoded: true, origin: keep, cache: stored}, {decoded: true, cache: "hit; ttl=60"},
			{origin: "200\nCache-Control: max-age=60\nContent-Encoding: gzip\n\nz", cache: "fwd=vary-miss; stored"},
			{decoded: true, cache: "hit; ttl=60", body: "x"}, {cache: "hit; ttl=60", body: "z"},
		}},
	})
}
