package app_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gather/cmd/gather/app"
	"gather/config"
)

// keyEntry is an API key as an entry of the configuration.
func keyEntry(name, key, more string) string {
	sum := sha256.Sum256([]byte(key))
	return fmt.Sprintf("{name: %s, sha256: %s%s}", name, hex.EncodeToString(sum[:]), more)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	seen := make(chan http.Header, 8)
	upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header.Clone() }))
	t.Cleanup(upstream.Close)
	s := start(t, `
auth:
  keys:
    - `+keyEntry("one", "key-one", "")+`
    - `+keyEntry("one", "key-one-new", "")+`
    - `+keyEntry("two", "key-two", ", maxRequests: 1, upstreams: [sample]")+`
upstreams: [UPSTREAM, {name: mirror, url: '`+upstream.URL+`', allow: [127.0.0.1/32]}]
collections:
  - {name: ours, keys: [one], batch: {requests: [{upstream: sample, url: /users/1}]}}
`)
	raw := "/v1/raw?url=" + upstream.URL + "/"
	for name, fields := range map[string][]string{
		"none": nil, "another": {"X-API-Key: key-three"}, "another as bearer": {"Authorization: Bearer key-three"},
		"no scheme": {"Authorization: key-one"}, "basic": {"Authorization: Basic key-one"}, "in the query": {"X-Other: key-one"},
		"two values": {"X-API-Key: key-one", "X-API-Key: key-two"}, "prefix": {"X-API-Key: key-on"}, "empty": {"X-API-Key: "},
	} {
		for _, path := range []string{raw, "/v1/fetch?url=x", "/v1/jobs", "/v1/upstreams", "/metrics", "/v1/collections"} {
			got := s.call("GET", path, "", fields...).want(t, http.StatusUnauthorized)
			if !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%s: WWW-Authenticate %q", name, got.Header.Get("WWW-Authenticate"))
			}
		}
	}
	for _, path := range []string{"/", "/docs", "/livez", "/readyz", "/openapi.json", "/ui/config.json"} {
		s.call("GET", path, "").want(t, http.StatusOK)
	}

	// Whichever field carried the key goes no further; the other one does.
	for _, tt := range []struct{ fields, gone, kept string }{
		{"X-API-Key: key-one", "X-Api-Key", ""},
		{"Authorization: Bearer key-one-new", "Authorization", ""},
		{"X-API-Key: key-one|Authorization: Bearer theirs", "X-Api-Key", "Authorization=Bearer theirs"},
		{"X-API-Key: theirs|Authorization: bearer key-one", "Authorization", "X-Api-Key=theirs"},
		{"X-API-Key: key-one|Authorization: Bearer key-two", "Authorization", ""},
	} {
		s.call("GET", raw, "", strings.Split(tt.fields, "|")...).want(t, http.StatusOK)
		sent := <-seen
		if _, there := sent[tt.gone]; there {
			t.Errorf("%s: %s was forwarded", tt.fields, tt.gone)
		}
		if name, value, _ := strings.Cut(tt.kept, "="); name != "" && sent.Get(name) != value {
			t.Errorf("%s: %s was not forwarded", tt.fields, name)
		}
	}

	// A key's own bounds, and what only another key may see.
	two := "X-API-Key: key-two"
	s.call("GET", raw, "", two).want(t, http.StatusForbidden)
	s.call("POST", "/v1/fetch", `{"requests":[{"upstream":"mirror","url":"/"}]}`, two).want(t, http.StatusUnprocessableEntity)
	s.call("GET", "/v1/fetch?url="+s.sample+"/users/1&url="+s.sample+"/users/2", "", two).want(t, http.StatusUnprocessableEntity)
	s.call("GET", "/v1/collections/ours", "", two).want(t, http.StatusNotFound)
	for key, want := range map[string]bool{"X-API-Key: key-one": true, two: false, "X-None: x": false} {
		if got := strings.Contains(string(s.call("GET", "/openapi.json", "", key).want(t, 200).body), "/v1/collections/ours"); got != want {
			t.Errorf("%s: the document shows the collection: %v", key, got)
		}
	}
	if body := s.call("GET", "/v1/upstreams", "", two).body; strings.Contains(string(body), "mirror") {
		t.Errorf("%s", body)
	}
	location := s.call("GET", "/v1/collections/ours", "", "X-API-Key: key-one", async).want(t, http.StatusAccepted).Header.Get("Location")
	s.call("GET", location, "", "X-API-Key: key-one-new").want(t, http.StatusOK)
	for _, path := range []string{location, location + "/events"} {
		s.call("GET", path, "", two).want(t, http.StatusNotFound)
	}
	s.call("DELETE", location, "", two).want(t, http.StatusNotFound)
	s.call("POST", location+"/retry", "", two).want(t, http.StatusNotFound)
	if body := s.call("GET", "/v1/jobs", "", two).body; strings.Contains(string(body), location) {
		t.Errorf("%s", body)
	}
}

