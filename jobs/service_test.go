package jobs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestStates(t *testing.T) {
	t.Parallel()
	all := []State{Queued, Running, Completed, Failed, Cancelled}
	legal := map[State][]State{Queued: {Running, Failed, Cancelled}, Running: {Queued, Completed, Failed, Cancelled}}
	for _, from := range all {
		for _, to := range all {
			if got, want := from.CanBecome(to), slices.Contains(legal[from], to); got != want {
				t.Errorf("%s to %s: %v, want %v", from, to, got, want)
			}
		}
		if from.Ended() != (legal[from] == nil) || !from.Valid() {
			t.Errorf("%s: Ended %v, Valid %v", from, from.Ended(), from.Valid())
		}
	}
	if State("done").Valid() || State("").Ended() {
		t.Error("states nobody defined")
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	never := Schedule{Name: "a", Spec: "@hourly", Make: func() (Submission, error) { return Submission{}, nil }}
	bad := never
	bad.Spec = "every day"
	zone := never
	zone.Zone = "Mars/Olympus"
	for name, o := range map[string]Options{
		"no runner":       {Database: "sqlite:x"},
		"no database":     {Runner: counting},
		"mysql":           {Runner: counting, Database: "mysql://user:hidden@x/y"},
		"no file":         {Runner: counting, Database: "sqlite:"},
		"parameters":      {Runner: counting, Database: "sqlite:x?mode=memory"},
		"workers":         {Runner: counting, Database: "sqlite:x", Workers: -1},
		"schedule":        {Runner: counting, Database: "sqlite:x", Schedules: []Schedule{bad}},
		"zone":            {Runner: counting, Database: "sqlite:x", Schedules: []Schedule{zone}},
		"schedules twice": {Runner: counting, Database: "sqlite:x", Schedules: []Schedule{never, never}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s was taken", name)
		} else if strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v tells the password", name, err)
		}
	}
}

func TestJobRuns(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		s := startService(t, Options{Database: database})
		sub := batch(5)
		sub.Source = "user-todos"
		accepted := submit(t, s, sub)
		if accepted.State != Queued || accepted.Total != 5 || accepted.CreatedAt.IsZero() {
			t.Errorf("accepted %+v", accepted)
		}
		job := awaitEnd(t, s, accepted.ID)
		if job.State != Completed || job.Done != 5 || job.Attempts != 1 || string(job.Summary) != `{"requests":5}` ||
			job.Client != "ci" || job.Source != "user-todos" || job.Error != "" {
			t.Errorf("ended as %+v", job)
		}
		if job.StartedAt.Before(job.CreatedAt) || job.FinishedAt.Before(job.StartedAt) {
			t.Errorf("times out of order: %+v", job)
		}
		var got []string
		for r, err := range s.Responses(t.Context(), job.ID) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%d:%s", r.Index, r.Response))
		}
		if len(got) != 5 || got[4] != `4:{"collected":true,"status":200,"body":4}` {
			t.Errorf("responses %q", got)
		}
	})
}

func TestJobFails(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		s := startService(t, Options{Database: database})
		job := submit(t, s, Submission{Batch: []byte("?"), Total: 1})
		if job = awaitEnd(t, s, job.ID); job.State != Failed || job.Error != "unreadable batch" || job.Summary != nil {
			t.Errorf("ended as %+v", job)
		}
	})
}

