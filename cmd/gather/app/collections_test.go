package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gather/config"
)

const collectionConfig = `
collections:
  - name: user
    description: A user's name.
    params:
      user: {type: integer, default: 1, min: 1, max: 10}
      note: {type: string, pattern: '[a-z]+', maxLength: 5, default: a}
      exact: {type: boolean, default: true}
      size: {type: string, enum: [s, m], default: s}
    batch: {requests: [{id: user, upstream: sample, url: "/users/{{params.user}}?note={{params.note}}", select: .id}]}
  - name: needy
    params: {q: {type: string}}
    batch: {requests: [{upstream: sample, url: "/posts?q={{params.q}}&_limit=1"}]}
`

func TestCollection(t *testing.T) {
	t.Parallel()
	s := start(t, collectionConfig)
	for name, tt := range map[string]struct{ query, want string }{
		"defaults":         {"", "1"},
		"a parameter":      {"?user=2", "2"},
		"all of them":      {"?user=10&note=abc&exact=false&size=m", "10"},
		"odd but a number": {"?user=%33", "3"},
	} {
		var got struct {
			Responses []struct{ Body json.RawMessage }
		}
		s.call("GET", "/v1/collections/user"+tt.query, "").want(t, http.StatusOK).json(t, &got)
		if string(got.Responses[0].Body) != tt.want {
			t.Errorf("%s: %s", name, got.Responses[0].Body)
		}
	}
	var got struct {
		Responses []struct{ URL string }
	}
	s.call("GET", "/v1/collections/needy?q=a%26b%3Dc%20%23", "").want(t, http.StatusOK).json(t, &got)
	if !strings.HasSuffix(got.Responses[0].URL, "/posts?q=a%26b%3Dc%20%23&_limit=1") {
		t.Errorf("a parameter breaks out of its place: %s", got.Responses[0].URL)
	}
	accepted := s.call("POST", "/v1/collections/user", `{"params": {"user": 4}}`, async).want(t, http.StatusAccepted)
	if j := s.finished(accepted.Header.Get("Location")); j.Source != "collection user" || j.State != "completed" {
		t.Errorf("%+v", j)
	}
}

// TestCollectionFaults reports all of them at once.
func TestCollectionFaults(t *testing.T) {
	t.Parallel()
	s := start(t, collectionConfig)
	for name, tt := range map[string]struct{ method, path, body, want string }{
		"types":      {"GET", "user?user=x&exact=1&note=5", "", "exact: must be a boolean, note: does not match the pattern, user: must be an integer"},
		"bounds":     {"GET", "user?user=11&note=abcdef&size=l", "", "note: must have at most 5 characters, size: is not one of the values allowed, user: must be at most 10"},
		"fraction":   {"GET", "user?user=1.0", "", "user: must be an integer"},
		"unknown":    {"GET", "user?usr=1", "", "usr: the collection has no parameter of this name"},
		"twice":      {"GET", "user?user=1&user=2", "", "user: may stand here once"},
		"required":   {"GET", "needy", "", "q: is required"},
		"JSON types": {"POST", "user", `{"params": {"user": "1", "exact": "true", "note": null}}`, "exact: must be a boolean, note: must be a string, user: must be an integer"},
		"no object":  {"POST", "user", `{"params": []}`, "must be an object of parameters"},
		"a batch":    {"POST", "user", `{"requests": []}`, `must be {"params"`},
	} {
		got := s.call(tt.method, "/v1/collections/"+tt.path, tt.body).want(t, http.StatusUnprocessableEntity)
		var p struct {
			Errors []struct{ Detail, Pointer string }
		}
		got.json(t, &p)
		var faults []string
		for _, e := range p.Errors {
			name, named := strings.CutPrefix(e.Pointer, "#/params/")
			if named {
				e.Detail = name + ": " + e.Detail
			}
			faults = append(faults, e.Detail)
		}
		if text := strings.Join(faults, ", "); !strings.HasPrefix(text, tt.want) {
			t.Errorf("%s: %q", name, text)
		}
	}
	for _, query := range []string{"needy?q=%ff", "needy?q=%zz", "user?user=1;x"} {
		s.call("GET", "/v1/collections/"+query, "").want(t, http.StatusBadRequest)
	}
	s.call("POST", "/v1/collections/user", `{"params": {"user": 1}, "params": {}}`).want(t, http.StatusUnprocessableEntity)
	s.call("POST", "/v1/collections/user", `{"params": {"user": 1}, "callback": {"url": "https://a.example/"}}`).want(t, http.StatusUnprocessableEntity)
}

// TestReload puts other collections in force, in the list and in the document.
func TestReload(t *testing.T) {
	t.Parallel()
	s := start(t, collectionConfig)
	cfg, _, err := config.Load(s.sources(`collections: [{name: other, batch: {requests: [{upstream: sample, url: /users/1}]}}]`, nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.app.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	s.call("GET", "/v1/collections/user", "").want(t, http.StatusNotFound)
	s.call("GET", "/v1/collections/other", "").want(t, http.StatusOK)
	doc := newContract(s).doc
	if doc.Paths.Value("/v1/collections/other") == nil || doc.Paths.Value("/v1/collections/user") != nil {
		t.Error("the document lists other collections than there are")
	}
}

// TestDocumentedParameters are typed as they are configured.
func TestDocumentedParameters(t *testing.T) {
	t.Parallel()
	doc := newContract(start(t, collectionConfig)).doc
	var got []string
	for _, p := range doc.Paths.Value("/v1/collections/user").Get.Parameters {
		if schema := p.Value.Schema.Value; p.Value.In == "query" {
			got = append(got, fmt.Sprintf("%s%v%v%v%v%s", p.Value.Name, schema.Type.Slice(), schema.Default, p.Value.Required, schema.Enum, schema.Pattern))
		}
	}
	want := "exact[boolean]truefalse[] note[string]afalse[]^(?:[a-z]+)$ size[string]sfalse[s m] user[integer]1false[]"
	if text := strings.Join(got, " "); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if q := doc.Paths.Value("/v1/collections/needy").Get.Parameters.GetByInAndName("query", "q"); q == nil || !q.Required {
		t.Errorf("%+v", q)
	}
}
