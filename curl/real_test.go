package curl_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"

	"gather/curl"
)

// recorder is a server that keeps what it was asked.
type recorder struct {
	*httptest.Server
	mu   sync.Mutex
	last sent
}

type sent struct {
	method, uri, body string
	header            http.Header
}

func record(t *testing.T) *recorder {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	r := &recorder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.last = sent{req.Method, req.RequestURI, string(body), req.Header}
	}))
	t.Cleanup(r.Close)
	return r
}

// run gives a line to a shell, with the real curl, and returns what arrived.
func (r *recorder) run(t *testing.T, line string) sent {
	t.Helper()
	r.mu.Lock()
	r.last = sent{}
	r.mu.Unlock()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(line, "curl ", "curl -q -s -o /dev/null ", 1))
	if strings.Contains(line, "$'") {
		cmd = exec.CommandContext(t.Context(), "bash", "-c", strings.Replace(line, "curl ", "curl -q -s -o /dev/null ", 1))
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v %s", line, err, out)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// same compares what arrived with an item.
func same(t *testing.T, line string, got sent, item curl.Item, base string) {
	t.Helper()
	uri := strings.TrimPrefix(item.URL, base)
	if uri == "" || uri[0] != '/' {
		uri = "/" + uri
	}
	if got.method != item.Method || upper(got.uri) != upper(uri) || upper(got.body) != upper(item.Body) {
		t.Errorf("%s\nsent %s %s %q\nitem %s %s %q", line, got.method, got.uri, got.body, item.Method, uri, item.Body)
	}
	want := map[string]string{}
	for _, h := range item.Headers {
		want[http.CanonicalHeaderKey(h.Name)] = h.Value
	}
	for _, name := range []string{"Content-Type", "Accept", "Authorization", "User-Agent", "Referer", "Cookie", "Range", "X-A", "X-Empty"} {
		value := strings.Join(got.header[name], ", ")
		if name == "Cookie" {
			value = strings.ReplaceAll(strings.Join(got.header[name], "; "), "; ", ";")
			want[name] = strings.ReplaceAll(want[name], "; ", ";")
		}
		if w, ok := want[name]; !ok && (name == "Accept" && value == "*/*" || name == "User-Agent" && strings.HasPrefix(value, "curl/")) {
			continue // curl's own defaults are not the item's
		} else if value != w {
			t.Errorf("%s\n%s: sent %q, item %q", line, name, value, w)
		}
	}
}

// upper writes percent-encodings as newer versions of curl do.
func upper(s string) string { return escapes.ReplaceAllStringFunc(s, strings.ToUpper) }

var escapes = regexp.MustCompile("%[0-9a-f]{2}")

// What Parse reads is what curl sends, and what Format writes makes curl send it again.
func TestCurlSendsWhatParseReads(t *testing.T) {
	t.Parallel()
	s := record(t)
	for _, args := range []string{
		`URL/x`, `-XDELETE URL/x`, `-d a=1 -d b=2 URL`, `-G -d a=1 --data-urlencode 'b=x y&z~é' 'URL/p?q=0'`, `-G -d a=1 URL/p`, `--data-urlencode 'x y' --data-urlencode '=a=b' --data-urlencode 'n=é*!()' URL`,
		`--json '{"a":' --json '1}' URL`, `-d x --json y -d z URL`, `--json '{}' -H 'accept: text/plain' URL`, `--data-raw @x URL`, `--data-binary $'a\nb\t\x41\u00e9\'' URL`, `-d $'a\r\nb' URL`, `-u user:pa:ss URL`, `--oauth2-bearer tok URL`,
		`-A me -e http://r/ -b a=1 -b b=2 -r 0-9 URL`, `-A me -H 'user-agent: you' URL`, `-H 'X-Empty;' -H 'X-A: 1' -H 'x-a: 2' URL`, `-d x -H 'Content-Type:' URL`, `-d '' URL`, `-X POST URL`, `-I URL/x`, `-I -G -d a=b URL/x`,
		`-X PUT -d '{"a":1}' -H content-type:application/json 'URL/x?a=1#frag'`, `-b a=1 -H 'Cookie: c=3' URL`, `-u a:b -H 'Authorization: Other x' URL`, `-g 'URL/{a}/[1]'`, `-sSLd x URL`, `-X GET -d x URL`, `-A '' URL`,
	} {
		line := "curl " + strings.ReplaceAll(args, "URL", s.URL)
		item, said, err := curl.Parse(line)
		if err != nil || len(said) > 0 {
			t.Errorf("%s: %v %q", line, err, said)
			continue
		}
		same(t, line, s.run(t, line), item, s.URL)
		again, err := curl.Format(item)
		if err != nil {
			t.Fatal(err)
		}
		same(t, again, s.run(t, again), item, s.URL)
	}
}

func TestCurlSendsWhatFormatWrites(t *testing.T) {
	t.Parallel()
	s := record(t)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 60 {
		item := random(r)
		item.URL = s.URL + fmt.Sprintf("/%d", i)
		line, err := curl.Format(item)
		if err != nil {
			t.Fatal(err)
		}
		same(t, line, s.run(t, line), item, s.URL)
	}
}
