// Package examples_test runs the examples as their readers would.
package examples_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gather/cmd/gather/app"
	"gather/config"
	"gather/demo"
)

// start starts the real service beside the sample API, with the examples' own
// configuration but for the addresses, and returns the service's.
func start(t *testing.T) string {
	t.Helper()
	api := httptest.NewServer(demo.New(demo.Options{}))
	t.Cleanup(api.Close)
	text, err := os.ReadFile("gather.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const usual = "http://127.0.0.1:8081"
	if strings.Count(string(text), usual) != 1 {
		t.Fatalf("the configuration does not name the sample API at %s", usual)
	}
	file := filepath.Join(t.TempDir(), "gather.yaml")
	if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte(usual), []byte(api.URL)), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, _, err := config.Load(config.Sources{File: file, Flags: map[string]string{
		"server.listen": "127.0.0.1:0", "jobs.database": "sqlite:" + filepath.Join(t.TempDir(), "jobs.db"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	service, err := app.New(cfg, app.Options{Log: slog.New(slog.DiscardHandler), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	address, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- service.Run(ctx, func(a net.Addr) { address <- a }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the service ended with %v", err)
		}
	})
	select {
	case a := <-address:
		return "http://" + a.String()
	case err := <-ended:
		ended <- err
		t.Fatalf("the service did not start: %v", err)
		return ""
	}
}

type response struct {
	ID        string
	Collected bool
	Body      json.RawMessage
	Elements  []struct{ Collected bool }
	Pages     []struct{ Collected bool }
}

// post sends an example as it stands and returns its responses by their ids.
func post(t *testing.T, service, file string, origin string) (map[string]response, http.Header) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, service+"/v1/fetch", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("status %d, error %v: %.500s", answer.StatusCode, err, body)
	}
	var whole struct{ Responses []response }
	if err := json.Unmarshal(body, &whole); err != nil {
		t.Fatal(err)
	}
	by := make(map[string]response)
	for _, one := range whole.Responses {
		if !one.Collected {
			t.Errorf("%s was not collected", one.ID)
		}
		by[one.ID] = one
	}
	return by, answer.Header
}

// sameJSON fails unless a body says the same as the text wanted.
func sameJSON(t *testing.T, got json.RawMessage, want string) {
	t.Helper()
	var a, b any
	if json.Unmarshal(got, &a) != nil || json.Unmarshal([]byte(want), &b) != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("got %.300s, want %s", got, want)
	}
}

func TestUserTodos(t *testing.T) {
	t.Parallel()
	got, _ := post(t, start(t), "user-todos.json", "")
	var user struct {
		ID   int
		Name string
	}
	var open []struct {
		ID    int
		Title string
	}
	var counts []struct{ User, Todos, Open int }
	for id, to := range map[string]any{"user": &user, "todos": &open, "counts": &counts} {
		if err := json.Unmarshal(got[id].Body, to); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if user.ID != 1 || user.Name == "" || len(counts) != 10 || len(got["counts"].Elements) != 10 {
		t.Fatalf("user %+v, counts %+v", user, counts)
	}
	for i, count := range counts {
		if count.User != i+1 || count.Todos != 20 || count.Open > count.Todos {
			t.Errorf("%+v at position %d", count, i)
		}
	}
	if len(open) == 0 || len(open) != counts[0].Open || open[0].Title == "" {
		t.Errorf("%d open todos, counted %d", len(open), counts[0].Open)
	}
}

func TestAllPhotos(t *testing.T) {
	t.Parallel()
	got, _ := post(t, start(t), "all-photos.json", "")
	sameJSON(t, got["photos"].Body, `{"photos": 5000, "albums": 100, "last": 5000}`)
	if pages := got["photos"].Pages; len(pages) != 50 {
		t.Errorf("%d pages", len(pages))
	}
}

// The page itself is loaded in a browser by e2e; here is what it may rely on.
func TestDashboardIsTenLinesAndMayCall(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("dashboard.html")
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(page, []byte("\n")); lines != 10 {
		t.Errorf("%d lines", lines)
	}
	_, header := post(t, start(t), "user-todos.json", "http://127.0.0.1:8000")
	if allowed := header.Get("Access-Control-Allow-Origin"); allowed != "http://127.0.0.1:8000" {
		t.Errorf("allowed for %q", allowed)
	}
}

func TestREADMENamesEveryExample(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"*.json", "*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, error %v", pattern, files, err)
		}
		for _, file := range files {
			if !bytes.Contains(readme, []byte("["+file+"]("+file+")")) {
				t.Errorf("%s is not in the README", file)
			}
		}
	}
}
