package access_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gather/access"
)

const (
	self    = "http://127.0.0.1:8080"
	friend  = "https://app.example.com"
	enemy   = "https://evil.example"
	sibling = "http://127.0.0.1:3000" // another port of this machine
)

// navigation is what a browser sends with a link followed from elsewhere.
var navigation = []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}

func TestForeignPages(t *testing.T) {
	t.Parallel()
	p := newPolicy(t, access.Options{CORSOrigins: []string{friend, "http://localhost:5173"}})
	all := []access.Scope{access.API, access.Open, access.Page}
	for _, row := range []struct {
		name   string
		fields []string
		passes bool
	}{
		{"no browser", nil, true},
		{"this page", []string{"Sec-Fetch-Site", "same-origin"}, true},
		{"this page, with its origin", []string{"Sec-Fetch-Site", "same-origin", "Origin", self}, true},
		{"typed in", []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"}, true},
		{"this page, older browser", []string{"Origin", self}, true},
		{"this page, in another case", []string{"Origin", strings.ToUpper(self)}, true},
		{"image on a foreign page", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, false},
		{"fetch by a foreign page", []string{"Sec-Fetch-Site", "cross-site", "Origin", enemy}, false},
		{"foreign page, older browser", []string{"Origin", enemy}, false},
		{"another port", []string{"Sec-Fetch-Site", "same-site", "Origin", sibling}, false},
		{"another port, no origin", []string{"Sec-Fetch-Site", "same-site"}, false},
		{"another port, older browser", []string{"Origin", sibling}, false},
		{"sandboxed", []string{"Origin", "null"}, false},
		{"sandboxed, with metadata", []string{"Sec-Fetch-Site", "cross-site", "Origin", "null"}, false},
		{"two origins", []string{"Origin", self, "Origin", enemy}, false},
		{"two origins, one allowed", []string{"Sec-Fetch-Site", "cross-site", "Origin", friend, "Origin", enemy}, false},
		{"empty origin", []string{"Origin", ""}, false},
		{"unknown site", []string{"Sec-Fetch-Site", "somewhere"}, false},
		{"empty site", []string{"Sec-Fetch-Site", ""}, false},
		{"two sites", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "cross-site"}, false},
		{"prefix of an allowed origin", []string{"Origin", friend + ".evil.example"}, false},
		{"allowed origin over http", []string{"Origin", "http://app.example.com"}, false},
		{"allowed origin, other port", []string{"Origin", friend + ":8443"}, false},
		{"allowed", []string{"Sec-Fetch-Site", "cross-site", "Origin", friend}, true},
		{"allowed, older browser", []string{"Origin", friend}, true},
		{"allowed on this machine", []string{"Sec-Fetch-Site", "same-site", "Origin", "http://localhost:5173"}, true},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete, http.MethodOptions} {
			for _, scope := range all {
				d := p.Decide(newRequest(t, method, self+"/v1/fetch?url=x", row.fields...), scope)
				if row.passes && d.Status != 0 || !row.passes && (d.Status != http.StatusForbidden || d.Reason != access.ForeignOrigin) {
					t.Errorf("%s, %s, scope %d: status %d for %v", row.name, method, scope, d.Status, d.Reason)
				}
				if got := d.Header.Get("Vary"); got != "Origin" {
					t.Errorf("%s, %s: Vary %q", row.name, method, got)
				}
				foreignAllowed := row.passes && strings.HasPrefix(row.name, "allowed")
				if got := d.Header.Get("Access-Control-Allow-Origin"); (got != "") != foreignAllowed {
					t.Errorf("%s, %s: Access-Control-Allow-Origin %q", row.name, method, got)
				}
				if d.Header.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("%s: credentials are allowed", row.name)
				}
			}
		}
	}
}