func TestUnknownJobs(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		s := startService(t, Options{Database: database})
		submit(t, s, batch(0))
		for _, id := range []string{"", "x", "0192d3f0-0000-7000-8000-000000000000", "{0192d3f0-0000-7000-8000-000000000000}"} {
			if _, err := s.Get(t.Context(), id); !errors.Is(err, ErrNotFound) {
				t.Errorf("Get(%q): %v", id, err)
			}
			if _, err := s.Cancel(t.Context(), id); !errors.Is(err, ErrNotFound) {
				t.Errorf("Cancel(%q): %v", id, err)
			}
			if _, err := s.Retry(t.Context(), id); !errors.Is(err, ErrNotFound) {
				t.Errorf("Retry(%q): %v", id, err)
			}
			if _, err := s.Resend(t.Context(), "msg_"+id); !errors.Is(err, ErrNotFound) {
				t.Errorf("Resend(%q): %v", id, err)
			}
			for _, err := range s.Events(t.Context(), id, 0) {
				if !errors.Is(err, ErrNotFound) {
					t.Errorf("Events(%q): %v", id, err)
				}
			}
			for _, err := range s.Responses(t.Context(), id) {
				if !errors.Is(err, ErrNotFound) {
					t.Errorf("Responses(%q): %v", id, err)
				}
			}
		}
	})
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		s := startService(t, Options{Database: database})
		keyed := batch(1)
		keyed.Key = "k1"
		first := submit(t, s, keyed)
		again, err := s.Submit(t.Context(), keyed)
		if err != nil || !again.Existing || again.Job.ID != first.ID {
			t.Errorf("the same again: %+v, %v", again, err)
		}
		other := batch(2)
		other.Key = "k1"
		if _, err := s.Submit(t.Context(), other); !errors.Is(err, ErrKeyReused) {
			t.Errorf("another body: %v", err)
		}
		other.Client = "somebody else"
		if a, err := s.Submit(t.Context(), other); err != nil || a.Existing {
			t.Errorf("another client: %+v, %v", a, err)
		}
		release, _ := s.keys.hold("ci", "k2")
		keyed.Key = "k2"
		if _, err := s.Submit(t.Context(), keyed); !errors.Is(err, ErrKeyBusy) {
			t.Errorf("while it is being accepted: %v", err)
		}
		release()
		submit(t, s, keyed)
	})
}

func TestReplayedDelivery(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		s := startService(t, Options{Database: database})
		sub := batch(1)
		sub.Hook, sub.Delivery = "github", "d1"
		first := submit(t, s, sub)
		again := batch(3) // a replay is known by its id, whatever it was made into
		again.Hook, again.Delivery = "github", "d1"
		if a, err := s.Submit(t.Context(), again); err != nil || !a.Existing || a.Job.ID != first.ID {
			t.Errorf("replayed: %+v, %v", a, err)
		}
		again.Hook = "stripe"
		if a, err := s.Submit(t.Context(), again); err != nil || a.Existing {
			t.Errorf("the same id at another hook: %+v, %v", a, err)
		}
	})
}

func TestList(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		s := startService(t, Options{Database: database})
		var ids []string
		for range 5 {
			ids = append(ids, submit(t, s, batch(0)).ID)
		}
		stranger := batch(0)
		stranger.Client = "other"
		ids = append(ids, submit(t, s, stranger).ID)
		for _, id := range ids {
			awaitEnd(t, s, id)
		}
		slices.Reverse(ids)
		var got []string
		q := Query{State: Completed, Limit: 4}
		for pages := 1; ; pages++ {
			page, err := s.List(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, j := range page.Jobs {
				got = append(got, j.ID)
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				if pages != 2 {
					t.Errorf("%d pages, want 2", pages)
				}
				break
			}
			submit(t, s, batch(0)) // newer than the page before: not on the next
		}
		if !slices.Equal(got, ids) {
			t.Errorf("listed %v, want %v", got, ids)
		}
		if page, err := s.List(t.Context(), Query{State: Completed, Client: "other"}); err != nil || len(page.Jobs) != 1 {
			t.Errorf("one client's: %+v, %v", page, err)
		}
		if page, err := s.List(t.Context(), Query{State: Failed}); err != nil || len(page.Jobs) != 0 {
			t.Errorf("failed: %+v, %v", page, err)
		}
		for _, cursor := range []string{"x", "!", "eHh4", strings.Repeat("A", 100)} {
			if _, err := s.List(t.Context(), Query{Cursor: cursor}); !errors.Is(err, ErrCursor) {
				t.Errorf("cursor %q: %v", cursor, err)
			}
		}
	})
}

