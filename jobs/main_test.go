package jobs

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(killHelperEnv); file != "" {
		killHelper(file) // this process is one of the kill test's victims
		return
	}
	code := m.Run()
	stopCluster()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// postgresBin is where Debian and its kin put the server's programs.
const postgresBin = "/usr/lib/postgresql/15/bin"

// cluster is one PostgreSQL server for the whole run, in a folder of its own, on
// a socket in there, started when the first test needs it.
var cluster struct {
	once sync.Once
	dir  string
	err  error
	next atomic.Int64
}

// asServer runs one of the server's programs as a user that is not root, which
// they demand.
func asServer(dir, program string, args ...string) *exec.Cmd {
	bin := filepath.Join(postgresBin, program)
	if os.Getuid() != 0 {
		return exec.Command(bin, args...)
	}
	cmd := exec.Command("setpriv", append([]string{"--reuid=postgres", "--regid=postgres", "--init-groups", bin}, args...)...)
	cmd.Dir = dir
	return cmd
}

func startCluster() {
	dir, err := os.MkdirTemp("", "gather-pg")
	if err != nil {
		cluster.err = err
		return
	}
	cluster.dir = dir
	run := func(cmd *exec.Cmd) {
		if cluster.err == nil {
			if out, err := cmd.CombinedOutput(); err != nil {
				cluster.err = fmt.Errorf("%s: %w: %s", cmd.Path, err, out)
			}
		}
	}
	if os.Getuid() == 0 {
		run(exec.Command("chown", "postgres", dir))
	}
	data := filepath.Join(dir, "data")
	run(asServer(dir, "initdb", "-D", data, "-U", "gather", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"))
	// fsync is what the tests on SQLite measure; here it would only slow them down.
	run(asServer(dir, "pg_ctl", "-D", data, "-w", "-l", filepath.Join(dir, "log"), "-o",
		"-k "+dir+" -c listen_addresses= -c fsync=off -c max_connections=300", "start"))
}

func stopCluster() {
	if cluster.dir == "" {
		return
	}
	_ = asServer(cluster.dir, "pg_ctl", "-D", filepath.Join(cluster.dir, "data"), "-m", "immediate", "stop").Run()
	_ = os.RemoveAll(cluster.dir)
}

func clusterURL(database string) string {
	return "postgres://gather@/" + database + "?host=" + url.QueryEscape(cluster.dir)
}

// newPostgres returns the URL of an empty database.
func newPostgres(t testing.TB) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(postgresBin, "postgres")); err != nil {
		t.Skip("needs PostgreSQL 15 in " + postgresBin)
	}
	cluster.once.Do(startCluster)
	if cluster.err != nil {
		t.Fatal(cluster.err)
	}
	name := fmt.Sprintf("t%d", cluster.next.Add(1))
	adminExec(t, "CREATE DATABASE "+name)
	return clusterURL(name)
}

// adminExec runs a statement on the server, outside any test's database.
func adminExec(t testing.TB, statement string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), clusterURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), statement); err != nil {
		t.Fatal(err)
	}
}

func newSQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "data", "gather.db")
}

// onBoth runs a test on either database: what holds for one holds for the other.
func onBoth(t *testing.T, test func(t *testing.T, database string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newSQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, newPostgres(t))
	})
}

// runnerFunc is a Runner.
type runnerFunc func(ctx context.Context, in RunInput, sink func(int, []byte) error) ([]byte, error)

func (f runnerFunc) Run(ctx context.Context, in RunInput, sink func(int, []byte) error) ([]byte, error) {
	return f(ctx, in, sink)
}

// counting answers every item that is not done, in order.
var counting = runnerFunc(func(ctx context.Context, in RunInput, sink func(int, []byte) error) ([]byte, error) {
	done := map[int]bool{}
	for _, i := range in.Done {
		done[i] = true
	}
	var total int
	if _, err := fmt.Sscan(string(in.Batch), &total); err != nil {
		return nil, fmt.Errorf("unreadable batch")
	}
	for i := range total {
		if done[i] {
			continue
		}
		if err := sink(i, fmt.Appendf(nil, `{"collected":true,"status":200,"body":%d}`, i)); err != nil {
			return nil, err
		}
	}
	return fmt.Appendf(nil, `{"requests":%d}`, total), nil
})

// batch is a Submission the counting Runner understands.
func batch(total int) Submission {
	return Submission{Batch: fmt.Append(nil, total), Total: total, Client: "ci"}
}

// syncBuffer collects a log.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// newService returns a Service that is stopped with the test, its log shown if it fails.
func newService(t testing.TB, o Options) *Service {
	t.Helper()
	var log syncBuffer
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	if o.Runner == nil {
		o.Runner = counting
	}
	if o.Workers == 0 {
		o.Workers = 8
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop(t, s)
		if t.Failed() && log.String() != "" {
			t.Log(strings.TrimSpace(log.String()))
		}
	})
	return s
}

func startService(t testing.TB, o Options) *Service {
	t.Helper()
	s := newService(t, o)
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

func stop(t testing.TB, s *Service) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func submit(t testing.TB, s *Service, sub Submission) Job {
	t.Helper()
	a, err := s.Submit(t.Context(), sub)
	if err != nil {
		t.Fatalf("Submit: %v", err)
	}
	return a.Job
}

// await returns the job when it is as wanted.
func await(t testing.TB, s *Service, id string, wanted func(Job) bool) Job {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for e, err := range s.Events(ctx, id, 0) {
		if err != nil {
			t.Fatalf("Events: %v", err)
		}
		if e.Job.Done = max(e.Job.Done, e.Done); wanted(e.Job) {
			return e.Job
		}
	}
	t.Fatalf("job %s ended otherwise than was waited for", id)
	return Job{}
}

func awaitEnd(t testing.TB, s *Service, id string) Job {
	t.Helper()
	return await(t, s, id, func(j Job) bool { return j.State.Ended() })
}
