package transport_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gather/fetcher/fetchertest"
	"gather/fetcher/transport"
)

// badInputs are upstreams that answer badly or never, and what a call to each ends with.
var badInputs = []struct {
	name   string
	answer fetchertest.Answer
	want   error
}{
	{"never answers", fetchertest.Silent(), context.DeadlineExceeded},
	{"one byte a second", fetchertest.Drip(time.Second), context.DeadlineExceeded},
	{"many bytes, slowly", fetchertest.Drip(time.Millisecond), context.DeadlineExceeded},
	{"headers one byte a second", fetchertest.DripHeaders(time.Second), context.DeadlineExceeded},
	{"declared length never comes", fetchertest.Stalled(1000, "half"), context.DeadlineExceeded},
	{"interim responses, then nothing", fetchertest.Interim(3, fetchertest.Silent()), context.DeadlineExceeded},
	{"closes", fetchertest.Dead(), transport.ErrTruncated},
	{"resets", fetchertest.Reset(), transport.ErrTruncated},
	{"resets midway", fetchertest.ResetMidway(), transport.ErrTruncated},
	{"half a status line", fetchertest.Raw("HTTP/1."), transport.ErrBadResponse},
	{"half a header section", fetchertest.Raw("HTTP/1.1 200 OK\r\nContent-"), transport.ErrBadResponse},
	{"shorter than declared", fetchertest.Truncated(1000, "short"), transport.ErrTruncated},
	{"chunks without an end", fetchertest.TruncatedChunks(), transport.ErrTruncated},
	{"chunk longer than declared", fetchertest.Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n"), transport.ErrBadResponse},
	{"chunk length no number", fetchertest.Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n"), transport.ErrBadResponse},
	{"two lengths", fetchertest.Raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), transport.ErrBadResponse},
	{"length no number", fetchertest.Raw("HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello"), transport.ErrBadResponse},
	{"length below zero", fetchertest.Raw("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"), transport.ErrBadResponse},
	{"no HTTP", fetchertest.Raw("SSH-2.0-OpenSSH_9.6\r\n"), transport.ErrBadResponse},
	{"zeros", fetchertest.Raw(strings.Repeat("\x00", 5000)), transport.ErrBadResponse},
	{"HTTP/9.9 garbage", fetchertest.Raw("HTTP/x.y 200 OK\r\n\r\n"), transport.ErrBadResponse},
	{"status 0", fetchertest.Reply(0, ""), transport.ErrBadResponse},
	{"status 99", fetchertest.Reply(99, ""), transport.ErrBadResponse},
	{"status 600", fetchertest.Reply(600, ""), transport.ErrBadResponse},
	{"status 999", fetchertest.Reply(999, ""), transport.ErrBadResponse},
	{"status -1", fetchertest.Raw("HTTP/1.1 -1 Odd\r\n\r\n"), transport.ErrBadResponse},
	{"status 20", fetchertest.Raw("HTTP/1.1 20 Short\r\n\r\n"), transport.ErrBadResponse},
	{"101", fetchertest.Switching(), transport.ErrBadResponse},
	{"endless headers", fetchertest.EndlessHeaders(), transport.ErrBadResponse},
	{"1xx flood", fetchertest.InterimFlood(), transport.ErrBadResponse},
	{"endless body", fetchertest.Endless(), transport.ErrBodyTooLarge},
	{"declared length above the cap", fetchertest.Stalled(1<<40, ""), transport.ErrBodyTooLarge},
	{"gzip bomb", fetchertest.GzipBomb(20 << 20), transport.ErrBodyTooLarge},
	{"zstd bomb", fetchertest.ZstdBomb(20 << 20), transport.ErrBodyTooLarge},
	{"gzip that is none", fetchertest.Reply(200, "not gzip", "Content-Encoding: gzip"), transport.ErrBadResponse},
	{"zstd that is none", fetchertest.Reply(200, "not zstd", "Content-Encoding: zstd"), transport.ErrBadResponse},
	{"gzip cut off", fetchertest.Reply(200, fetchertest.GzipBytes(strings.Repeat("abc", 1000))[:20], "Content-Encoding: gzip"), transport.ErrBadResponse},
	{"a coding nobody asked for", fetchertest.Reply(200, "x", "Content-Encoding: br"), transport.ErrBadResponse},
	{"codings on top of each other", fetchertest.Reply(200, "x", "Content-Encoding: gzip, gzip"), transport.ErrBadResponse},
}

// TestBadInput is not parallel: it counts the process's goroutines and file descriptors.
func TestBadInput(t *testing.T) {
	const deadline = 800 * time.Millisecond
	fds := openFiles(t)
	t.Run("all", func(t *testing.T) {
		for _, bad := range badInputs {
			t.Run(bad.name, func(t *testing.T) {
				t.Parallel()
				up := fetchertest.Start(t, bad.answer)
				c := newChain(t, chainOptions{buffer: transport.BufferOptions{MaxBody: 1 << 20}})
				call := &transport.Call{Decode: true}
				ctx, cancel := context.WithTimeout(transport.WithCall(t.Context(), call), deadline)
				defer cancel()
				begun := time.Now()
				_, err := get(t, ctx, c, up.URL+"/path?token=secret")
				if took := time.Since(begun); took > deadline+time.Second {
					t.Errorf("ended %v after its deadline", took-deadline)
				}
				if !errors.Is(err, bad.want) {
					t.Fatalf("got %v, want %v", err, bad.want)
				}
				if bad.want == transport.ErrBadResponse && errors.Is(err, transport.ErrTruncated) {
					t.Error("a malformed answer is told to be a broken-off one")
				}
				if text := err.Error(); strings.Contains(text, "secret") || strings.Contains(text, "127.0.0.1") {
					t.Errorf("the error tells too much: %q", text)
				}
				if used := c.budget.Used(); used != 0 {
					t.Errorf("%d bytes of the budget were not given back", used)
				}
				if got := call.Trace().Attempts; got != 1 {
					t.Errorf("%d attempts recorded, want 1", got)
				}
			})
		}
	})
	goleak.VerifyNone(t)
	if now := openFiles(t); now > fds {
		t.Errorf("%d file descriptors are open, %d were before", now, fds)
	}
}

// An upstream that accepts and then does nothing: it shakes no hands over TLS, and reads no request.
func TestUpstreamThatOnlyAccepts(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	for _, tt := range []struct {
		name, method, url string
		body              io.Reader
	}{
		{"TLS", http.MethodGet, "https://" + listener.Addr().String(), nil},
		{"a request too large for the socket's buffers", http.MethodPut, "http://" + listener.Addr().String(), bytes.NewReader(make([]byte, 32<<20))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const deadline = 300 * time.Millisecond
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			begun := time.Now()
			_, err := send(t, ctx, newChain(t, chainOptions{}), tt.method, tt.url, tt.body)
			if took := time.Since(begun); !errors.Is(err, context.DeadlineExceeded) || took > deadline+time.Second {
				t.Errorf("got %v after %v", err, took)
			}
		})
	}
}

