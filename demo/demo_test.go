package demo_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gather/demo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answer is a response read whole.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) list(t *testing.T) []map[string]any {
	t.Helper()
	var list []map[string]any
	if err := json.Unmarshal([]byte(a.body), &list); err != nil {
		t.Fatalf("not a list: %v: %.200s", err, a.body)
	}
	return list
}

func start(t *testing.T, opts demo.Options) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(demo.New(opts))
	t.Cleanup(s.Close)
	return s
}

func do(t *testing.T, s *httptest.Server, method, path, body string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(b)}
}

func get(t *testing.T, s *httptest.Server, path string, header ...string) answer {
	t.Helper()
	return do(t, s, http.MethodGet, path, "", header...)
}

func TestListsHaveJsonplaceholdersShape(t *testing.T) {
	t.Parallel()
	s := start(t, demo.Options{})
	for name, want := range map[string]struct {
		records int
		keys    string
	}{
		"posts":    {100, "body id title userId"},
		"comments": {500, "body email id name postId"},
		"albums":   {100, "id title userId"},
		"photos":   {5000, "albumId id thumbnailUrl title url"},
		"todos":    {200, "completed id title userId"},
		"users":    {10, "address company email id name phone username website"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := get(t, s, "/"+name)
			list := a.list(t)
			if a.status != 200 || len(list) != want.records {
				t.Fatalf("status %d, %d records", a.status, len(list))
			}
			for i, record := range list {
				if got := keys(record); got != want.keys {
					t.Fatalf("record %d has %q", i, got)
				}
				if record["id"] != float64(i+1) {
					t.Fatalf("record %d has id %v", i, record["id"])
				}
			}
			if ct := a.header.Get("Content-Type"); ct != "application/json; charset=utf-8" {
				t.Errorf("content type %q", ct)
			}
		})
	}
}

func TestUserShape(t *testing.T) {
	t.Parallel()
	var u struct {
		ID      int
		Name    string
		Address struct {
			Street, Suite, City, Zipcode string
			Geo                          struct{ Lat, Lng string }
		}
		Company struct{ Name, CatchPhrase, BS string }
	}
	a := get(t, start(t, demo.Options{}), "/users/1")
	dec := json.NewDecoder(strings.NewReader(a.body))
	if err := dec.Decode(&u); err != nil {
		t.Fatal(err)
	}
	if u.ID != 1 || u.Name == "" || u.Address.Geo.Lat == "" || u.Address.Zipcode == "" || u.Company.CatchPhrase == "" || u.Company.BS == "" {
		t.Errorf("incomplete: %s", a.body)
	}
}

func keys(m map[string]any) string {
	var names []string
	for k := range m {
		names = append(names, k)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestQueries(t *testing.T) {
	t.Parallel()
	s := start(t, demo.Options{})
	for _, tt := range []struct {
		path  string
		count int
		first float64 // id; 0: none
		check func(map[string]any) bool
	}{
		{"/posts?userId=3", 10, 21, func(r map[string]any) bool { return r["userId"] == 3.0 }},
		{"/posts?userId=3&userId=4", 20, 21, nil},
		{"/posts?userId=3&id=21", 1, 21, nil},
		{"/posts?userId=99", 0, 0, nil},
		{"/posts?nofield=1", 100, 1, nil},
		{"/posts?_delay=0s&userId=1", 10, 1, nil},
		{"/users?address.city=nowhere", 0, 0, nil},
		{"/todos?completed=true&userId=1", -1, 0, func(r map[string]any) bool { return r["completed"] == true && r["userId"] == 1.0 }},
		{"/posts/1/comments", 5, 1, func(r map[string]any) bool { return r["postId"] == 1.0 }},
		{"/users/2/todos", 20, 21, nil},
		{"/users/2/albums", 10, 11, nil},
		{"/users/2/posts", 10, 11, nil},
		{"/albums/2/photos", 50, 51, nil},
		{"/albums/2/photos?_limit=3", 3, 51, nil},
		{"/users/99/posts", 0, 0, nil},
		{"/posts?_start=5&_end=8", 3, 6, nil},
		{"/posts?_start=95&_limit=20", 5, 96, nil},
		{"/posts?_start=8&_end=5", 0, 0, nil},
		{"/posts?_limit=7", 7, 1, nil},
		{"/posts?_limit=x", 0, 0, nil},
		{"/posts?_page=2&_limit=7", 7, 8, nil},
		{"/posts?_page=2", 10, 11, nil},
		{"/posts?_page=99&_limit=50", 0, 0, nil},
		{"/posts?_page=999999999999&_limit=999999999999", 0, 0, nil},
		{"/posts?_sort=id&_order=desc", 100, 100, nil},
		{"/posts?_sort=userId,id&_order=desc,asc&_limit=1", 1, 91, nil},
		{"/photos?_page=50&_limit=100", 100, 4901, nil},
		{"/posts/", 100, 1, nil},
	} {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			list := get(t, s, tt.path).list(t)
			if tt.count >= 0 && len(list) != tt.count || tt.count < 0 && len(list) == 0 {
				t.Fatalf("%d records", len(list))
			}
			if tt.first != 0 && list[0]["id"] != tt.first {
				t.Errorf("first is %v", list[0]["id"])
			}
			if tt.check != nil && slices.ContainsFunc(list, func(r map[string]any) bool { return !tt.check(r) }) {
				t.Errorf("a record that does not match")
			}
		})
	}
}

