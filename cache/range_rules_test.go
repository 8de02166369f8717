package cache_test

import (
	"testing"
	"time"
)

func TestRanges(t *testing.T) {
	t.Parallel()
	whole := step{origin: "200\nETag: \"1\"\nLast-Modified: %d-100\nCache-Control: max-age=60\nA: 1\n\n0123456789", cache: stored}
	part := step{send: "Range: bytes=2-5", origin: "206\nETag: \"1\"\nCache-Control: max-age=60\nContent-Range: bytes 2-5/10\n\n2345", cache: stored}
	cut := func(section, name, send string, status int, body, contentRange string) rule {
		return rule{section: section, name: name, steps: []step{
			whole, {send: send, status: status, cache: "hit; ttl=60", body: body, has: contentRange},
		}}
	}
	runRules(t, []rule{
		cut("9110 §14.1.2", "first and last", "Range: bytes=0-1", 206, "01", "Content-Range: bytes 0-1/10\nContent-Length: 2\nA: 1"),
		cut("9110 §14.1.2", "to the end", "Range: bytes=7-", 206, "789", "Content-Range: bytes 7-9/10"),
		cut("9110 §14.1.2", "beyond the end", "Range: bytes=7-99", 206, "789", "Content-Range: bytes 7-9/10"),
		cut("9110 §14.1.2", "the last bytes", "Range: bytes=-2", 206, "89", "Content-Range: bytes 8-9/10"),
		cut("9110 §14.1.2", "more last bytes than there are", "Range: bytes=-99", 206, "0123456789", "Content-Range: bytes 0-9/10"),
		cut("9110 §15.5.17", "none of it", "Range: bytes=10-", 416, "", "Content-Range: bytes */10\nContent-Length: 0"),
		cut("9110 §15.5.17", "the last no bytes", "Range: bytes=-0", 416, "", "Content-Range: bytes */10"),
		cut("9110 §14.2", "several ranges are ignored", "Range: bytes=0-1,3-4", 200, "0123456789", "-Content-Range"),
		cut("9110 §14.2", "another unit is ignored", "Range: lines=0-1", 200, "0123456789", "-Content-Range"),
		cut("9110 §14.1.1", "last before first is ignored", "Range: bytes=5-1", 200, "0123456789", "-Content-Range"),
		cut("9110 §14.1.1", "an offset of 400 digits is ignored", "Range: bytes=0-99999999999999999999999", 200, "0123456789", "-Content-Range"),
		cut("9110 §13.1.5", "If-Range that matches", "Range: bytes=0-1\nIf-Range: \"1\"", 206, "01", "Content-Range: bytes 0-1/10"),
		cut("9110 §13.1.5", "If-Range that does not", "Range: bytes=0-1\nIf-Range: \"2\"", 200, "0123456789", "-Content-Range"),
		cut("9110 §13.1.5", "If-Range compares strongly", "Range: bytes=0-1\nIf-Range: W/\"1\"", 200, "0123456789", "-Content-Range"),
		cut("9110 §13.1.5", "If-Range with the date", "Range: bytes=0-1\nIf-Range: %d-100", 206, "01", "Content-Range: bytes 0-1/10"),
		cut("9110 §13.1.5", "If-Range with a later date", "Range: bytes=0-1\nIf-Range: %d-99", 200, "0123456789", "-Content-Range"),
		cut("9110 §13.2.2", "If-None-Match before Range", "Range: bytes=0-1\nIf-None-Match: \"1\"", 304, "", "-Content-Range"),
		cut("9110 §13.1.5", "If-Range with text that is neither", "Range: bytes=0-1\nIf-Range: 1", 200, "0123456789", "-Content-Range"),
		{section: "9110 §13.1.5", name: "If-Range does not match a weak ETag", steps: []step{
			{origin: "200\nETag: W/\"1\"\nCache-Control: max-age=60\n\n0123", cache: stored}, {send: "Range: bytes=0-1\nIf-Range: W/\"1\"", cache: "hit; ttl=60", body: "0123"},
		}},
		{section: "9110 §8.8.2.2", name: "nor a Last-Modified of the same second", steps: []step{
			{origin: "200\nLast-Modified: %d\nCache-Control: max-age=60\n\n0123", cache: stored}, {send: "Range: bytes=0-1\nIf-Range: %d", cache: "hit; ttl=60", body: "0123"},
		}},
		{section: "9110 §13.1.5", name: "a part does not answer under an If-Range that does not match", steps: []step{
			part, {send: "Range: bytes=2-5\nIf-Range: \"2\"", origin: "200\n\nz", cache: "fwd=partial"},
		}},
		{section: "9110 §14.4", name: "a Content-Range beyond its total is not stored", steps: []step{
			{send: "Range: bytes=2-5", origin: "206\nCache-Control: max-age=60\nContent-Range: bytes 2-5/5\n\n2345", cache: miss},
		}},
		{section: "9111 §4", name: "a later part before the earlier whole", steps: []step{
			whole, {after: time.Second, send: "Range: bytes=2-5\nCache-Control: no-cache", origin: "206\nCache-Control: max-age=60\nContent-Range: bytes 2-5/10\n\nabcd", cache: "fwd=request; stored"},
			{send: "Range: bytes=3-4", status: 206, cache: "hit; ttl=60", body: "bc"},
		}},
		{section: "9111 §4", name: "the whole before a part of the same second", steps: []step{
			part, {origin: whole.origin, cache: "fwd=partial; stored"}, {send: "Range: bytes=3-4", status: 206, cache: "hit; ttl=60", body: "34", has: "A: 1"},
		}},
		{section: "9111 §3.3", name: "a part answers the same range", steps: []step{part, {send: part.send, status: 206, cache: "hit; ttl=60", body: "2345", has: "Content-Range: bytes 2-5/10"}}},
		{section: "9111 §3.3", name: "a part answers a smaller one", steps: []step{part, {send: "Range: bytes=3-4", status: 206, cache: "hit; ttl=60", body: "34", has: "Content-Range: bytes 3-4/10"}}},
		{section: "9111 §3.3", name: "a part does not answer a larger one", steps: []step{part, {send: "Range: bytes=1-4", origin: "206\n\n1234", cache: "fwd=partial"}}},
		{section: "9111 §3.3", name: "a part does not answer for the whole", steps: []step{part, {origin: keep, cache: "fwd=partial; stored", body: "x"}}},
		{section: "9111 §3.3", name: "a part does not answer HEAD", steps: []step{part, {method: "HEAD", origin: "200", cache: "fwd=partial"}}},
		{section: "9111 §3.3", name: "a part whose length is not what it says is not stored", steps: []step{
			{send: "Range: bytes=2-5", origin: "206\nCache-Control: max-age=60\nContent-Range: bytes 2-5/10\n\n234", cache: miss},
		}},
		{section: "9111 §3.3", name: "a stale part is fetched anew", steps: []step{
			part, {after: 61 * time.Second, send: part.send, origin: part.origin, cache: "fwd=stale; stored", sees: "-If-None-Match\nRange: bytes=2-5"},
		}},
		{section: "9111 §4.3.3", name: "a range of what was validated", steps: []step{
			whole, {after: 61 * time.Second, send: "Range: bytes=0-1", origin: "304", status: 206, cache: "fwd=stale; fwd-status=304; stored", body: "01", has: "Content-Range: bytes 0-1/10"},
		}},
		{section: "9110 §15.3.7", name: "an origin that ignores Range answers whole, and so does the cache", steps: []step{
			{send: "Range: bytes=0-1", origin: whole.origin, cache: stored, body: "0123456789"}, {cache: "hit; ttl=60", body: "0123456789"},
		}},
	})
}
