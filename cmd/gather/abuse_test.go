package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// mostGrowth is how far abuse may let the program's memory grow, in bytes.
const mostGrowth = 256 << 20

// impatient are short time-outs, so that what is to be closed by them is soon.
var impatient = []string{
	"GATHER_SERVER_TIMEOUTS_READ_HEADER=700ms", "GATHER_SERVER_TIMEOUTS_READ=1s",
	"GATHER_SERVER_TIMEOUTS_WRITE=700ms", "GATHER_SERVER_TIMEOUTS_IDLE=700ms",
}

// watched starts the program, and at the end of the test shows that it has not
// grown and still answers.
func watched(t *testing.T, env ...string) *program {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("skipped: the memory of another process, for want of /proc")
	}
	p := startProgram(t, "", env...)
	before := p.memory("VmRSS")
	t.Cleanup(func() {
		p.alive()
		grown := p.memory("VmHWM") - before
		t.Logf("grown by %d MiB", grown>>20)
		if grown > mostGrowth {
			t.Errorf("the program grew by %d MiB", grown>>20)
		}
	})
	return p
}

// alive asks for /livez on a connection of its own and says how long that took.
func (p *program) alive() time.Duration {
	p.t.Helper()
	began := time.Now()
	conn := p.dial()
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(conn, "GET /livez HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", p.address)
	if answer, err := io.ReadAll(conn); err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 200")) {
		p.t.Errorf("/livez: %v, %.40q", err, answer)
	}
	return time.Since(began)
}

// TestLingeringConnections holds 300 connections in every way there is not to
// finish. All must be closed, while others are served as ever.
func TestLingeringConnections(t *testing.T) {
	t.Parallel()
	p := watched(t, impatient...)
	ways := map[string]func(net.Conn){
		"silent": func(net.Conn) {},
		"idle": func(c net.Conn) {
			_, _ = fmt.Fprintf(c, "GET /livez HTTP/1.1\r\nHost: %s\r\n\r\n", p.address)
		},
		"half open": func(c net.Conn) {
			_, _ = fmt.Fprintf(c, "POST /v1/fetch HTTP/1.1\r\nHost: %s\r\nContent-Length: 99\r\n", p.address)
			_ = c.(*net.TCPConn).CloseWrite()
		},
		"slow header": func(c net.Conn) {
			_, _ = fmt.Fprintf(c, "GET /livez HTTP/1.1\r\nHost: %s\r\n", p.address)
			drip(c, "X-A: b\r\n")
		},
		"slow body": func(c net.Conn) {
			_, _ = fmt.Fprintf(c, "POST /v1/fetch HTTP/1.1\r\nHost: %s\r\nContent-Length: 1000000\r\n\r\n", p.address)
			drip(c, "{")
		},
		"slow chunks": func(c net.Conn) {
			_, _ = fmt.Fprintf(c, "POST /v1/raw?url=http://a.example HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n", p.address)
			drip(c, "1\r\n \r\n")
		},
	}
	var open sync.WaitGroup
	for name, way := range ways {
		for range 50 {
			conn := p.dial()
			open.Go(func() {
				go way(conn)
				if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%s: not closed", name)
				}
				_ = conn.Close()
			})
		}
	}
	closed := make(chan struct{})
	go func() { open.Wait(); close(closed) }()
	for asked := 0; ; asked++ {
		if took := p.alive(); took > 500*time.Millisecond {
			t.Errorf("/livez took %v", took)
		}
		select {
		case <-closed:
			t.Logf("/livez was asked %d times", asked+1)
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// drip writes a piece again and again, well within any time-out between two.
func drip(c net.Conn, piece string) {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for range ticker.C {
		if _, err := io.WriteString(c, piece); err != nil {
			return
		}
	}
}

// TestAnswersNobodyReads asks for more than the sockets hold and reads nothing:
// the connection must be given up, and with it the answer's share of memory.
func TestAnswersNobodyReads(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte("a"), 9<<20)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(large) }))
	defer upstream.Close()
	p := startProgram(t, "upstreams: [{name: up, url: '"+upstream.URL+"', allow: [127.0.0.1]}]", impatient...)
	for _, path := range []string{"/v1/raw?url=", "/v1/fetch?url="} {
		conn := p.dial()
		_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		_, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path+url.QueryEscape(upstream.URL), p.address)
		// What is sent to a closed connection comes back as an error.
		drip(conn, "x")
		got, err := io.Copy(io.Discard, conn)
		if errors.Is(err, os.ErrDeadlineExceeded) || got >= int64(len(large)) {
			t.Errorf("%s: read %d bytes and %v", path, got, err)
		}
	}
}

