package handlers_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"gather/fetcher/fetchertest"
)

// TestRubbish sends what nobody should send. Each is refused in words, quickly
// and at a bounded cost, and the service goes on.
func TestRubbish(t *testing.T) {
	t.Parallel()
	r := serve(t, fetchertest.Start(t, fetchertest.JSON("1")).URL)
	const deep, mega = 100_000, 1_000_000
	item := func(member string) string { return `{"requests":[{"url":"UP/",` + member + `}]}` }
	for name, tt := range map[string]struct {
		body      string
		mediaType string
		status    int
	}{
		"deep array":            {strings.Repeat("[", deep), "application/json", 400},
		"deep array, closed":    {strings.Repeat("[", deep) + strings.Repeat("]", deep), "application/json", 400},
		"deep object":           {strings.Repeat(`{"requests":`, deep), "application/json", 400},
		"deep unknown key":      {`{"x":` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + `}`, "", 400},
		"deep body":             {item(`"method":"POST","body":` + strings.Repeat("[", deep) + strings.Repeat("]", deep)), "", 400},
		"spaces":                {strings.Repeat(" ", maxBody), "application/json", 400},
		"spaces as a list":      {strings.Repeat(" ", maxBody), "text/plain", 400},
		"line breaks as a list": {strings.Repeat("\n", mega), "text/plain", 422},
		"spaces, one too many":  {strings.Repeat(" ", maxBody+1), "application/json", 413},
		"a million items":       {`{"requests":[` + strings.Repeat(`{},`, mega) + `{}]}`, "", 422},
		"a million numbers":     {`{"requests":[` + strings.Repeat(`1,`, mega) + `1]}`, "", 422},
		"millions of lines":     {strings.Repeat("h:\n", 2*mega), "text/plain", 422},
		"a million parameters":  {strings.Repeat("url&", mega), "application/x-www-form-urlencoded", 400},
		"very many names":       {wide(50_000), "", 422},
		"very many headers":     {item(`"headers":` + wide(50_000)), "", 422},
		"a long id":             {item(`"id":"` + strings.Repeat("a", mega) + `"`), "", 422},
		"a long url":            {`{"requests":[{"url":"http://a.example/` + strings.Repeat("a", mega) + `"}]}`, "", 422},
		"a long number":         {`{"concurrency":` + strings.Repeat("9", mega) + `}`, "", 422},
		"a long exponent":       {`{"concurrency":1e999999999}`, "", 422},
		"a long duration":       {`{"timeout":"` + strings.Repeat("9", mega) + `h"}`, "", 422},
		"a long expression":     {item(`"select":"` + strings.Repeat("(", mega) + `"`), "", 422},
		"a long template":       {`{"requests":[{"url":"` + strings.Repeat("{{a.b}}", 100_000) + `"}]}`, "", 422},
		"NUL":                   {"\x00", "", 422},
		"NUL in JSON":           {"{\"requests\"\x00:[]}", "", 400},
		"NUL in a string":       {item(`"id":"\u0000"`), "", 422},
		"a byte order mark":     {"\xef\xbb\xbf" + item(`"id":"a"`), "application/json", 400},
		"UTF-16":                {"{\x00}\x00", "application/json", 400},
		"gzip unannounced":      {fetchertest.GzipBytes(item(`"id":"a"`)), "application/json", 400},
		"nothing":               {"", "", 422},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var fields []string
			if tt.mediaType != "" {
				fields = append(fields, "Content-Type: "+tt.mediaType)
			}
			got := r.call("POST", "/v1/fetch", tt.body, fields...)
			if got.problem(t, tt.status); len(got.body) > 64<<10 {
				t.Errorf("%d bytes are said about it", len(got.body))
			}
		})
	}
	for _, coding := range []string{"gzip", "br", "zstd, gzip"} {
		r.call("POST", "/v1/fetch", "{}", "Content-Encoding: "+coding).problem(t, http.StatusUnsupportedMediaType)
	}
}

// wide is an object of so many different names.
func wide(n int) string {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := range n {
		fmt.Fprintf(&b, `"%x":1,`, i)
	}
	b.WriteString(`"z":1}`)
	return b.String()
}

// TestEndlessBody shows that a body without a declared length is read to the cap
// and no further.
func TestEndlessBody(t *testing.T) {
	t.Parallel()
	r := serve(t, handle(t, http.NotFound))
	for _, path := range []string{"/v1/fetch", r.rawPath("/")} {
		request, err := http.NewRequestWithContext(t.Context(), "POST", r.url+path, io.LimitReader(spaces{}, 4<<30))
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		response, err := r.Do(request)
		runtime.ReadMemStats(&after)
		// The service may close the connection while the rest is still being sent.
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: %d", path[:7], response.StatusCode)
			}
		}
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 256<<20 {
			t.Errorf("%s: the heap grew by %d bytes", path[:7], grown)
		}
	}
	r.call("GET", "/livez", "").want(t, http.StatusOK)
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestMalformedHTTP sends bytes that are no request, or could be two.
func TestMalformedHTTP(t *testing.T) {
	t.Parallel()
	upstream := fetchertest.Start(t, fetchertest.JSON("1"))
	r := serve(t, upstream.URL)
	host := strings.TrimPrefix(r.url, "http://")
	for name, head := range map[string]string{
		"two lengths":            "POST /v1/raw?url=UP/ HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"length and chunks":      "POST /v1/raw?url=UP/ HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"a space before a colon": "GET /livez HTTP/1.1\r\nHost : HOST\r\n\r\n",
		"no host":                "GET /livez HTTP/1.1\r\n\r\n",
		"two hosts":              "GET /livez HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n",
		"a folded field":         "GET /livez HTTP/1.1\r\nHost: HOST\r\nX-A: 1\r\n\tContent-Length: 9\r\n X\r\n\x00\r\n\r\n",
		"a bare carriage return": "GET /livez HTTP/1.1\r\nHost: HOST\r\nX-A: a\rb\r\n\r\n",
		"rubbish":                "\x16\x03\x01\x00\x05hello\r\n\r\n",
		"the target's authority": "GET http://evil.example/livez HTTP/1.1\r\nHost: HOST\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", host)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			_, _ = io.WriteString(conn, strings.NewReplacer("HOST", host, "UP", upstream.URL).Replace(head))
			first := make([]byte, 12)
			if _, err := io.ReadFull(conn, first); err == nil && !strings.HasPrefix(string(first), "HTTP/1.1 4") && string(first) != "HTTP/1.1 501" {
				t.Errorf("answered with %q", first)
			}
		})
	}
	if upstream.Calls() > 0 {
		t.Errorf("%d calls went through", upstream.Calls())
	}
}

// TestHugeHeader stands for what the server's own bound refuses; here a large
// header below it goes through the interface unharmed.
func TestHugeHeader(t *testing.T) {
	t.Parallel()
	r := serve(t, fetchertest.Start(t, fetchertest.JSON("1")).URL)
	large := strings.Repeat("a", 60<<10)
	for _, field := range []string{"Accept", "Prefer", "X-Request-Id", "Idempotency-Key", "Content-Type", "Last-Event-Id"} {
		if got := r.call("POST", "/v1/fetch", `{"requests":[{"url":"UP/"}]}`, field+": "+large); got.StatusCode >= 500 {
			t.Errorf("%s: %d", field, got.StatusCode)
		}
	}
}
