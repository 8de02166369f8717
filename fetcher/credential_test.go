package fetcher_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gather/fetcher"
)

func TestCredentialsAreSentByTheirKind(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		credential fetcher.Credential
		name, want string
		target     string
	}{
		"bearer": {fetcher.Credential{Kind: "bearer", Secret: "t0ken"}, "Authorization", "Bearer t0ken", "/x?a=1"},
		"basic":  {fetcher.Credential{Kind: "basic", Secret: "ada:pass"}, "Authorization", "Basic YWRhOnBhc3M=", "/x?a=1"},
		"header": {fetcher.Credential{Kind: "header", Name: "x-api-key", Secret: "t0ken"}, "X-Api-Key", "t0ken", "/x?a=1"},
		"query":  {fetcher.Credential{Kind: "query", Name: "api key", Secret: "t0/ken"}, "Authorization", "", "/x?a=1&api+key=t0%2Fken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up := record(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprint(w, `{}`)
			})
			r := start(t, setup{local: []string{up.URL}, credential: tt.credential, header: http.Header{"X-Team": {"blue"}}})
			got := r.one(t, `{"upstream": "a", "url": "/x?a=1"}`)
			if !got.Collected || got.URL != up.URL+"/x?a=1" {
				t.Errorf("collected %t from %s", got.Collected, got.URL)
			}
			sent := up.requests()[0]
			if sent.header.Get(tt.name) != tt.want || sent.target != tt.target || sent.header.Get("X-Team") != "blue" || sent.header.Get("User-Agent") != "gather/test" {
				t.Errorf("sent %s with %v", sent.target, sent.header)
			}
			// The same URL without the upstream's name carries nothing.
			r.one(t, `{"url": "`+up.URL+`/y"}`)
			if sent := up.requests()[1]; sent.header.Get(tt.name) != "" || sent.target != "/y" || sent.header.Get("X-Team") != "" {
				t.Errorf("without the name: sent %s with %v", sent.target, sent.header)
			}
		})
	}
}

// Upstreams make the URLs they lead on to of the request's own, credential and all.
func TestQueryCredentialsAreNeverShown(t *testing.T) {
	t.Parallel()
	const secret = "s3c/ret"
	up := record(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/here?"+r.URL.RawQuery, http.StatusFound)
		case "/pages":
			if r.URL.Query().Get("page") == "" {
				w.Header().Set("Link", "<"+r.URL.Path+"?"+r.URL.RawQuery+`&page=2>; rel="next"`)
			}
			_, _ = fmt.Fprintf(w, `[%q]`, r.URL.Query().Get("page"))
		default:
			_, _ = fmt.Fprint(w, `[]`)
		}
	})
	r := start(t, setup{local: []string{up.URL}, credential: fetcher.Credential{Kind: "query", Name: "key", Secret: secret}})
	got := r.fetch(t, `{"requests": [
		{"upstream": "a", "url": "/moved?a=1"}, {"upstream": "a", "url": "/moved"}, {"upstream": "a", "url": "/moved?a=1", "redirect": "manual"},
		{"upstream": "a", "url": "/pages", "paginate": {"next": "link"}}
	]}`)
	if shown := fmt.Sprintf("%+v", got); strings.Contains(shown, "s3c") {
		t.Errorf("the credential is shown: %s", shown)
	}
	if got.Responses[0].URL != up.URL+"/here?a=1" || got.Responses[1].URL != up.URL+"/here" || got.Responses[2].Headers["location"] != "/here?a=1" {
		t.Errorf("%s, %s, %s", got.Responses[0].URL, got.Responses[1].URL, got.Responses[2].Headers["location"])
	}
	got.Responses[3].wantBody(t, `["","2"]`)
	for _, sent := range up.requests() {
		if strings.Count(sent.target, "key=s3c%2Fret") != 1 {
			t.Errorf("sent %s", sent.target)
		}
	}
}

// An upstream's credential goes to that upstream, wherever a reference leads.
func TestCredentialsFollowNoReferenceElsewhere(t *testing.T) {
	t.Parallel()
	other := record(t, func(http.ResponseWriter, *http.Request) {})
	own := record(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"url": %q, "path": "../x?y"}`, other.URL+"/steal")
	})
	r := start(t, setup{local: []string{own.URL, other.URL}, credential: fetcher.Credential{Kind: "bearer", Secret: "s3cret"}})
	got := r.fetch(t, `{"requests": [
		{"id": "first", "upstream": "a", "url": "/"},
		{"upstream": "a", "url": "{{first.body.url}}"},
		{"upstream": "a", "url": "`+other.URL+`/{{first.status}}"},
		{"upstream": "a", "url": "/items/{{first.body.path}}"}
	]}`)
	got.Responses[1].wantError(t, fetcher.CodeTargetBlocked, 403)
	got.Responses[2].wantError(t, fetcher.CodeTargetBlocked, 403)
	if sent := other.requests(); len(sent) != 0 {
		t.Errorf("the other origin got %+v", sent)
	}
	if sent := own.requests()[1]; sent.target != "/items/..%2Fx%3Fy" || sent.header.Get("Authorization") != "Bearer s3cret" {
		t.Errorf("sent %s with %v", sent.target, sent.header)
	}
}

// Whatever further pages name, what belongs to the first page's origin stays there:
// headers made of references and the credential, too.
func TestPagesElsewhereGetNoHeaders(t *testing.T) {
	t.Parallel()
	other := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"items": [2]}`)
	})
	own := record(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		next := other.URL + "/2"
		if r.URL.Path == "/own/1" {
			next = "/own/2"
		}
		_, _ = fmt.Fprintf(w, `{"items": [%q], "next": %q}`, r.URL.Path, next)
	})
	r := start(t, setup{local: []string{own.URL, other.URL}, credential: fetcher.Credential{Kind: "header", Name: "X-Key", Secret: "s3cret"}})
	got := r.fetch(t, `{"requests": [
		{"id": "login", "url": "`+own.URL+`/login"},
		{"upstream": "a", "url": "/own/{{login.status | 1}}", "headers": {"X-Token": "{{login.body.items[0]}}", "X-Mine": "1"}, "paginate": {"next": ".next", "items": ".items"}}
	]}`)
	got.Responses[1].wantBody(t, `["/own/1","/own/2",2]`)
	for _, sent := range own.requests()[1:] {
		if sent.header.Get("X-Key") != "s3cret" || sent.header.Get("X-Token") != "/login" || sent.header.Get("X-Mine") != "1" {
			t.Errorf("%s got %v", sent.target, sent.header)
		}
	}
	for _, sent := range other.requests() {
		if sent.header.Get("X-Key") != "" || sent.header.Get("X-Token") != "" || sent.header.Get("X-Mine") != "" {
			t.Errorf("the other origin got %v", sent.header)
		}
	}
}
