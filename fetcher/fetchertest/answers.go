package fetchertest

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Reply answers with a status, header fields ("Name: value") and a body of known length.
func Reply(status int, body string, fields ...string) Answer {
	head := statusLine(status) + fmt.Sprintf("Content-Length: %d\r\n", len(body))
	for _, field := range fields {
		head += field + "\r\n"
	}
	head += "\r\n"
	whole := []byte(head + body)
	return func(w *Wire, r *http.Request) {
		if r.Method == http.MethodHead {
			w.Send(head)
			return
		}
		w.send(whole)
	}
}

// JSON answers 200 with a JSON body.
func JSON(body string) Answer { return Reply(http.StatusOK, body, "Content-Type: application/json") }

// Chunked answers 200 with a body of unknown length, a chunk for each piece, and the trailer fields ("Name: value") after it.
func Chunked(pieces []string, trailers ...string) Answer {
	var whole bytes.Buffer
	whole.WriteString(statusLine(http.StatusOK) + "Transfer-Encoding: chunked\r\n")
	for _, field := range trailers {
		name, _, _ := strings.Cut(field, ":")
		whole.WriteString("Trailer: " + name + "\r\n")
	}
	whole.WriteString("\r\n")
	for _, piece := range pieces {
		fmt.Fprintf(&whole, "%x\r\n%s\r\n", len(piece), piece)
	}
	whole.WriteString("0\r\n")
	for _, field := range trailers {
		whole.WriteString(field + "\r\n")
	}
	whole.WriteString("\r\n")
	return func(w *Wire, _ *http.Request) { w.send(whole.Bytes()) }
}

// Slow waits before it answers.
func Slow(d time.Duration, then Answer) Answer {
	return func(w *Wire, r *http.Request) {
		if w.Hold(d) {
			then(w, r)
		}
	}
}

// Flaky gives one answer to the first n requests and another to the rest.
func Flaky(n int, first, rest Answer) Answer {
	var seen atomic.Int64
	return func(w *Wire, r *http.Request) {
		if seen.Add(1) <= int64(n) {
			first(w, r)
			return
		}
		rest(w, r)
	}
}

// Every gives every n-th request one answer and the others another.
func Every(n int, nth, others Answer) Answer {
	var seen atomic.Int64
	return func(w *Wire, r *http.Request) {
		if seen.Add(1)%int64(n) == 0 {
			nth(w, r)
			return
		}
		others(w, r)
	}
}

// Limited allows so many requests a second, with a burst, and answers the others with 429 and the fields, a Retry-After for instance.
func Limited(perSecond float64, burst int, then Answer, fields ...string) Answer {
	bucket := rate.NewLimiter(rate.Limit(perSecond), burst)
	refusal := Reply(http.StatusTooManyRequests, "", fields...)
	return func(w *Wire, r *http.Request) {
		if bucket.Allow() {
			then(w, r)
			return
		}
		refusal(w, r)
	}
}

// Paths answers each path its own way, and others with 404.
func Paths(answers map[string]Answer) Answer {
	missing := Reply(http.StatusNotFound, "")
	return func(w *Wire, r *http.Request) {
		if answer, ok := answers[r.URL.Path]; ok {
			answer(w, r)
			return
		}
		missing(w, r)
	}
}

// Redirect answers with 302 and a Location; two that name each other make a circle.
func Redirect(location string) Answer {
	return Reply(http.StatusFound, "", "Location: "+location)
}

// Gate holds requests back until it is opened.
type Gate struct {
	open chan struct{}
	once sync.Once
}

// NewGate returns a closed gate.
func NewGate() *Gate { return &Gate{open: make(chan struct{})} }

// Open lets all requests through, now and later.
func (g *Gate) Open() { g.once.Do(func() { close(g.open) }) }

// Answer answers once the gate is open, or the client has left.
func (g *Gate) Answer(then Answer) Answer {
	return func(w *Wire, r *http.Request) {
		for {
			select {
			case <-g.open:
				then(w, r)
				return
			default:
			}
			if !w.Hold(time.Millisecond) {
				return
			}
		}
	}
}

func statusLine(status int) string {
	return fmt.Sprintf("HTTP/1.1 %03d %s\r\n", status, http.StatusText(status))
}
