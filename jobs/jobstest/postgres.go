// Package jobstest gives tests a PostgreSQL server of their own. It owns that
// server's folder and process, and never touches one that was there before.
package jobstest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// bin is where Debian and its kin put the server's programs.
const bin = "/usr/lib/postgresql/15/bin"

// A Server is one PostgreSQL server, in a folder of its own, reached over a
// socket in there. It is started when the first test asks for a database.
type Server struct {
	// Durable has it sync to disk, as benchmarks want and tests do not.
	Durable bool

	once sync.Once
	dir  string
	err  error
	next atomic.Int64
}

// Database creates an empty database and returns its URL and name. The test is
// skipped where PostgreSQL 15 is not installed.
func (s *Server) Database(t testing.TB) (dsn, name string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(bin, "postgres")); err != nil {
		t.Skip("needs PostgreSQL 15 in " + bin)
	}
	s.once.Do(func() { s.err = s.start() })
	if s.err != nil {
		t.Fatal(s.err)
	}
	name = fmt.Sprintf("t%d", s.next.Add(1))
	s.Exec(t, "CREATE DATABASE "+name)
	return s.url(name), name
}

// Exec runs a statement on the server, outside any test's database.
func (s *Server) Exec(t testing.TB, statement string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(ctx, statement)
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		t.Fatal(err)
	}
}

// Stop ends the server, if it was started, and removes its folder. TestMain
// calls it when all tests are done.
func (s *Server) Stop() {
	if s.dir == "" {
		return
	}
	_ = s.command("pg_ctl", "-D", s.data(), "-m", "immediate", "stop").Run()
	_ = os.RemoveAll(s.dir)
}

func (s *Server) url(database string) string {
	return "postgres://gather@/" + database + "?host=" + url.QueryEscape(s.dir)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) start() (err error) {
	if s.dir, err = os.MkdirTemp("", "gather-pg"); err != nil {
		return err
	}
	fsync := "off"
	if s.Durable {
		fsync = "on"
	}
	steps := []*exec.Cmd{
		s.command("initdb", "-D", s.data(), "-U", "gather", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"),
		s.command("pg_ctl", "-D", s.data(), "-w", "-l", filepath.Join(s.dir, "log"), "-o",
			"-k "+s.dir+" -c listen_addresses= -c max_connections=300 -c fsync="+fsync, "start"),
	}
	if os.Getuid() == 0 {
		own := exec.CommandContext(context.Background(), "chown", "postgres", s.dir) //nolint:gosec // a folder of our own making
		steps = append([]*exec.Cmd{own}, steps...)
	}
	for _, cmd := range steps {
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, out)
		}
	}
	return nil
}

// command runs one of the server's programs, as a user that is not root: they
// refuse to be.
func (s *Server) command(program string, args ...string) *exec.Cmd {
	argv := append([]string{filepath.Join(bin, program)}, args...)
	if os.Getuid() == 0 {
		argv = append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"}, argv...)
	}
	cmd := exec.CommandContext(context.Background(), argv[0], argv[1:]...) //nolint:gosec // the server's programs, with arguments of ours
	cmd.Dir = s.dir
	return cmd
}