// TestLongAnswersOutliveReadTimeout takes longer to answer than a request may
// take to arrive.
func TestLongAnswersOutliveReadTimeout(t *testing.T) {
	t.Parallel()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(2 * time.Second):
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, "done")
	}))
	defer upstream.Close()
	p := startProgram(t, "upstreams: [{name: up, url: '"+upstream.URL+"', allow: [127.0.0.1]}]", impatient...)
	for _, request := range []string{
		"GET /v1/fetch?url=" + url.QueryEscape(upstream.URL) + " HTTP/1.1\r\nHost: " + p.address + "\r\nConnection: close\r\n\r\n",
		"POST /v1/fetch HTTP/1.1\r\nHost: " + p.address + "\r\nConnection: close\r\nAccept: text/event-stream\r\nContent-Type: text/plain\r\n" +
			fmt.Sprintf("Content-Length: %d\r\n\r\n%s/2", len(upstream.URL)+2, upstream.URL),
	} {
		conn := p.dial()
		_, _ = io.WriteString(conn, request)
		if answer, err := io.ReadAll(conn); err != nil || !strings.Contains(string(answer), `"collected":true`) {
			t.Errorf("%v: %q", err, answer)
		}
	}
}

// TestRapidConnections opens and drops connections as fast as it can, by a reset.
func TestRapidConnections(t *testing.T) {
	t.Parallel()
	p := watched(t, impatient...)
	for i := range 3000 {
		conn, err := net.Dial("tcp", p.address)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.(*net.TCPConn).SetLinger(0)
		if i%2 == 0 {
			_, _ = fmt.Fprintf(conn, "POST /v1/fetch HTTP/1.1\r\nHost: %s\r\nContent-Length: 9\r\n\r\n{", p.address)
		}
		_ = conn.Close()
	}
	if took := p.alive(); took > 500*time.Millisecond {
		t.Errorf("/livez took %v", took)
	}
}

// TestEndlessBodies streams 4 GiB of spaces. It must be cut at
// server.maxBodyBytes with 413 and the connection closed.
func TestEndlessBodies(t *testing.T) {
	t.Parallel()
	p := watched(t)
	const endless, most = 4 << 30, 64 << 20
	spaces := bytes.Repeat([]byte(" "), 64<<10)
	for _, path := range []string{"/v1/fetch", "/v1/raw?url=http://a.example/"} {
		for name, framing := range map[string]string{"length": "Content-Length: 4294967296", "chunks": "Transfer-Encoding: chunked"} {
			conn := p.dial()
			_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n", path, p.address, framing)
			answer := make(chan []byte, 1)
			go func() {
				got, _ := io.ReadAll(conn) // a reset after the answer is as good as an end
				answer <- got
			}()
			var sent int64
			for sent < endless {
				if name == "chunks" {
					_, _ = fmt.Fprintf(conn, "%x\r\n", len(spaces))
				}
				n, err := conn.Write(spaces)
				if sent += int64(n); err != nil {
					break
				}
				if name == "chunks" {
					_, _ = io.WriteString(conn, "\r\n")
				}
			}
			if sent > most {
				t.Errorf("%s by %s: %d bytes were taken", path, name, sent)
			}
			if got := <-answer; len(got) > 0 && !bytes.HasPrefix(got, []byte("HTTP/1.1 413")) {
				t.Errorf("%s by %s: %.60q", path, name, got)
			}
		}
	}
}

