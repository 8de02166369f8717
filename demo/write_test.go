package demo_test

import (
	"encoding/json"
	"strings"
	"testing"

	"gather/demo"
)

func TestWritesAreEchoedAndNotKept(t *testing.T) {
	t.Parallel()
	s := start(t, demo.Options{})
	before := get(t, s, "/posts").body
	const form = "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		method, path, contentType, body string
		status                          int
		want                            string // compact; "": not compared
	}{
		{"POST", "/posts", "application/json", `{"title":"a","n":9007199254740993,"x":1e400}`, 201, `{"title":"a","n":9007199254740993,"x":1e400,"id":101}`},
		{"POST", "/posts", "application/json", `{"id":7}`, 201, `{"id":101}`},
		{"POST", "/posts", form, "title=a+b&body=%22", 201, `{"body":"\"","title":"a b","id":101}`},
		{"POST", "/posts", "", "", 201, `{"id":101}`},
		{"POST", "/posts/2/comments", "application/json", `{"name":"n"}`, 201, `{"name":"n","postId":2,"id":501}`},
		{"POST", "/posts/x/comments", "application/json", `{}`, 201, `{"postId":"x","id":501}`},
		{"POST", "/posts?userId=%22", "application/json", `{}`, 201, `{"id":101}`},
		{"PUT", "/posts/3", "application/json", `{"id":9,"title":"t"}`, 200, `{"id":3,"title":"t"}`},
		{"PATCH", "/albums/3", "application/json", `{"id":9,"title":"t"}`, 200, `{"userId":1,"id":3,"title":"t"}`},
		{"DELETE", "/posts/3", "", "", 200, `{}`},
		{"POST", "/posts", "application/json", `[1]`, 400, ""},
		{"POST", "/posts", "application/json", `{"a":1}{`, 400, ""},
		{"POST", "/posts", "application/json", `{"a":`, 400, ""},
		{"POST", "/posts", form, "%zz", 400, ""},
		{"POST", "/posts", "application/json", `"` + strings.Repeat("x", 100<<10) + `"`, 413, "{}"},
	} {
		a := do(t, s, tt.method, tt.path, tt.body, "Content-Type", tt.contentType)
		if a.status != tt.status {
			t.Errorf("%s %s: %d %s", tt.method, tt.path, a.status, a.body)
		}
		if tt.want != "" && compact(t, a.body) != tt.want {
			t.Errorf("%s %s: %s", tt.method, tt.path, a.body)
		}
		if !json.Valid([]byte(a.body)) || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: %s, %v", tt.method, tt.path, a.body, a.header)
		}
	}
	if a := do(t, s, "POST", "/posts", ""); a.header.Get("Location") != "/posts/101" {
		t.Errorf("Location %s", a.header.Get("Location"))
	}
	if get(t, s, "/posts").body != before {
		t.Error("a write was kept")
	}
}

func compact(t *testing.T, s string) string {
	t.Helper()
	var b strings.Builder
	for _, line := range strings.Split(s, "\n") {
		b.WriteString(strings.Replace(strings.TrimSpace(line), `": `, `":`, 1))
	}
	return b.String()
}
