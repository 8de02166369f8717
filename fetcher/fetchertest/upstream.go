// Package fetchertest owns a scripted upstream for tests: a server on a real loopback socket that answers as badly as asked. It writes its
// bytes itself, since net/http's server would not send most of them. It is never part of the service.
package fetchertest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Answer answers one request. It runs on the connection's goroutine.
type Answer func(w *Wire, r *http.Request)

// Upstream is a scripted server and what it has seen.
type Upstream struct {
	URL string // http://127.0.0.1:port

	answer   Answer
	listener net.Listener
	done     sync.WaitGroup

	mu       sync.Mutex
	conns    map[net.Conn]struct{}
	accepted int
	calls    []time.Time
	inFlight int
	most     int
}

// Start starts an upstream that gives every request the same answer (Paths gives each path its own) until the test ends.
func Start(t testing.TB, answer Answer) *Upstream {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := &Upstream{URL: "http://" + listener.Addr().String(), answer: answer, listener: listener, conns: make(map[net.Conn]struct{})}
	u.done.Go(u.accept)
	t.Cleanup(u.close)
	return u
}

// Calls is the number of requests read so far.
func (u *Upstream) Calls() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.calls)
}

// Times are when the requests were read, in their order.
func (u *Upstream) Times() []time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]time.Time(nil), u.calls...)
}

// Conns is the number of connections open now.
func (u *Upstream) Conns() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.conns)
}

// Accepted is the number of connections ever made.
func (u *Upstream) Accepted() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.accepted
}

// MostInFlight is the largest number of requests that were being answered at once.
func (u *Upstream) MostInFlight() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.most
}

func (u *Upstream) accept() {
	for {
		conn, err := u.listener.Accept()
		if err != nil {
			return
		}
		u.mu.Lock()
		if u.conns == nil {
			u.mu.Unlock()
			_ = conn.Close()
			return
		}
		u.conns[conn] = struct{}{}
		u.accepted++
		u.mu.Unlock()
		u.done.Go(func() { u.serve(conn) })
	}
}

func (u *Upstream) serve(conn net.Conn) {
	w := &Wire{conn: conn, in: bufio.NewReader(conn)}
	defer func() {
		_ = conn.Close()
		u.mu.Lock()
		delete(u.conns, conn)
		u.mu.Unlock()
	}()
	for !w.closed {
		r, err := http.ReadRequest(w.in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		u.begin()
		u.answer(w, r)
		u.end()
	}
}

func (u *Upstream) begin() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.calls = append(u.calls, time.Now())
	u.inFlight++
	u.most = max(u.most, u.inFlight)
}

func (u *Upstream) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.inFlight--
}

func (u *Upstream) close() {
	_ = u.listener.Close()
	u.mu.Lock()
	for conn := range u.conns {
		_ = conn.Close()
	}
	u.conns = nil
	u.mu.Unlock()
	u.done.Wait()
}

// Wire is the server's side of a connection, to be written to byte by byte.
type Wire struct {
	conn   net.Conn
	in     *bufio.Reader
	closed bool
}

// Send writes text as it is. It is false once the client has left.
func (w *Wire) Send(text string) bool { return w.send([]byte(text)) }

func (w *Wire) send(b []byte) bool {
	_, err := w.conn.Write(b)
	w.closed = w.closed || err != nil
	return err == nil
}

// Hold waits. It is false as soon as the client leaves; a request that comes meanwhile is kept for later.
func (w *Wire) Hold(d time.Duration) bool {
	_ = w.conn.SetReadDeadline(time.Now().Add(d))
	defer func() { _ = w.conn.SetReadDeadline(time.Time{}) }()
	_, err := w.in.Peek(1)
	var timeout net.Error
	if err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		return true
	}
	w.closed = true
	return false
}

// Close ends the connection after this answer.
func (w *Wire) Close() { w.closed = true }

// Reset ends the connection at once with a TCP reset.
func (w *Wire) Reset() {
	w.closed = true
	if tcp, ok := w.conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = w.conn.Close()
}