// TestManyLargeBodies sends far more at once than is to be held. Whoever is
// refused is told to come again; small requests are served all the same.
func TestManyLargeBodies(t *testing.T) {
	t.Parallel()
	p := watched(t)
	var sending sync.WaitGroup
	var mu sync.Mutex
	seen := make(map[string]int)
	for range 64 {
		sending.Go(func() {
			conn := p.dial()
			// All but the last bytes, which nobody sends before all have sent the rest.
			_, _ = fmt.Fprintf(conn, "POST /v1/fetch HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", p.address, 8<<20)
			_, err := conn.Write(bytes.Repeat([]byte(" "), 8<<20-1))
			if err == nil {
				_ = conn.(*net.TCPConn).CloseWrite()
			}
			status, _ := bufio.NewReader(conn).ReadString('\n')
			mu.Lock()
			defer mu.Unlock()
			seen[strings.TrimSpace(status)]++
		})
	}
	sending.Wait()
	t.Log(seen)
	for status := range seen {
		switch status {
		case "", "HTTP/1.1 400 Bad Request", "HTTP/1.1 503 Service Unavailable", "HTTP/1.1 422 Unprocessable Entity":
		default:
			t.Errorf("answered %q", status)
		}
	}
}

// TestHostileBodies sends what is costly to read, or read in two ways.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	p := watched(t)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write(bytes.Repeat([]byte(" "), 64<<20))
	_ = w.Close()
	for name, tt := range map[string]struct {
		body   string
		fields string
	}{
		"a million items":   {`{"requests":[` + strings.Repeat(`{},`, 1_000_000) + `{}]}`, ""},
		"a million urls":    {strings.Repeat("a:\n", 1_000_000), "Content-Type: text/plain\r\n"},
		"a million params":  {strings.Repeat("url=a&", 1_000_000), ""},
		"depth 100,000":     {strings.Repeat("[", 100_000), ""},
		"depth in a body":   {`{"requests":[{"url":"http://a.example","method":"POST","body":` + strings.Repeat(`[`, 100_000) + strings.Repeat(`]`, 100_000) + `}]}`, ""},
		"depth of objects":  {strings.Repeat(`{"requests":`, 100_000), ""},
		"duplicate keys":    {`{"requests":[{"url":"http://a.example","url":"http://b.example"}]}`, ""},
		"duplicate inside":  {`{"requests":[{"url":"http://a.example","method":"POST","body":{"a":1,"a":2}}]}`, ""},
		"invalid UTF-8":     {"{\"requests\":[{\"url\":\"http://a.example/\xff\"}]}", ""},
		"lone surrogate":    {`{"requests":[{"url":"http://a.example/\ud800"}]}`, ""},
		"compressed":        {zipped.String(), "Content-Encoding: gzip\r\n"},
		"compressed hidden": {zipped.String(), "Content-Type: application/json\r\n"},
		"trailing data":     {`{"requests":[{"url":"http://a.example"}]}{}`, ""},
	} {
		for _, path := range []string{"/v1/fetch", "/v1/fetch#job"} {
			path, job := strings.CutSuffix(path, "#job")
			fields := tt.fields
			if job {
				fields += "Prefer: respond-async\r\n"
			}
			conn := p.dial()
			_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n", path, p.address, fields, len(tt.body))
			_, _ = io.WriteString(conn, tt.body)
			if got, _ := io.ReadAll(conn); !bytes.HasPrefix(got, []byte("HTTP/1.1 4")) || len(got) > 64<<10 {
				t.Errorf("%s: %d bytes, %.200q", name, len(got), got)
			}
		}
	}
}