func TestPagesLinkToEachOther(t *testing.T) {
	t.Parallel()
	s := start(t, demo.Options{})
	at := func(rel, page string) string {
		return "<" + s.URL + "/posts?_limit=40&_page=" + page + `>; rel="` + rel + `"`
	}
	for _, tt := range []struct {
		path, count string
		links       []string
	}{
		{"/posts?_limit=40&_page=1", "100", []string{at("first", "1"), at("next", "2"), at("last", "3")}},
		{"/posts?_limit=40&_page=2", "100", []string{at("first", "1"), at("prev", "1"), at("next", "3"), at("last", "3")}},
		{"/posts?_limit=40&_page=3", "100", []string{at("first", "1"), at("prev", "2"), at("last", "3")}},
		{"/posts?_limit=100&_page=1", "100", nil},
		{"/posts?_limit=40", "100", nil},
		{"/posts?userId=1&_limit=2", "10", nil},
		{"/posts", "", nil},
	} {
		a := get(t, s, tt.path)
		if got := a.header.Get("X-Total-Count"); got != tt.count {
			t.Errorf("%s: X-Total-Count %q", tt.path, got)
		}
		if got := a.header.Get("Link"); got != strings.Join(tt.links, ", ") {
			t.Errorf("%s: Link %s", tt.path, got)
		}
	}
}

func TestFollowingNextGivesAll(t *testing.T) {
	t.Parallel()
	s := start(t, demo.Options{})
	seen := map[float64]bool{}
	path := "/photos?_page=1&_limit=999"
	for path != "" {
		a := get(t, s, path)
		for _, r := range a.list(t) {
			seen[r["id"].(float64)] = true
		}
		path = ""
		for _, l := range strings.Split(a.header.Get("Link"), ", ") {
			if target, ok := strings.CutSuffix(l, `>; rel="next"`); ok {
				path = strings.TrimPrefix(target, "<"+s.URL)
			}
		}
	}
	if len(seen) != 5000 {
		t.Errorf("%d photos", len(seen))
	}
}

func TestConditionalRequests(t *testing.T) {
	t.Parallel()
	s := start(t, demo.Options{MaxAge: 90 * time.Second})
	for _, path := range []string{"/", "/users/1", "/posts", "/posts?userId=1"} {
		whole := get(t, s, path)
		etag := whole.header.Get("ETag")
		if !strings.HasPrefix(etag, `"`) || whole.header.Get("Cache-Control") != "max-age=90" {
			t.Fatalf("%s: ETag %s, Cache-Control %s", path, etag, whole.header.Get("Cache-Control"))
		}
		if a := get(t, s, path, "If-None-Match", `"other", `+etag); a.status != 304 || a.body != "" || a.header.Get("ETag") != etag {
			t.Errorf("%s: %d %q for a known tag", path, a.status, a.body)
		}
		if a := get(t, s, path, "If-None-Match", `"other"`); a.status != 200 || a.body != whole.body {
			t.Errorf("%s: %d for another tag", path, a.status)
		}
		if a := do(t, s, http.MethodHead, path, ""); a.status != 200 || a.body != "" || a.header.Get("ETag") != etag {
			t.Errorf("%s: HEAD %d %q", path, a.status, a.body)
		}
		if a := get(t, s, path, "Range", "bytes=2-4"); a.status != 206 || a.body != whole.body[2:5] {
			t.Errorf("%s: range %d %q", path, a.status, a.body)
		}
	}
	if get(t, s, "/posts/1").header.Get("ETag") == get(t, s, "/posts/2").header.Get("ETag") {
		t.Error("two records share a tag")
	}
}

func TestTheSameRecordsOnEveryStart(t *testing.T) {
	t.Parallel()
	a, b := start(t, demo.Options{}), start(t, demo.Options{})
	for _, path := range []string{"/posts", "/comments", "/albums", "/photos", "/todos", "/users"} {
		if get(t, a, path).header.Get("ETag") != get(t, b, path).header.Get("ETag") {
			t.Errorf("%s differs", path)
		}
	}
}

func TestMaxAge(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]string{0: "max-age=60", -1: "no-store", time.Hour: "max-age=3600"} {
		if got := get(t, start(t, demo.Options{MaxAge: age}), "/users/1").header.Get("Cache-Control"); got != want {
			t.Errorf("%v: %q", age, got)
		}
	}
}

func TestNotFoundAndNotAllowed(t *testing.T) {
	t.Parallel()
	s := start(t, demo.Options{})
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/nothing", 404}, {"GET", "/posts/0", 404}, {"GET", "/posts/101", 404}, {"GET", "/posts/x", 404}, {"GET", "/posts/01", 404},
		{"GET", "/posts/1/users", 404}, {"GET", "/posts/1/nothing", 404}, {"GET", "/posts/1/comments/2", 404}, {"PUT", "/posts/101", 404},
		{"DELETE", "/posts", 405}, {"POST", "/posts/1", 405}, {"POST", "/", 405},
	} {
		a := do(t, s, tt.method, tt.path, "")
		if a.status != tt.status || a.body != "{}" {
			t.Errorf("%s %s: %d %s", tt.method, tt.path, a.status, a.body)
		}
	}
	if a := do(t, s, "OPTIONS", "/posts", ""); a.status != 204 || a.header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("OPTIONS: %d %s", a.status, a.header.Get("Allow"))
	}
}

func TestADepartedClientIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	s := start(t, demo.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	began := time.Now()
	demo.New(demo.Options{}).ServeHTTP(w, httptest.NewRequest("GET", s.URL+"/posts?_delay=30s", nil).WithContext(ctx))
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	if w.Body.Len() != 0 {
		t.Errorf("answered %q", w.Body)
	}
}
