package transport_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"gather/fetcher/fetchertest"
	"gather/fetcher/transport"
)

func TestBufferReadsWhole(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("0123456789abcdef", 10_000) // 160 kB: several rounds of growing
	tests := []struct {
		name   string
		answer fetchertest.Answer
		want   string
	}{
		{"known length", fetchertest.JSON(`{"a":1}`), `{"a":1}`},
		{"empty", fetchertest.Reply(200, ""), ""},
		{"large, known length", fetchertest.Reply(200, large), large},
		{"chunked", fetchertest.Chunked([]string{"hello ", "world"}), "hello world"},
		{"chunked, empty", fetchertest.Chunked(nil), ""},
		{"large, chunked", fetchertest.Chunked([]string{large[:50_000], large[50_000:]}), large},
		{"to the end of the connection", fetchertest.Raw("HTTP/1.1 200 OK\r\n\r\nuntil the end"), "until the end"},
		{"after interim responses", fetchertest.Interim(5, fetchertest.JSON(`[]`)), `[]`},
		{"an error's", fetchertest.Reply(500, "no"), "no"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			up := fetchertest.Start(t, tt.answer)
			c := newChain(t, chainOptions{})
			resp, err := get(t, t.Context(), c, up.URL)
			if err != nil {
				t.Fatal(err)
			}
			body, ok := resp.Body.(*transport.Body)
			if !ok {
				t.Fatalf("the body is a %T", resp.Body)
			}
			if got := string(body.Bytes()); got != tt.want {
				t.Errorf("Bytes: got %d bytes %.20q, want %d bytes %.20q", len(got), got, len(tt.want), tt.want)
			}
			if got := bodyOf(t, resp); got != tt.want {
				t.Errorf("Read: got %d bytes, want %d", len(got), len(tt.want))
			}
			if used, least := c.budget.Used(), int64(len(tt.want)); used < least || used > least+least/4 {
				t.Errorf("%d bytes reserved for a body of %d", used, least)
			}
			_, _ = resp.Body.Close(), resp.Body.Close()
			if used := c.budget.Used(); used != 0 {
				t.Errorf("%d bytes reserved after Close", used)
			}
		})
	}
}

func TestBufferWithoutBody(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Paths(map[string]fetchertest.Answer{
		"/200": fetchertest.Reply(200, strings.Repeat("x", 5<<20), "Content-Encoding: gzip"),
		"/204": fetchertest.Raw("HTTP/1.1 204 No Content\r\n\r\n"),
		"/304": fetchertest.Raw("HTTP/1.1 304 Not Modified\r\nContent-Length: 9999999\r\nETag: \"a\"\r\n\r\n"),
	}))
	for _, tt := range []struct{ method, path string }{{"HEAD", "/200"}, {"GET", "/204"}, {"GET", "/304"}} {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			t.Parallel()
			c := newChain(t, chainOptions{buffer: transport.BufferOptions{MaxBody: 100}})
			ctx := transport.WithCall(t.Context(), &transport.Call{Decode: true})
			resp, err := send(t, ctx, c, tt.method, up.URL+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := bodyOf(t, resp); got != "" {
				t.Errorf("got a body of %d bytes", len(got))
			}
			if tt.method == http.MethodHead && resp.Header.Get("Content-Encoding") != "gzip" {
				t.Error("the header section of a HEAD was changed")
			}
		})
	}
}