// A link on a foreign page may lead to the front end, and to nothing else.
func TestForeignLinks(t *testing.T) {
	t.Parallel()
	p := newPolicy(t, access.Options{})
	for _, row := range []struct {
		method string
		scope  access.Scope
		fields []string
		passes bool
	}{
		{http.MethodGet, access.Page, navigation, true},
		{http.MethodHead, access.Page, navigation, true},
		{http.MethodPost, access.Page, navigation, false},
		{http.MethodGet, access.API, navigation, false},
		{http.MethodGet, access.Open, navigation, false},
		{http.MethodGet, access.Page, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, false},
		{http.MethodGet, access.Page, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script"}, false},
		{http.MethodGet, access.Page, []string{"Sec-Fetch-Site", "cross-site"}, false},
	} {
		d := p.Decide(newRequest(t, row.method, self+"/", row.fields...), row.scope)
		if (d.Status == 0) != row.passes {
			t.Errorf("%s, scope %d, %v: status %d", row.method, row.scope, row.fields, d.Status)
		}
	}
}

// CORS is closed unless opened: no field of it is ever sent.
func TestCORSClosed(t *testing.T) {
	t.Parallel()
	p := newPolicy(t, access.Options{})
	for _, fields := range [][]string{
		nil, {"Origin", self}, {"Origin", enemy}, {"Origin", enemy, "Access-Control-Request-Method", "POST"},
	} {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			if d := p.Decide(newRequest(t, method, self+"/v1/fetch", fields...), access.API); len(d.Header) != 0 {
				t.Errorf("%s with %v: %v", method, fields, d.Header)
			}
		}
	}
}

func TestCORSPreflight(t *testing.T) {
	t.Parallel()
	_, hash := access.Generate()
	p := newPolicy(t, access.Options{CORSOrigins: []string{friend}, Keys: []access.Key{{Name: "ci", SHA256: hash}}})
	ask := func(origin string) access.Decision {
		return p.Decide(newRequest(t, http.MethodOptions, self+"/v1/fetch", "Origin", origin,
			"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type,x-api-key"), access.API)
	}
	d := ask(friend) // without a key: a browser sends none with a preflight
	if d.Status != http.StatusNoContent {
		t.Fatalf("status %d for %v", d.Status, d.Reason)
	}
	if got := d.Header.Get("Access-Control-Allow-Origin"); got != friend {
		t.Errorf("allowed origin %q", got)
	}
	for field, wants := range map[string][]string{
		"Access-Control-Allow-Methods": {"GET", "POST", "DELETE"},
		"Access-Control-Allow-Headers": {"Content-Type", "X-Api-Key", "Authorization", "Prefer", "Idempotency-Key", "Last-Event-Id"},
		"Vary":                         {"Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"},
		"Access-Control-Max-Age":       {"7200"},
	} {
		list := strings.Split(d.Header.Get(field), ", ")
		for _, want := range wants {
			if !slices.Contains(list, want) {
				t.Errorf("%s: %q lacks %s", field, list, want)
			}
		}
		if slices.Contains(list, "*") {
			t.Errorf("%s is not exact: %q", field, list)
		}
	}
	if d := ask(enemy); d.Status != http.StatusForbidden || d.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("foreign preflight: status %d with %v", d.Status, d.Header)
	}
}

// What a page of an allowed origin may read is named, on refusals as well, so
// that it can tell a 401 from a dead server.
func TestCORSExposes(t *testing.T) {
	t.Parallel()
	_, hash := access.Generate()
	p := newPolicy(t, access.Options{CORSOrigins: []string{friend}, Keys: []access.Key{{Name: "ci", SHA256: hash}}})
	d := p.Decide(newRequest(t, http.MethodPost, self+"/v1/fetch", "Origin", friend), access.API)
	if d.Status != http.StatusUnauthorized || d.Header.Get("Access-Control-Allow-Origin") != friend {
		t.Errorf("status %d with %v", d.Status, d.Header)
	}
	list := strings.Split(d.Header.Get("Access-Control-Expose-Headers"), ", ")
	for _, want := range []string{"Cache-Status", "Server-Timing", "X-Request-Id", "Location", "Retry-After", "RateLimit", "RateLimit-Policy"} {
		if !slices.Contains(list, want) {
			t.Errorf("%s is not exposed", want)
		}
	}
}

func TestHarden(t *testing.T) {
	t.Parallel()
	page, data := http.Header{}, http.Header{"Content-Security-Policy": {"script-src 'self'"}}
	access.HardenPage(page)
	access.HardenData(data)
	for name, h := range map[string]http.Header{"page": page, "data": data} {
		for field, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := h.Get(field); got != want {
				t.Errorf("%s: %s is %q", name, field, got)
			}
		}
		policy := strings.Join(h.Values("Content-Security-Policy"), ", ")
		if !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", name, policy)
		}
	}
	if policies := data.Values("Content-Security-Policy"); len(policies) != 2 || !strings.HasSuffix(policies[1], "sandbox") {
		t.Errorf("an upstream's page is not sandboxed, or lost its own policy: %q", policies)
	}
}
