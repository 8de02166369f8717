// Package redistest starts a real redis-server for a test. It owns the process and its folder, both
// gone when the test ends; it knows nothing of what the test keeps there.
package redistest

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"gather/redisclient"
)

// Databases is how many a server has, each empty at first.
const Databases = 64

// Server is a redis-server on a loopback port.
type Server struct {
	addr    string
	process *exec.Cmd
	used    atomic.Int64
}

// Start runs a server until the test ends. Where there is no redis-server the test is skipped.
func Start(t testing.TB) *Server {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("skipped: redis-server is not installed")
	}
	const attempts = 5 // somebody else may take the free port first
	for range attempts {
		s := &Server{addr: freeAddr(t)}
		if s.run(t, program) {
			return s
		}
	}
	t.Fatal("redis-server does not start")
	return nil
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// run starts the server and reads its log until it accepts connections.
func (s *Server) run(t testing.TB, program string) bool {
	t.Helper()
	_, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		t.Fatal(err)
	}
	// It outlives the test's context: what is closed by t.Cleanup may still need it.
	s.process = exec.CommandContext(context.WithoutCancel(t.Context()), program, //nolint:gosec // what LookPath found
		"--bind", "127.0.0.1", "--port", port, "--dir", t.TempDir(),
		"--save", "", "--appendonly", "no", "--databases", fmt.Sprint(Databases))
	log, err := s.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			t.Cleanup(s.Stop)
			return true
		}
	}
	_ = s.process.Wait()
	return false
}

// Stop ends the server, as a crash would. It may be called more than once.
func (s *Server) Stop() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

// Addr is host:port.
func (s *Server) Addr() string { return s.addr }

// URL names a database nobody has used before.
func (s *Server) URL(t testing.TB) string {
	t.Helper()
	n := s.used.Add(1) - 1
	if n >= Databases {
		t.Fatal("the server has no database left")
	}
	return fmt.Sprintf("redis://%s/%d", s.addr, n)
}

// Client is a client of that database, closed when the test ends.
func Client(t testing.TB, url string) *redis.Client {
	t.Helper()
	client, err := redisclient.New(url, "redis", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}