func TestBufferDecodes(t *testing.T) {
	t.Parallel()
	text := strings.Repeat(`{"id":1,"title":"delectus aut autem"}`, 3000)
	tests := []struct {
		name   string
		answer fetchertest.Answer
	}{
		{"gzip", fetchertest.Gzip(text, `ETag: "v1"`, "Content-Digest: sha-256=:AAAA=:")},
		{"x-gzip", fetchertest.Reply(200, fetchertest.GzipBytes(text), "Content-Encoding: X-GZip", `ETag: "v1"`)},
		{"zstd", fetchertest.Zstd(text, `ETag: "v1"`)},
		{"gzip in two members", fetchertest.Reply(200, fetchertest.GzipBytes(text[:100])+fetchertest.GzipBytes(text[100:]), "Content-Encoding: gzip", `ETag: "v1"`)},
		{"zstd in two frames", fetchertest.Reply(200, fetchertest.ZstdBytes(text[:100])+fetchertest.ZstdBytes(text[100:]), "Content-Encoding: zstd", `ETag: "v1"`)},
		{"identity", fetchertest.Reply(200, text, "Content-Encoding: identity", `ETag: W/"v1"`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			up := fetchertest.Start(t, tt.answer)
			c := newChain(t, chainOptions{})
			resp, err := get(t, transport.WithCall(t.Context(), &transport.Call{Decode: true}), c, up.URL)
			if err != nil {
				t.Fatal(err)
			}
			if got := bodyOf(t, resp); got != text {
				t.Errorf("got %d bytes, want %d", len(got), len(text))
			}
			if got := resp.Header.Get("ETag"); got != `W/"v1"` {
				t.Errorf("ETag %s names the coded bytes", got)
			}
			if tt.name != "identity" {
				for _, name := range []string{"Content-Encoding", "Content-Length", "Content-Digest"} {
					if got := resp.Header.Get(name); got != "" {
						t.Errorf("%s: %s is not true of the decoded body", name, got)
					}
				}
			}
			if resp.ContentLength != int64(len(text)) {
				t.Errorf("ContentLength %d", resp.ContentLength)
			}
			if used, least := c.budget.Used(), int64(len(text)); used < least || used > least+least/4 {
				t.Errorf("%d bytes reserved for a body of %d", used, least)
			}
		})
	}
}

func TestBufferLeavesCodingAlone(t *testing.T) {
	t.Parallel()
	coded := fetchertest.GzipBytes("hello")
	up := fetchertest.Start(t, fetchertest.Paths(map[string]fetchertest.Answer{
		"/gzip": fetchertest.Gzip("hello", `ETag: "v1"`),
		"/br":   fetchertest.Reply(200, "brotli", "Content-Encoding: br"),
		"/part": fetchertest.Reply(206, coded[:10], "Content-Encoding: gzip", "Content-Range: bytes 0-9/29"),
	}))
	c := newChain(t, chainOptions{})
	for _, tt := range []struct {
		path, body string
		decode     bool
	}{{"/gzip", coded, false}, {"/br", "brotli", false}, {"/part", coded[:10], true}} {
		resp, err := get(t, transport.WithCall(t.Context(), &transport.Call{Decode: tt.decode}), c, up.URL+tt.path)
		if err != nil {
			t.Fatal(err)
		}
		if got := bodyOf(t, resp); got != tt.body || resp.Header.Get("Content-Encoding") == "" || resp.Header.Get("Content-Length") == "" {
			t.Errorf("%s: got %q with %v", tt.path, got, resp.Header)
		}
	}
}

func TestBufferTrailers(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Chunked([]string{"body"}, "X-Checksum: 42"))
	resp, err := get(t, t.Context(), newChain(t, chainOptions{}), up.URL)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Trailer.Get("X-Checksum"); got != "42" {
		t.Errorf("trailer: %q", got)
	}
}