// A connection that answered badly must not serve another call.
func TestBadInputConnectionsAreNotReused(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Paths(map[string]fetchertest.Answer{
		"/101":      fetchertest.Switching(),
		"/large":    fetchertest.Reply(200, strings.Repeat("x", 2<<20)),
		"/overlong": fetchertest.Overlong(5, "hello"+"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"),
		"/good":     fetchertest.JSON(`{}`),
	}))
	c := newChain(t, chainOptions{buffer: transport.BufferOptions{MaxBody: 1 << 20}})
	for _, path := range []string{"/101", "/large"} {
		if _, err := get(t, t.Context(), c, up.URL+path); err == nil {
			t.Errorf("%s was answered", path)
		}
	}
	resp, err := get(t, t.Context(), c, up.URL+"/overlong")
	if err != nil || bodyOf(t, resp) != "hello" {
		t.Errorf("what stands within the declared length is the body: %v", err)
	}
	for range 3 {
		resp, err := get(t, t.Context(), c, up.URL+"/good")
		if err != nil || bodyOf(t, resp) != "{}" {
			t.Fatalf("the next call met the last one's leftovers: %v", err)
		}
	}
}

func TestRedirectCircleIsTheClientsToEnd(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Paths(map[string]fetchertest.Answer{
		"/a": fetchertest.Redirect("/b"), "/b": fetchertest.Redirect("/a"),
	}))
	c := newChain(t, chainOptions{})
	call := &transport.Call{}
	client := &http.Client{Transport: c, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) > 5 {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	req, err := http.NewRequestWithContext(transport.WithCall(t.Context(), call), http.MethodGet, up.URL+"/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if got := call.Trace().Attempts; got != 6 || up.Calls() != 6 {
		t.Errorf("%d attempts recorded of %d calls, want 6", got, up.Calls())
	}
	if used := c.budget.Used(); used != 0 {
		t.Errorf("%d bytes of the budget were not given back", used)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}