// TestKeyRate refuses what goes beyond a key's rate, and says when to come again.
func TestKeyRate(t *testing.T) {
	t.Parallel()
	s := start(t, "auth: {keys: ["+keyEntry("slow", "key", ", rate: 0.01, burst: 2")+", "+keyEntry("free", "other", "")+"]}")
	for left := 1; left >= 0; left-- {
		got := s.call("GET", "/v1/jobs", "", "X-API-Key: key").want(t, http.StatusOK)
		if want := fmt.Sprintf(`"default";r=%d;`, left); !strings.HasPrefix(got.Header.Get("RateLimit"), want) || got.Header.Get("RateLimit-Policy") != `"default";q=2;w=200` {
			t.Errorf("RateLimit %q, RateLimit-Policy %q", got.Header.Get("RateLimit"), got.Header.Get("RateLimit-Policy"))
		}
	}
	got := s.call("GET", "/v1/jobs", "", "X-API-Key: key").want(t, http.StatusTooManyRequests)
	if got.Header.Get("Retry-After") != "100" || got.Header.Get("RateLimit") == "" {
		t.Errorf("%v", got.Header)
	}
	s.call("GET", "/v1/jobs", "", "X-API-Key: other").want(t, http.StatusOK)
}

// TestPublicAddressNeedsKeys refuses to serve strangers.
func TestPublicAddressNeedsKeys(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "gather.example:0"} {
		cfg := config.Default()
		cfg.Server.Listen = listen
		if _, err := app.New(cfg, app.Options{}); err == nil || !strings.Contains(err.Error(), "gather keys new") {
			t.Errorf("%s: %v", listen, err)
		}
	}
}

// TestSecretsStayInside plants a canary in every secret the service is given or
// shown, and looks for it in everything it says.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	const canary = "CANARY"
	seen := make(chan http.Header, 8)
	upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Clone()
	}))
	t.Cleanup(upstream.Close)
	s := start(t, `
auth: {keys: [`+keyEntry("ci", canary+"-key", "")+`]}
upstreams:
  - {name: closed, url: '`+upstream.URL+`', allow: [127.0.0.1/32], headers: {x-more: CANARY}, credential: {type: bearer, env: TOKEN}}
  - {name: gone, url: 'http://127.0.0.1:1', allow: [127.0.0.1/32], credential: {type: query, name: key, env: TOKEN}}
callbacks: [{name: crm, url: 'http://127.0.0.1:1/CANARY', secretEnv: CRM}]
collections: [{name: c, batch: {requests: [{upstream: closed, url: /}]}}]
hooks: [{name: push, type: github, secretEnv: TOKEN, collection: c}]
`, "TOKEN="+canary, "CRM=whsec_"+strings.Repeat("CANARY", 6))
	key := "X-API-Key: " + canary + "-key"
	batch := `{"requests": [{"upstream": "closed", "url": "/"}, {"upstream": "gone", "url": "/?q=1"}], "callback": {"endpoint": "crm"}}`
	location := s.call("POST", "/v1/fetch", batch, key, async).want(t, http.StatusAccepted).Header.Get("Location")
	if got := (<-seen).Get("Authorization"); got != "Bearer "+canary {
		t.Errorf("the credential was sent as %q", got)
	}
	said := []answer{
		s.call("GET", location+"/events", "", key), s.call("GET", location, "", key), s.call("GET", "/v1/jobs", "", key),
		s.call("GET", "/v1/deliveries", "", key), s.call("GET", "/v1/upstreams", "", key), s.call("GET", "/v1/collections", "", key),
		s.call("GET", "/openapi.json", "", key), s.call("GET", "/metrics", "", key), s.call("GET", "/ui/config.json", "", key),
		s.call("GET", "/v1/jobs", "", "X-API-Key: CANARY"), s.call("GET", "/v1/fetch?url=CANARY&CANARY=1", "", key),
		s.call("POST", "/v1/fetch", strings.Replace(batch, `, "callback": {"endpoint": "crm"}`, "", 1), key),
		s.call("GET", "/v1/raw?url=http://127.0.0.1:1/%3FCANARY", "", key), s.call("POST", "/v1/hooks/push", "CANARY", "X-Hub-Signature-256: CANARY"),
		s.call("POST", "/v1/hooks/push", "CANARY", signed("CANARY", "CANARY")...),
	}
	for i, a := range said {
		if i < 9 && a.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", a.Request.URL.Path, a.StatusCode)
		}
		if text := fmt.Sprint(a.Header, string(a.body)); strings.Contains(strings.ReplaceAll(text, "#/CANARY", ""), canary) {
			t.Errorf("%s %s says %s", a.Request.Method, a.Request.URL.Path, text)
		}
	}
	if logged := s.log.String(); strings.Contains(logged, canary) {
		t.Errorf("logged: %s", logged)
	}
}