func TestBufferCaps(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer fetchertest.Answer
		call   int64 // the Call's cap
		want   error
	}{
		{"known length at the cap", fetchertest.Reply(200, strings.Repeat("x", 1000)), 0, nil},
		{"known length above it", fetchertest.Reply(200, strings.Repeat("x", 1001)), 0, transport.ErrBodyTooLarge},
		{"chunked at the cap", fetchertest.Chunked([]string{strings.Repeat("x", 1000)}), 0, nil},
		{"chunked above it", fetchertest.Chunked([]string{strings.Repeat("x", 1001)}), 0, transport.ErrBodyTooLarge},
		{"gzip at the cap", fetchertest.Gzip(strings.Repeat("x", 1000)), 0, nil},
		{"gzip above it", fetchertest.Gzip(strings.Repeat("x", 1001)), 0, transport.ErrBodyTooLarge},
		{"zstd at the cap", fetchertest.Zstd(strings.Repeat("x", 1000)), 0, nil},
		{"zstd above it", fetchertest.Zstd(strings.Repeat("x", 1001)), 0, transport.ErrBodyTooLarge},
		{"at the call's cap", fetchertest.Reply(200, strings.Repeat("x", 10)), 10, nil},
		{"above the call's cap", fetchertest.Reply(200, strings.Repeat("x", 11)), 10, transport.ErrBodyTooLarge},
		{"the call's cap above the server's", fetchertest.Reply(200, strings.Repeat("x", 1001)), 5000, transport.ErrBodyTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			up := fetchertest.Start(t, tt.answer)
			c := newChain(t, chainOptions{buffer: transport.BufferOptions{MaxBody: 1000}})
			_, err := get(t, transport.WithCall(t.Context(), &transport.Call{Decode: true, MaxBody: tt.call}), c, up.URL)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestBufferBudget(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("x", 600)
	up := fetchertest.Start(t, fetchertest.Paths(map[string]fetchertest.Answer{
		"/known":   fetchertest.Reply(200, body),
		"/chunked": fetchertest.Chunked([]string{body}),
		"/gzip":    fetchertest.Gzip(body),
	}))
	budget := transport.NewBudget(1000)
	c := newChain(t, chainOptions{buffer: transport.BufferOptions{Budget: budget}})
	ctx := transport.WithCall(t.Context(), &transport.Call{Decode: true})
	held, err := get(t, ctx, c, up.URL+"/known")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/chunked", "/gzip"} {
		if _, err := get(t, ctx, c, up.URL+path); !errors.Is(err, transport.ErrOverloaded) {
			t.Errorf("%s: a body of unknown length waited or was let in: %v", path, err)
		}
	}
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	if _, err := get(t, short, c, up.URL+"/known"); !errors.Is(err, transport.ErrOverloaded) || short.Err() != nil {
		t.Errorf("the wait for memory ended with %v; the deadline had passed: %v", err, short.Err())
	}
	if used := budget.Used(); used != 600 {
		t.Errorf("%d bytes reserved, want those of the one body held", used)
	}

	waited := make(chan error, 1)
	go func() {
		_, err := get(t, ctx, c, up.URL+"/known")
		waited <- err
	}()
	for up.Calls() < 5 { // it is on its way; whether it waits already does not matter
		time.Sleep(time.Millisecond)
	}
	_ = held.Body.Close()
	if err := <-waited; err != nil {
		t.Errorf("a body of known length did not get the memory given back: %v", err)
	}
}

func TestBufferTimesPhases(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Slow(30*time.Millisecond, fetchertest.JSON(`{}`)))
	c := newChain(t, chainOptions{})
	first, second := &transport.Call{}, &transport.Call{}
	for _, call := range []*transport.Call{first, second} {
		begun := time.Now()
		if _, err := get(t, transport.WithCall(t.Context(), call), c, strings.Replace(up.URL, "127.0.0.1", "localhost", 1)); err != nil {
			t.Fatal(err)
		}
		total, tr := time.Since(begun), call.Trace()
		if tr.Wait < 30*time.Millisecond || tr.Attempts != 1 || tr.Bytes != 2 {
			t.Errorf("trace %+v", tr)
		}
		if sum := tr.Queued + tr.DNS + tr.Connect + tr.TLS + tr.Wait + tr.Receive; sum > total {
			t.Errorf("the phases add up to %v of %v", sum, total)
		}
	}
	if tr := first.Trace(); tr.Reused || tr.Connect == 0 || tr.DNS == 0 {
		t.Errorf("first: %+v", tr)
	}
	if tr := second.Trace(); !tr.Reused || tr.Connect != 0 || tr.DNS != 0 {
		t.Errorf("second: %+v", tr)
	}
}

func TestBufferKeepsOuterHooks(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Paths(map[string]fetchertest.Answer{
		"/three": fetchertest.Interim(3, fetchertest.JSON(`{}`)),
		"/flood": fetchertest.InterimFlood(),
	}))
	c := newChain(t, chainOptions{})
	interim := 0
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
			if code != http.StatusEarlyHints {
				t.Errorf("interim status %d", code)
			}
			interim++
			return nil
		},
	})
	if _, err := get(t, ctx, c, up.URL+"/three"); err != nil || interim != 3 {
		t.Fatalf("%d interim responses seen, want 3: %v", interim, err)
	}
	bounded, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := get(t, bounded, c, up.URL+"/flood"); !errors.Is(err, transport.ErrBadResponse) {
		t.Errorf("a flood of interim responses ended with %v", err)
	}
}

func TestBufferCancel(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Stalled(100, "half"))
	c := newChain(t, chainOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(30*time.Millisecond, cancel)
	if _, err := get(t, ctx, c, up.URL); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
