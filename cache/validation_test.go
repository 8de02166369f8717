package cache_test

import (
	"testing"
	"time"
)

func TestValidation(t *testing.T) {
	t.Parallel()
	tagged := step{origin: "200\nETag: \"1\"\nCache-Control: max-age=60\nA: 1\nB: 1\nContent-Type: text/plain\n\nx", cache: stored}
	dated := step{origin: "200\nLast-Modified: %d-1000\nCache-Control: max-age=60\n\nx", cache: stored}
	const validated = "fwd=stale; fwd-status=304; stored"
	late := 61 * time.Second
	answered := func(condition string, status int) []step {
		body := "x"
		if status == 304 {
			body = ""
		}
		return []step{tagged, {send: condition, status: status, cache: "hit; ttl=60", body: body}}
	}
	runRules(t, []rule{
		{section: "9111 §4.3.1", name: "If-None-Match from a weak ETag", steps: []step{
			{origin: "200\nETag: W/\"1\"\nCache-Control: max-age=60\n\nx", cache: stored},
			{after: late, origin: "304", status: 200, cache: validated, sees: "If-None-Match: W/\"1\""},
		}},
		{section: "9111 §4.3.1", name: "If-Modified-Since from Last-Modified", steps: []step{
			dated, {after: late, origin: "304", status: 200, cache: validated, sees: "If-Modified-Since: %d-1061\n-If-None-Match"},
		}},
		{section: "9111 §4.3.1", name: "both where there are both", steps: []step{
			{origin: "200\nETag: \"1\"\nLast-Modified: %d-1000\nCache-Control: max-age=60\n\nx", cache: stored},
			{after: late, origin: "304", status: 200, cache: validated, sees: "If-Modified-Since: %d-1061\nIf-None-Match: \"1\""},
		}},
		{section: "9111 §4.3.1", name: "our conditions, not the client's", steps: []step{
			tagged, {after: late, send: "If-None-Match: \"2\"\nIf-Modified-Since: %d", origin: "304", status: 200, cache: validated, sees: "If-None-Match: \"1\"\n-If-Modified-Since"},
		}},
		{section: "9111 §4.3.3", name: "the client's are evaluated after", steps: []step{
			tagged, {after: late, send: "If-None-Match: \"1\"", origin: "304", cache: validated, has: "ETag: \"1\""},
		}},
		{section: "9111 §4.3.3", name: "also against a new response", steps: []step{
			tagged, {after: late, send: "If-None-Match: \"2\"", origin: "200\nETag: \"2\"\nCache-Control: max-age=60\n\ny", status: 304, cache: "fwd=stale; fwd-status=200; stored"},
		}},
		{section: "9111 §4.3.3", name: "a full response replaces the stored one", steps: []step{
			tagged, {after: late, origin: "200\nCache-Control: max-age=60\n\ny", cache: "fwd=stale; stored", body: "y"}, {cache: "hit; ttl=60", body: "y"},
		}},
		{section: "9111 §4.3.4", name: "304 freshens", steps: []step{
			tagged, {after: late, origin: "304\nCache-Control: max-age=90", status: 200, cache: validated, has: "-Age"}, {after: time.Second, cache: "hit; ttl=89", has: "Age: 1"},
		}},
		{section: "9111 §3.2", name: "304 updates fields and leaves the others", steps: []step{
			tagged, {after: late, origin: "304\nA: 2\nContent-Type: text/html", status: 200, cache: validated, has: "A: 2\nB: 1\nContent-Type: text/html"},
			{cache: "hit; ttl=60", has: "A: 2\nB: 1\nContent-Type: text/html"},
		}},
		{section: "9111 §3.2", name: "304 does not update what describes the content", steps: []step{
			tagged, {after: late, origin: "304\nContent-Length: 9\nContent-Encoding: gzip\nContent-Range: bytes 0-1/2\nETag: \"9\"", status: 200, cache: validated,
				has: "-Content-Length\n-Content-Encoding\n-Content-Range\nETag: \"1\"", body: "x"},
		}},
		{section: "9111 §3.1", name: "304 brings no connection fields in", steps: []step{
			tagged, {after: late, origin: "304\nConnection: q\nQ: 1\nKeep-Alive: 1", status: 200, cache: validated, has: "-Connection\n-Q\n-Keep-Alive"},
		}},
		{section: "9111 §4.3.2", name: "If-None-Match that matches", steps: answered("If-None-Match: \"1\"", 304)},
		{section: "9110 §13.1.2", name: "by weak comparison", steps: answered("If-None-Match: W/\"1\"", 304)},
		{section: "9110 §13.1.2", name: "first of a list", steps: answered("If-None-Match: \"1\", \"2\"", 304)},
		{section: "9110 §13.1.2", name: "last of a list, with a comma in a tag", steps: answered("If-None-Match: \"2\", \"3,4\",\"1\"", 304)},
		{section: "9110 §13.1.2", name: "a list on two lines", steps: answered("If-None-Match: \"2\"\nIf-None-Match: \"1\"", 304)},
		{section: "9110 §13.1.2", name: "*", steps: answered("If-None-Match: *", 304)},
		{section: "9110 §13.1.2", name: "no match", steps: answered("If-None-Match: \"2\"", 200)},
		{section: "9110 §13.1.2", name: "a tag within another is no match", steps: answered("If-None-Match: \"a, \"1\"b\"", 200)},
		{section: "9110 §13.1.3", name: "If-None-Match before If-Modified-Since", steps: answered("If-None-Match: \"2\"\nIf-Modified-Since: %d+100", 200)},
		{section: "9110 §13.1.3", name: "If-Modified-Since with the same date", steps: []step{dated, {send: "If-Modified-Since: %d-1000", status: 304, cache: "hit; ttl=60"}}},
		{section: "9110 §13.1.3", name: "If-Modified-Since with a later date", steps: []step{dated, {send: "If-Modified-Since: %d-999", status: 304, cache: "hit; ttl=60"}}},
		{section: "9110 §13.1.3", name: "If-Modified-Since with an earlier date", steps: []step{dated, {send: "If-Modified-Since: %d-1001", cache: "hit; ttl=60", body: "x"}}},
		{section: "9110 §13.1.3", name: "If-Modified-Since that is no date", steps: []step{dated, {send: "If-Modified-Since: soon", cache: "hit; ttl=60", body: "x"}}},
		{section: "9111 §4.3.2", name: "Date stands in for Last-Modified", steps: []step{tagged, {after: time.Second, send: "If-Modified-Since: %d", status: 304, cache: "hit; ttl=59"}}},
		{section: "9110 §15.4.5", name: "a 304 carries what guides caches and nothing of the content", steps: []step{
			{origin: "200\nETag: \"1\"\nLast-Modified: %d-10\nVary: X\nExpires: %d+9\nContent-Location: /b\nCache-Control: max-age=60\nContent-Type: text/plain\nContent-Length: 1\n\nx", cache: stored},
			{send: "If-None-Match: \"1\"", status: 304, cache: "hit; ttl=60", has: "ETag: \"1\"\nLast-Modified: %d-10\nDate: %d\nVary: X\nExpires: %d+9\nContent-Location: /b\nCache-Control: max-age=60\nAge: 0\n-Content-Type\n-Content-Length"},
		}},
		{section: "9110 §13.2.1", name: "conditions count for a 200 only", steps: []step{
			{origin: "404\nETag: \"1\"\nCache-Control: max-age=60\n\nx", cache: stored}, {send: "If-None-Match: \"1\"", status: 404, cache: "hit; ttl=60"},
		}},
		{section: "9111 §4.3.2", name: "conditions go to the origin where nothing is stored", steps: []step{
			{send: "If-None-Match: \"1\"", origin: "304", cache: miss, sees: "If-None-Match: \"1\""},
		}},
		{section: "9111 §3", name: "a 304 the client asked for is not stored", steps: []step{
			{send: "If-None-Match: \"1\"", origin: "304\nCache-Control: max-age=60\nETag: \"1\"", cache: miss}, again(stored),
		}},
		{section: "9111 §4.3.4", name: "304 without Age ends the stored one's", steps: []step{
			{origin: "200\nETag: \"1\"\nCache-Control: max-age=60\nAge: 20\n\nx", cache: stored},
			{after: late, origin: "304", status: 200, cache: validated, has: "-Age"}, {cache: "hit; ttl=60", has: "Age: 0"},
		}},
		{section: "9110 §13.1.3", name: "two If-Modified-Since are none", steps: []step{
			dated, {send: "If-Modified-Since: %d\nIf-Modified-Since: %d", cache: "hit; ttl=60", body: "x"},
		}},
	})
}

