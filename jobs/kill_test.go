package jobs

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// killHelperEnv names the database of a process that is there to be killed.
const killHelperEnv = "GATHER_JOBS_KILL_HELPER"

const (
	kills = 50
	// resumeWithin is how soon after a restart work on older jobs has to go on.
	resumeWithin = 2 * time.Second
)

// killHelper is such a process: jobs come in and are run until it is killed. It
// says on its output which jobs it was promised, and how soon it went on with
// those of processes before it.
func killHelper(file string) {
	var out sync.Mutex
	say := func(format string, args ...any) {
		out.Lock()
		defer out.Unlock()
		fmt.Printf(format+"\n", args...)
	}
	begun := time.Now()
	var resumed sync.Once
	life := fmt.Sprint(os.Getpid())
	s, err := New(Options{
		Database: "sqlite:" + file,
		Workers:  20,
		Logger:   slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Runner: runnerFunc(func(ctx context.Context, in RunInput, sink func(int, []byte) error) ([]byte, error) {
			if string(in.Batch) != life {
				resumed.Do(func() { say("resumed %d", time.Since(begun).Milliseconds()) })
			}
			done := map[int]bool{}
			for _, i := range in.Done {
				done[i] = true
			}
			for i := range 3 {
				if done[i] {
					continue
				}
				time.Sleep(rand.N(10 * time.Millisecond)) // the upstream
				if err := sink(i, []byte(`{}`)); err != nil {
					return nil, err
				}
			}
			return []byte(`{}`), nil
		}),
	})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	if err := s.Start(ctx); err != nil {
		panic(err)
	}
	d, err := s.open(ctx, true)
	if err != nil {
		panic(err)
	}
	// The database itself counts how often each job ends.
	err = d.writer.do(ctx, func(ctx context.Context, tx *batchTx) error {
		for _, statement := range []string{
			`CREATE TABLE IF NOT EXISTS ended (id TEXT)`,
			`CREATE TRIGGER IF NOT EXISTS count_ends AFTER UPDATE OF state ON gather_jobs
				WHEN new.state IN ('completed', 'failed', 'cancelled') BEGIN INSERT INTO ended VALUES (new.id); END`,
		} {
			if _, err := tx.exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	say("ready")
	for range 4 {
		go func() {
			for {
				a, err := s.Submit(ctx, Submission{Batch: []byte(life), Total: 3, Callback: Target{Endpoint: "x"}})
				if err != nil {
					panic(err)
				}
				say("accepted %s", a.Job.ID)
				time.Sleep(rand.N(40 * time.Millisecond))
			}
		}()
	}
	select {}
}

// A victim is a running killHelper.
type victim struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func startVictim(t *testing.T, file string) victim {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), killHelperEnv+"="+file)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return victim{cmd, bufio.NewScanner(out)}
}

// live lets the victim work for a while, kills it, and returns the jobs it was
// promised and how soon it resumed older ones, 0 if it did not.
func (v victim) live(t *testing.T, life time.Duration) (accepted []string, resumed time.Duration) {
	t.Helper()
	for v.lines.Scan() {
		word, rest, _ := strings.Cut(v.lines.Text(), " ")
		switch word {
		case "ready":
			time.AfterFunc(life, func() { _ = v.cmd.Process.Kill() })
		case "accepted":
			if isUUID(rest) { // the last line may be cut short
				accepted = append(accepted, rest)
			}
		case "resumed":
			var ms int64
			if _, err := fmt.Sscan(rest, &ms); err == nil {
				resumed = max(time.Duration(ms)*time.Millisecond, 1)
			}
		}
	}
	if err := v.cmd.Wait(); err == nil || v.cmd.ProcessState.ExitCode() >= 0 {
		t.Fatalf("the process ended by itself: %v", err)
	}
	return accepted, resumed
}

// Killed at any moment, with jobs coming in: no job that was accepted is lost,
// none ends twice, none is stuck, and work goes on soon.
func TestKill(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "gather.db")
	var accepted []string
	var slowest time.Duration
	resumes := 0
	for range kills {
		ids, resumed := startVictim(t, file).live(t, rand.N(500*time.Millisecond))
		accepted = append(accepted, ids...)
		if resumed > 0 {
			resumes++
		}
		slowest = max(slowest, resumed)
	}
	t.Logf("%d kills, %d jobs accepted, work resumed %d times, after %v at most", kills, len(accepted), resumes, slowest)
	if slowest > resumeWithin || resumes == 0 {
		t.Errorf("work resumed %d times, after up to %v, want within %v", resumes, slowest, resumeWithin)
	}

	s := startService(t, Options{Database: "sqlite:" + file, Runner: runnerFunc(
		func(_ context.Context, in RunInput, sink func(int, []byte) error) ([]byte, error) {
			for i := len(in.Done); i < 3; i++ { // they are stored in order
				if err := sink(i, []byte(`{}`)); err != nil {
					return nil, err
				}
			}
			return []byte(`{}`), nil
		})})
	for _, id := range accepted {
		if job := awaitEnd(t, s, id); job.State != Completed || job.Done != 3 {
			t.Fatalf("job %s is %+v", id, job)
		}
	}
	// Besides those we were told of, some were accepted in the moment of a kill.
	drain(t, s)
	for question, query := range map[string]string{
		"ended other than once":      `SELECT COUNT(*) FROM gather_jobs j WHERE (SELECT COUNT(*) FROM ended e WHERE e.id = j.id) <> 1`,
		"without their one callback": `SELECT COUNT(*) FROM gather_jobs j WHERE (SELECT COUNT(*) FROM gather_deliveries d WHERE d.job_id = j.id) <> 1`,
		"without their three items":  `SELECT COUNT(*) FROM gather_jobs j WHERE (SELECT COUNT(*) FROM gather_items i WHERE i.job_id = j.id) <> 3`,
		"fewer than were promised":   fmt.Sprintf(`SELECT COUNT(*) < %d FROM gather_jobs`, len(accepted)),
	} {
		var n int
		if _, err := one(t.Context(), s.db.store.reader(), query, nil, &n); err != nil || n != 0 {
			t.Errorf("%d jobs %s, %v", n, question, err)
		}
	}
}

// drain waits for every job to end.
func drain(t *testing.T, s *Service) {
	t.Helper()
	for _, state := range []State{Queued, Running} {
		for {
			page, err := s.List(t.Context(), Query{State: state, Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Jobs) == 0 {
				break
			}
			awaitEnd(t, s, page.Jobs[0].ID)
		}
	}
}