func TestRetry(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		s := startService(t, Options{Database: database})
		first := awaitEnd(t, s, submit(t, s, batch(2)).ID)
		again, err := s.Retry(t.Context(), first.ID)
		if err != nil || again.ID == first.ID {
			t.Fatalf("Retry: %+v, %v", again, err)
		}
		if again = awaitEnd(t, s, again.ID); again.State != Completed || again.Done != 2 || again.Client != "ci" {
			t.Errorf("ended as %+v", again)
		}
	})
}

func TestRetention(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		now := time.Now()
		s := startService(t, Options{Database: database, Retention: time.Hour, Now: func() time.Time { return now }})
		keyed := batch(2)
		keyed.Key, keyed.Hook, keyed.Delivery = "k", "h", "d"
		old := submit(t, s, keyed)
		awaitEnd(t, s, old.ID)
		for range removeAtOnce + 1 {
			awaitEnd(t, s, submit(t, s, batch(1)).ID)
		}
		later := newService(t, Options{Database: database, Retention: time.Hour, Now: func() time.Time { return now.Add(59 * time.Minute) }})
		later.db = s.db
		t.Cleanup(func() { later.db = nil })
		if err := later.removeOld(t.Context(), s.db); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), old.ID); err != nil {
			t.Errorf("removed before its time: %v", err)
		}
		later.opts.Now = func() time.Time { return now.Add(61 * time.Minute) }
		if err := later.removeOld(t.Context(), s.db); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"gather_jobs", "gather_items", "gather_keys", "gather_inbound"} {
			var n int
			if _, err := one(t.Context(), s.db.store.reader(), "SELECT COUNT(*) FROM "+table, nil, &n); err != nil || n != 0 {
				t.Errorf("%s has %d rows left, %v", table, n, err)
			}
		}
		if a, err := s.Submit(t.Context(), keyed); err != nil || a.Existing {
			t.Errorf("a key of a job that is gone: %+v, %v", a, err)
		}
	})
}

func TestStats(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		running, release := make(chan struct{}, 2), make(chan struct{})
		now := time.Now()
		s := startService(t, Options{
			Database: database, Workers: 1, Now: func() time.Time { return now },
			Runner: runnerFunc(func(context.Context, RunInput, func(int, []byte) error) ([]byte, error) {
				running <- struct{}{}
				<-release
				return nil, nil
			}),
		})
		submit(t, s, batch(1))
		<-running
		submit(t, s, batch(1))
		defer close(release)
		s2 := &Service{opts: s.opts, file: s.file, db: s.db, started: true, works: true}
		s2.opts.Now = func() time.Time { return now.Add(time.Minute) }
		st, err := s2.Stats(t.Context())
		if want := (Stats{Queued: 1, Running: 1, OldestQueued: time.Minute}); err != nil || st.Queued != want.Queued ||
			st.Running != want.Running || st.OldestQueued.Round(time.Millisecond) != want.OldestQueued {
			t.Errorf("Stats = %+v, %v, want %+v", st, err, want)
		}
	})
}

// Nothing is created before it is used.
func TestLazy(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "100%41 data") // a name that is no URI
	s := startService(t, Options{Database: "sqlite:" + filepath.Join(dir, "gather.db")})
	if page, err := s.List(t.Context(), Query{}); err != nil || len(page.Jobs) != 0 {
		t.Errorf("List = %+v, %v", page, err)
	}
	if st, err := s.Stats(t.Context()); err != nil || st != (Stats{}) {
		t.Errorf("Stats = %+v, %v", st, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is there already: %v", err)
	}
	awaitEnd(t, s, submit(t, s, batch(1)).ID)
	for name, mode := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "gather.db"): 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", filepath.Base(name), info, err)
		}
	}
}