func TestHead(t *testing.T) {
	t.Parallel()
	full := step{origin: "200\nETag: \"1\"\nCache-Control: max-age=60\nA: 1\nContent-Length: 1\n\nx", cache: stored}
	late := 61 * time.Second
	runRules(t, []rule{
		{section: "9111 §4", name: "HEAD from a stored GET", steps: []step{full, {method: "HEAD", cache: "hit; ttl=60", has: "Content-Length: 1\nA: 1"}}},
		{section: "9110 §14.2", name: "a Range means nothing to HEAD", steps: []step{full, {method: "HEAD", send: "Range: bytes=0-0", cache: "hit; ttl=60", has: "-Content-Range"}}},
		{section: "9110 §13.1.2", name: "conditions mean something to HEAD", steps: []step{full, {method: "HEAD", send: "If-None-Match: \"1\"", status: 304, cache: "hit; ttl=60"}}},
		{section: "9111 §3", name: "HEAD is not stored for GET", steps: []step{{method: "HEAD", origin: "200\nCache-Control: max-age=60", cache: miss}, again(stored)}},
		{section: "9111 §4.3.5", name: "HEAD freshens what it describes", steps: []step{
			full, {method: "HEAD", after: late, origin: "200\nETag: \"1\"\nCache-Control: max-age=90\nA: 2\nContent-Length: 1", cache: "fwd=stale", has: "A: 2"},
			{cache: "hit; ttl=90", body: "x", has: "A: 2"},
		}},
		{section: "9111 §4.3.5", name: "HEAD with another ETag makes it stale", steps: []step{
			full, {method: "HEAD", send: "Cache-Control: no-cache", origin: "200\nETag: \"2\"", cache: "fwd=request"}, again("fwd=stale; stored"),
		}},
		{section: "9111 §4.3.5", name: "HEAD with another length makes it stale", steps: []step{
			full, {method: "HEAD", send: "Cache-Control: no-cache", origin: "200\nETag: \"1\"\nContent-Length: 2", cache: "fwd=request"}, again("fwd=stale; stored"),
		}},
		{section: "5861 §3", name: "HEAD has the whole response validated in the background", steps: []step{
			{origin: "200\nCache-Control: max-age=60, stale-while-revalidate=60\n\nx", cache: stored},
			{method: "HEAD", after: late, origin: "200\nCache-Control: max-age=30\n\ny", status: 200, cache: "hit; ttl=-1"}, {cache: "hit; ttl=30", body: "y"},
		}},
		{section: "9111 §4.3.5", name: "a failed HEAD changes nothing", steps: []step{
			full, {method: "HEAD", send: "Cache-Control: no-cache", origin: "410", cache: "fwd=request"}, {cache: "hit; ttl=60", body: "x"},
		}},
	})
}
