package jobs

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gather/jobs/jobstest"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(killHelperEnv); file != "" {
		killHelper(file) // this process is one of the kill test's victims
		return
	}
	code := m.Run()
	server.Stop()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// server is one PostgreSQL for the whole run.
var server jobstest.Server

// newPostgres returns the URL of an empty database.
func newPostgres(t testing.TB) string {
	t.Helper()
	dsn, _ := server.Database(t)
	return dsn
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
