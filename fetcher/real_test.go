package fetcher_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mccutchen/go-httpbin/v2/httpbin"

	"gather/demo"
	"gather/fetcher"
)

// jsonplaceholder starts jsonplaceholder's own server, from npm.
func jsonplaceholder(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs("../e2e/node_modules/jsonplaceholder")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); err != nil {
		t.Skip("jsonplaceholder is not installed: run npm ci in e2e")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	// Its own index.js does not say which port it got.
	const serve = `const s = require(process.argv[1]).listen(0, "127.0.0.1", () => console.log("port " + s.address().port))`
	server := exec.CommandContext(t.Context(), node, "-e", serve, filepath.Join(folder, "src", "app.js"))
	server.Env = append(os.Environ(), "NODE_ENV=production")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if port, ok := strings.CutPrefix(lines.Text(), "port "); ok {
			return "http://" + net.JoinHostPort("127.0.0.1", port)
		}
	}
	t.Fatal("jsonplaceholder did not start")
	return ""
}

func sampleAPI(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(demo.New(demo.Options{}))
	t.Cleanup(server.Close)
	return server.URL
}

// All pages come, from the original and from the sample API alike.
func TestAllPhotosOfTheOriginal(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		upstream func(*testing.T) string
		paginate []string
	}{
		"npm":    {jsonplaceholder, []string{`{"param": "_page"}`}},
		"sample": {sampleAPI, []string{`{"param": "_page"}`, `{"next": "link"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := tt.upstream(t)
			r := start(t, setup{local: []string{address}, limits: fetcher.Limits{Timeout: 30 * time.Second}})
			for _, paginate := range tt.paginate {
				got := r.one(t, `{"url": "`+address+`/photos?_page=1&_limit=100", "cache": "no-store", "paginate": `+paginate+`}`)
				var photos []struct{ ID int }
				if err := json.Unmarshal(got.Body, &photos); err != nil || !got.Collected || len(photos) != 5000 || len(got.Pages) != 50 {
					t.Fatalf("%s: %d photos of %d pages, error %v %+v", paginate, len(photos), len(got.Pages), err, got.Error)
				}
				for i, photo := range photos {
					if photo.ID != i+1 {
						t.Fatalf("%s: photo %d stands at position %d", paginate, photo.ID, i)
					}
				}
			}
		})
	}
}

// The sample API says the same as the original where a client can tell: which
// records there are, with which keys, and how lists lead on.
func TestSampleHasTheShapeOfTheOriginal(t *testing.T) {
	t.Parallel()
	addresses := []string{jsonplaceholder(t), sampleAPI(t)}
	r := start(t, setup{local: addresses})
	shapes := make([]map[string]string, 2)
	paths := []string{
		"/posts", "/comments", "/albums", "/photos?_limit=7", "/todos", "/users", "/posts/1", "/users/10", "/posts/101", "/todos?userId=3",
		"/posts/1/comments", "/users/2/todos", "/albums?_page=2&_limit=30", "/comments?_page=17&_limit=30", "/posts?_start=5&_limit=3", "/nothing",
	}
	for i, address := range addresses {
		shapes[i] = make(map[string]string)
		var batch fetcher.Batch
		for _, path := range paths {
			batch.Requests = append(batch.Requests, fetcher.Request{URL: address + path})
		}
		plan, err := r.Compile(batch, fetcher.CompileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for n, a := range r.run(t, t.Context(), plan, fetcher.Caller{}, nil).Responses {
			link := inOrder.ReplaceAllString(strings.ReplaceAll(a.Headers["link"], address, ""), "_limit=$2&_page=$1")
			shapes[i][paths[n]] = fmt.Sprintf("%d %s total=%s link=%s", a.Status, shapeOf(t, a.Body), a.Headers["x-total-count"], link)
		}
	}
	for _, path := range paths {
		if shapes[0][path] != shapes[1][path] {
			t.Errorf("%s\n\toriginal %s\n\tsample   %s", path, shapes[0][path], shapes[1][path])
		}
	}
}

// inOrder finds the parameters of a page, whose order says nothing.
var inOrder = regexp.MustCompile(`_page=(\d+)&_limit=(\d+)`)

// shapeOf is how many records a body has and their keys.
func shapeOf(t *testing.T, body json.RawMessage) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatalf("%.100s: %v", body, err)
	}
	keys := func(v any) string {
		record, _ := v.(map[string]any)
		return strings.Join(slices.Sorted(maps.Keys(record)), " ")
	}
	list, ok := value.([]any)
	switch {
	case !ok:
		return "one {" + keys(value) + "}"
	case len(list) == 0:
		return "none"
	default:
		return strconv.Itoa(len(list)) + " {" + keys(list[len(list)-1]) + "}"
	}
}

// go-httpbin behaves as oddly as servers do.
func TestHTTPBin(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(httpbin.New(httpbin.WithMaxDuration(30 * time.Second)))
	t.Cleanup(server.Close)
	r := start(t, setup{local: []string{server.URL}})
	for name, tt := range map[string]struct {
		item   string // after the base
		status int
		code   fetcher.Code
		body   string // in the body, where it is not ""
	}{
		"gzip":                 {`/gzip"`, 200, "", `"gzipped": true`},
		"deflate":              {`/deflate"`, 502, fetcher.CodeBadResponse, ""},
		"UTF-8 text":           {`/encoding/utf8"`, 200, "", `∮`},
		"binary":               {`/bytes/4?seed=1"`, 200, "", ``},
		"chunks":               {`/stream-bytes/4096?chunk_size=7"`, 200, "", ``},
		"lines of JSON":        {`/stream/3"`, 200, "", `{\"id\":2,`},
		"an image":             {`/image/png"`, 200, "", `iVBOR`},
		"teapot":               {`/status/418"`, 418, "", ``},
		"no content":           {`/status/204"`, 204, "", ``},
		"three redirects":      {`/redirect/3"`, 200, "", `"url"`},
		"absolute redirects":   {`/absolute-redirect/5"`, 200, "", `"url"`},
		"six redirects":        {`/redirect/6"`, 502, fetcher.CodeTooManyRedirects, ``},
		"redirect to a secret": {`/redirect-to?url=http%3A%2F%2F169.254.169.254%2F"`, 403, fetcher.CodeTargetBlocked, ``},
		"unstable":             {`/unstable?failure_rate=1", "retry": {"attempts": 2}`, 500, "", ``},
		"slow":                 {`/delay/5", "timeout": "100ms"`, 504, fetcher.CodeTimeout, ``},
		"dripping":             {`/drip?duration=5s&numbytes=5", "timeout": "100ms"`, 504, fetcher.CodeTimeout, ``},
		"a POST comes back":    {`/post", "method": "POST", "body": {"n": 9007199254740993}`, 200, "", `"data": "{\"n\": 9007199254740993}"`},
		"a range":              {`/range/100", "headers": {"Range": "bytes=0-9"}`, 206, "", ``},
		"basic auth refused":   {`/basic-auth/a/b"`, 401, "", ``},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := r.one(t, `{"url": "`+server.URL+tt.item+`}`)
			if got.Status != tt.status || got.Error.Code != tt.code || !strings.Contains(string(got.Body), tt.body) {
				t.Errorf("status %d, %+v, body %.200s", got.Status, got.Error, got.Body)
			}
			if got.Collected != (tt.code == "" && tt.status/100 == 2) {
				t.Errorf("collected %t", got.Collected)
			}
		})
	}
}

func TestSampleAPIThroughEveryFeature(t *testing.T) {
	t.Parallel()
	address := sampleAPI(t)
	r := start(t, setup{local: []string{address}})
	got := r.fetch(t, `{"requests": [
		{"id": "user", "upstream": "a", "url": "/users/1"},
		{"id": "todos", "upstream": "a", "url": "/todos?userId={{user.body.id}}", "select": "[.[] | {id, title}] | length"},
		{"id": "posts", "upstream": "a", "url": "/users/{{each}}/posts", "forEach": "user.body.id, 2, 3", "select": "length"},
		{"id": "etag", "upstream": "a", "url": "/users/1", "headers": {"If-None-Match": "{{user.headers.etag}}"}, "cache": "no-store"}
	]}`)
	got.Responses[1].wantBody(t, `20`)
	got.Responses[2].wantBody(t, `[10,10,10]`)
	if etag := got.Responses[3]; etag.Status != http.StatusNotModified || etag.Body != nil {
		t.Errorf("%+v", etag)
	}
	if !reflect.DeepEqual(got.Summary.CriticalPath[:1], []string{"user"}) {
		t.Errorf("critical path %v", got.Summary.CriticalPath)
	}
}