// TestHostileFraming sends requests that two servers could take for different
// ones, or for none. Each must be refused or cut off, and whatever stands behind
// it must never be taken for a request of its own.
func TestHostileFraming(t *testing.T) {
	t.Parallel()
	p := watched(t, impatient...)
	const next = "GET /livez HTTP/1.1\r\nHost: HOST\r\nX-Request-Id: smuggled\r\n\r\n"
	for name, request := range map[string]string{
		"length and chunks":    "POST /v1/fetch HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"chunks and length":    "POST /v1/fetch HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
		"two lengths":          "POST /v1/fetch HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
		"a list of lengths":    "POST /v1/fetch HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0, 5\r\n\r\n",
		"a signed length":      "POST /v1/fetch HTTP/1.1\r\nHost: HOST\r\nContent-Length: +0\r\n\r\n",
		"a negative length":    "POST /v1/fetch HTTP/1.1\r\nHost: HOST\r\nContent-Length: -1\r\n\r\n",
		"chunks in HTTP/1.0":   "POST /v1/fetch HTTP/1.0\r\nHost: HOST\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"another coding":       "POST /v1/fetch HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"chunks twice":         "POST /v1/fetch HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"a folded field":       "POST /v1/fetch HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 0\r\n\r\n",
		"a space before colon": "POST /v1/fetch HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding : chunked\r\nContent-Length: 0\r\n\r\n",
		"a bad chunk size":     "POST /v1/fetch HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n{\r\n0\r\n\r\n",
		"a huge chunk size":    "POST /v1/fetch HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n{\r\n0\r\n\r\n",
		"a bad chunk end":      "POST /v1/fetch HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{X0\r\n\r\n",
		"chunk extensions":     "POST /v1/fetch HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("a", 64<<10) + "\r\n{\r\n0\r\n\r\n",
		"a foreign target":     "GET http://evil.example/livez HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"a foreign host":       "GET /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"two hosts":            "GET /livez HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n",
		"no host":              "GET /livez HTTP/1.1\r\n\r\n",
		"CONNECT":              "CONNECT 10.0.0.1:80 HTTP/1.1\r\nHost: 10.0.0.1:80\r\n\r\n",
		"CONNECT to itself":    "CONNECT HOST HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"TRACE":                "TRACE /v1/raw?url=http://a.example HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"OPTIONS *":            "OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"HTTP/2 at once":       "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"HTTP/3.0":             "GET /livez HTTP/3.0\r\nHost: HOST\r\n\r\n",
		"HTTP/0.9":             "GET /livez\r\n\r\n",
		"NUL in the path":      "GET /\x00livez HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"NUL, encoded":         "GET /livez%00 HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"NUL in a field":       "GET /livez HTTP/1.1\r\nHost: HOST\r\nX-A: a\x00b\r\n\r\n",
		"CR in a field":        "GET /livez HTTP/1.1\r\nHost: HOST\r\nX-A: a\rb\r\n\r\n",
		"TLS":                  "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"a huge field":         "GET /livez HTTP/1.1\r\nHost: HOST\r\nX-A: " + strings.Repeat("a", 1<<20) + "\r\n\r\n",
		"a million fields":     "GET /livez HTTP/1.1\r\nHost: HOST\r\n" + strings.Repeat("A:\r\n", 250_000) + "\r\n",
		"a huge target":        "GET /" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\nHost: HOST\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			conn := p.dial()
			go func() { _, _ = io.WriteString(conn, strings.ReplaceAll(request+next, "HOST", p.address)) }()
			answer, err := io.ReadAll(conn)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("not closed")
			}
			text := string(answer)
			if text != "" && !strings.HasPrefix(text, "HTTP/1.1 4") && !strings.HasPrefix(text, "HTTP/1.1 5") && !strings.HasPrefix(text, "HTTP/1.0 4") {
				t.Errorf("answered %.80q", text)
			}
			framed := strings.Contains(request, "Transfer-Encoding") || strings.Contains(request, "Content-Length")
			if framed && strings.Contains(text, "smuggled") {
				t.Errorf("what stood behind was answered: %q", text)
			}
		})
	}
}

// TestUpgradeToHTTP2 asks a connection in clear to become HTTP/2: it stays as it is.
func TestUpgradeToHTTP2(t *testing.T) {
	t.Parallel()
	p := startProgram(t, "")
	conn := p.dial()
	_, _ = fmt.Fprintf(conn, "GET /livez HTTP/1.1\r\nHost: %s\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", p.address)
	if got, _ := io.ReadAll(conn); !bytes.HasPrefix(got, []byte("HTTP/1.1 200")) {
		t.Errorf("%.80q", got)
	}
}
