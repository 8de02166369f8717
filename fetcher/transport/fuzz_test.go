package transport

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gather/fetcher/fetchertest"
)

// Whatever a coded body holds, decoding it keeps to the cap and the budget and gives everything back.
func FuzzDecode(f *testing.F) {
	f.Add(fetchertest.GzipBytes("hello"), "gzip")
	f.Add(fetchertest.ZstdBytes(strings.Repeat("hello", 1000)), "zstd")
	f.Add(fetchertest.GzipBytes(strings.Repeat("x", 100_000)), "gzip")
	f.Add(fetchertest.ZstdBytes("a")+fetchertest.ZstdBytes("b"), "zstd")
	f.Add("\x28\xb5\x2f\xfd\x84\x00\x00\x00\x00", "zstd")
	f.Add("\x1f\x8b", "x-gzip, identity")
	f.Fuzz(func(t *testing.T, body, name string) {
		budget := NewBudget(128 << 10)
		b, ok := NewBuffer(nil, BufferOptions{}).(*buffer)
		if !ok {
			t.Fatal("no buffer")
		}
		b.opts.Budget = budget
		in := &intake{buffer: b, ctx: context.Background(), limit: 64 << 10, decode: true}
		resp := &http.Response{
			StatusCode: 200, ContentLength: -1, Header: http.Header{"Content-Encoding": {name}, "Etag": {`"a"`}},
			Body: NewBody([]byte(body)),
		}
		got, err := in.take(&http.Request{Method: http.MethodGet}, resp)
		if err != nil {
			if budget.Used() != 0 {
				t.Fatalf("%d bytes reserved after %v", budget.Used(), err)
			}
			return
		}
		if int64(len(got.bytes)) > in.limit || budget.Used() < int64(len(got.bytes)) {
			t.Fatalf("a body of %d bytes with %d reserved", len(got.bytes), budget.Used())
		}
		if !resp.Uncompressed && !bytes.Equal(got.bytes, []byte(body)) {
			t.Fatal("a body without a coding was changed")
		}
		_ = got.Close()
		if budget.Used() != 0 {
			t.Fatalf("%d bytes reserved after Close", budget.Used())
		}
	})
}

// An origin is its own origin, and the same with its default port written out.
func FuzzOrigin(f *testing.F) {
	for _, seed := range []string{"https://a.example", "http://A.example:80/x?y", "https://[::1]:443", "http://:80", "https://a.example:8443", "http://[fe80::1%25eth0]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := url.Parse(raw)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return
		}
		first := originOf(u)
		if again := originOf(&url.URL{Scheme: first.scheme, Host: first.host}); again != first {
			t.Fatalf("%q gives %v, and that %v", raw, first, again)
		}
		name, port := splitPort(first.host)
		if port == "" && name != "" {
			if with := originOf(&url.URL{Scheme: first.scheme, Host: name + ":" + defaultPort(first.scheme)}); with != first {
				t.Fatalf("%q: %v with its port written out is %v", raw, first, with)
			}
		}
	})
}
