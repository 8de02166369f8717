package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"gather/demo"
)

// sample is the sample API and a configuration that lets it be fetched.
func sample(t *testing.T, handler http.Handler) (base, config string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL, writeConfig(t, `upstreams: [{name: sample, url: "`+server.URL+`", allow: [127.0.0.1/32], rate: 0}]`)
}

// fetching runs gather fetch with a standard input.
func fetching(t *testing.T, in, config string, args ...string) (out, errs string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"fetch", "--config", config}, args...)
	code = run(t.Context(), args, nil, Streams{In: strings.NewReader(in), Out: &stdout, Err: &stderr})
	return stdout.String(), stderr.String(), code
}

type fetched struct {
	Responses []struct {
		ID        string
		Collected bool
		Status    int
		URL       string
		Body      json.RawMessage
	}
	Summary struct{ Requests, Collected, NotCollected int }
}

func readFetched(t *testing.T, text string) fetched {
	t.Helper()
	var got fetched
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("not one JSON: %v\n%.500s", err, text)
	}
	return got
}

func TestFetchExitsWithWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	base, config := sample(t, demo.New(demo.Options{}))
	list := "# users\n" + base + "/users/1\n\n  " + base + "/users/2  \n"
	batch := filepath.Join(t.TempDir(), "batch.json")
	text := `{"requests": [{"id": "user", "url": "` + base + `/users/1"}, {"upstream": "sample", "url": "/todos?userId={{user.body.id}}", "select": "length"}]}`
	if err := os.WriteFile(batch, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		in   string
		args []string
		urls []string // after the base
		code int
	}{
		"URLs":                    {"", []string{base + "/users/1", base + "/posts/2"}, []string{"/users/1", "/posts/2"}, 0},
		"one is missing":          {"", []string{base + "/users/1", base + "/users/99"}, []string{"/users/1", "/users/99"}, 1},
		"a list on stdin":         {list, []string{"-"}, []string{"/users/1", "/users/2"}, 0},
		"a list among URLs":       {list, []string{base + "/posts/1", "-", base + "/posts/2"}, []string{"/posts/1", "/users/1", "/users/2", "/posts/2"}, 0},
		"a batch in a file":       {"", []string{"-f", batch}, []string{"/users/1", "/todos?userId=1"}, 0},
		"a batch on stdin":        {text, []string{"-f", "-"}, []string{"/users/1", "/todos?userId=1"}, 0},
		"one by one, with a time": {"", []string{"--concurrency", "1", "--timeout", "20s", base + "/users/1"}, []string{"/users/1"}, 0},
		"curl after URLs":         {"", []string{"--curl", "curl '" + base + "/users/2'", base + "/users/1"}, []string{"/users/1", "/users/2"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, errs, code := fetching(t, tt.in, config, tt.args...)
			got := readFetched(t, out)
			var urls []string
			for _, response := range got.Responses {
				urls = append(urls, strings.TrimPrefix(response.URL, base))
			}
			if code != tt.code || !reflect.DeepEqual(urls, tt.urls) || got.Summary.NotCollected != tt.code {
				t.Errorf("exit code %d, fetched %v, %+v", code, urls, got.Summary)
			}
			if errs != "" { // no terminal, no bar
				t.Errorf("on stderr: %q", errs)
			}
		})
	}
}

func TestFetchWritesNDJSON(t *testing.T) {
	t.Parallel()
	base, config := sample(t, demo.New(demo.Options{}))
	out, errs, code := fetching(t, "", config, "--ndjson", base+"/users/1", base+"/users/99")
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != 3 || code != 1 || errs != "" {
		t.Fatalf("exit code %d, %d lines, stderr %q:\n%s", code, len(lines), errs, out)
	}
	for i, line := range lines {
		var got map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &got); err != nil || (got["id"] == nil) == (i < 2) || (got["summary"] == nil) == (i == 2) {
			t.Errorf("line %d: %s", i, line)
		}
	}
}

func TestFetchSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	_, config := sample(t, demo.New(demo.Options{}))
	for name, tt := range map[string]struct {
		in, want string
		args     []string
		code     int
	}{
		"nothing":              {"", "nothing to fetch: give URLs, -, --curl or -f FILE", nil, 1},
		"an empty list":        {"# none\n", "nothing to fetch", []string{"-"}, 1},
		"both":                 {"", "give URLs and --curl or -f, not both", []string{"-f", "-", "https://a.example/"}, 1},
		"no such file":         {"", "no such file", []string{"-f", "/nowhere/batch.json"}, 1},
		"not JSON":             {`{"requests": [`, "line 1, column 15: ", []string{"-f", "-"}, 1},
		"an unknown key":       {`{"request": []}`, "#/request: unknown key", []string{"-f", "-"}, 1},
		"a callback":           {`{"requests": [{"url": "https://a.example/"}], "callback": {"url": "https://a.example/"}}`, "a callback is for jobs", []string{"-f", "-"}, 1},
		"not a URL":            {"", "#/requests/0/url: ", []string{"users/1"}, 1},
		"an unknown flag":      {"", "unknown flag --nope", []string{"--nope"}, 2},
		"no curl":              {"", "--curl 2: ", []string{"--curl", "curl https://a.example/", "--curl", "wget https://a.example/"}, 1},
		"curl's own method":    {"", "#/requests/0/method: ", []string{"--curl", "curl -X TRACE https://a.example/"}, 1},
		"data that is no text": {"", "not text in UTF-8", []string{"--curl", `curl -d $'\xff' https://a.example/`}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, errs, code := fetching(t, tt.in, config, tt.args...)
			if code != tt.code || out != "" || !strings.Contains(errs, tt.want) {
				t.Errorf("exit code %d, out %q, stderr %q", code, out, errs)
			}
		})
	}
}

// sent is what a curl command line made of a request.
type sent struct {
	method, target, body, contentType, header string
}

func TestFetchTakesCurl(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var last sent
	base, config := sample(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		last = sent{r.Method, r.URL.RequestURI(), string(body), r.Header.Get("Content-Type"), r.Header.Get("X-A")}
		mu.Unlock()
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusFound)
		}
	}))
	for _, tt := range []struct {
		line   string // the URL is {}
		want   sent
		status int
		said   []string
	}{
		{`curl {}/a?b=c,d`, sent{"GET", "/a?b=c,d", "", "", ""}, 200, nil},
		{`curl -X PUT {}/a --json '{"n": 9007199254740993}' -H 'X-A: one, two'`, sent{"PUT", "/a", `{"n": 9007199254740993}`, "application/json", "one, two"}, 200, nil},
		{`curl {}/a --json '"text"'`, sent{"POST", "/a", `"text"`, "application/json", ""}, 200, nil},
		{`curl {}/a -d 'a={{b.body}}' -H 'X-A: {{c}}'`, sent{"POST", "/a", "a={{b.body}}", "application/x-www-form-urlencoded", "{{c}}"}, 200, nil},
		{`curl {}/a -d '' `, sent{"POST", "/a", "", "application/x-www-form-urlencoded", ""}, 200, nil},
		{`curl -I {}/a`, sent{"HEAD", "/a", "", "", ""}, 200, nil},
		{`curl {}/moved`, sent{"GET", "/moved", "", "", ""}, 302, nil},
		{`curl -L {}/moved`, sent{"GET", "/", "", "", ""}, 200, nil},
		{`curl -k {}/a`, sent{"GET", "/a", "", "", ""}, 200, []string{"-k"}},
		{`curl {}/a -H 'Host: other' -H 'Accept-Encoding: br' --retry 99`, sent{"GET", "/a", "", "", ""}, 200, []string{"--retry", "Host", "Accept-Encoding"}},
		{`curl {}/a -d x -H 'Content-Type:'`, sent{"POST", "/a", "x", "application/octet-stream", ""}, 200, []string{"Content-Type"}},
	} {
		out, errs, _ := fetching(t, "", config, "--curl", strings.ReplaceAll(tt.line, "{}", base))
		mu.Lock()
		got := last
		mu.Unlock()
		if status := readFetched(t, out).Responses[0].Status; got != tt.want || status != tt.status {
			t.Errorf("%s: status %d, sent %+v", tt.line, status, got)
		}
		lines := strings.Split(strings.TrimSpace(errs), "\n")
		if errs == "" {
			lines = nil
		}
		if len(lines) != len(tt.said) {
			t.Errorf("%s: said %q", tt.line, errs)
			continue
		}
		for i, line := range lines {
			if !strings.HasPrefix(line, "gather: --curl 1: not translated: ") || !strings.Contains(line, tt.said[i]) {
				t.Errorf("%s: said %q", tt.line, line)
			}
		}
	}
}
