package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gather/access"
	"gather/handlers"
)

// TestAnswersAreInertToBrowsers asks for every kind of answer: none but the page's
// own files may run anything, be framed, or be taken for another type.
func TestAnswersAreInertToBrowsers(t *testing.T) {
	t.Parallel()
	r := serve(t, handle(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "script-src *")
		w.Header().Set("X-Frame-Options", "ALLOWALL")
		w.Header().Set("Content-Type", "text/html")
	}))
	for name, got := range map[string]answer{
		"a batch":       r.call("POST", "/v1/fetch", `{"requests":[{"url":"UP/"}]}`).want(t, 200),
		"a stream":      r.call("POST", "/v1/fetch", `{"requests":[{"url":"UP/"}]}`, "Accept: application/x-ndjson").want(t, 200),
		"raw":           r.call("GET", r.rawPath("/"), "", "User-Agent: Mozilla/5.0").want(t, 200),
		"a raw problem": r.call("GET", "/v1/raw", "").want(t, 422),
		"a refusal":     r.call("GET", "/livez", "", "Host: evil.example").want(t, 403),
		"no route":      r.call("GET", "/nowhere", "").want(t, 404),
		"no method":     r.call("DELETE", "/v1/fetch", "").want(t, 405),
		"health":        r.call("GET", "/livez", "").want(t, 200),
		"the document":  r.call("GET", "/openapi.json", "").want(t, 200),
		"the page":      r.call("GET", "/", "").want(t, 200),
		"a file":        r.call("GET", "/assets/app.js", "").want(t, 200),
	} {
		own := name == "the page" || name == "a file"
		policies := got.Header["Content-Security-Policy"]
		if !slices.ContainsFunc(policies, func(p string) bool {
			return strings.Contains(p, "default-src 'none'") && strings.Contains(p, "frame-ancestors 'none'") && own != strings.Contains(p, "sandbox")
		}) {
			t.Errorf("%s: policies %q", name, policies)
		}
		if own && len(policies) != 1 {
			t.Errorf("%s has several policies: %q", name, policies)
		}
		if got.Header.Get("X-Content-Type-Options") != "nosniff" || got.Header.Get("X-Frame-Options") != "DENY" || got.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", name, got.Header)
		}
	}
}

// TestRawKeepsWhatThisServiceSays lets an upstream send the fields that this
// service speaks by.
func TestRawKeepsWhatThisServiceSays(t *testing.T) {
	t.Parallel()
	const friend = "https://friend.example"
	key, hash := access.Generate()
	policy, err := access.New(access.Options{
		Listen: "127.0.0.1:0", CORSOrigins: []string{friend}, Keys: []access.Key{{Name: "ci", SHA256: hash, Rate: 5, Burst: 5}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := serve(t, handle(t, func(w http.ResponseWriter, _ *http.Request) {
		for _, name := range []string{
			"RateLimit", "RateLimit-Policy", "X-Request-Id", "Server-Timing", "Traceresponse", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Set-Cookie", "X-Own",
		} {
			w.Header().Set(name, "theirs")
		}
		w.Header().Set("Vary", "Accept-Language")
	}), func(o *handlers.Options) { o.Access, o.Auth = policy, true })

	fields := []string{"X-API-Key: " + key, "X-Request-Id: mine", "Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	got := r.call("GET", r.rawPath("/"), "", fields...).want(t, 200)
	for _, name := range []string{"Ratelimit", "Ratelimit-Policy", "X-Request-Id", "Server-Timing", "Traceresponse", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"} {
		if values := got.Header[name]; slices.Contains(values, "theirs") || len(values) > 1 {
			t.Errorf("%s is the upstream's: %q", name, values)
		}
	}
	vary := strings.Join(got.Header["Vary"], ", ")
	if !strings.Contains(vary, "Origin") || !strings.Contains(vary, "Accept-Language") {
		t.Errorf("Vary %q", vary)
	}
	if got.Header.Get("X-Own") != "theirs" || got.Header.Get("Set-Cookie") != "theirs" {
		t.Errorf("%v", got.Header)
	}
	got = r.call("GET", r.rawPath("/"), "", append(fields, "Sec-Fetch-Site: cross-site", "Origin: "+friend)...).want(t, 200)
	if got.Header.Get("Set-Cookie") != "" || got.Header.Get("Access-Control-Allow-Origin") != friend || got.Header.Get("X-Own") != "theirs" {
		t.Errorf("to a browser: %v", got.Header)
	}
	// Vary survives the answers that negotiate, too.
	got = r.call("POST", "/v1/fetch", `{"requests":[{"url":"UP/"}]}`, fields[0]).want(t, 200)
	if vary := strings.Join(got.Header["Vary"], ", "); !strings.Contains(vary, "Origin") || !strings.Contains(vary, "Prefer") {
		t.Errorf("Vary %q", vary)
	}
}
