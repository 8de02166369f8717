package jobs

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// refused is what every call says while the database cannot be used.
func refused(t *testing.T, s *Service) {
	t.Helper()
	if a, err := s.Submit(t.Context(), batch(1)); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Submit = %+v, %v", a, err)
	}
}

func TestCorruptFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "gather.db")
	garbage := []byte(strings.Repeat("this is not a database\n", 1000))
	if err := os.WriteFile(file, garbage, 0o600); err != nil {
		t.Fatal(err)
	}
	s := startService(t, Options{Database: "sqlite:" + file})
	refused(t, s)
	if _, err := s.List(t.Context(), Query{}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("List: %v", err)
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(garbage) {
		t.Error("the file was changed")
	}
}

func TestFolderThatCannotBeMade(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, startService(t, Options{Database: "sqlite:" + filepath.Join(file, "gather.db")}))
}

// A second process would take the first one's running jobs for lost.
func TestFileInUse(t *testing.T) {
	t.Parallel()
	database := newSQLite(t)
	first := startService(t, Options{Database: database, Runner: stopAfter(1)})
	id := submit(t, first, batch(2)).ID
	await(t, first, id, func(j Job) bool { return j.Done >= 1 })
	second := startService(t, Options{Database: database})
	refused(t, second)
	if _, err := second.Get(t.Context(), id); !errors.Is(err, ErrUnavailable) || !errors.Is(err, errInUse) {
		t.Errorf("Get: %v", err)
	}
	if job, err := first.Get(t.Context(), id); err != nil || job.State != Running {
		t.Errorf("the first one's job: %+v, %v", job, err)
	}
}

// A full disk refuses, and nothing is stuck when there is room again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	s := startService(t, Options{Database: newSQLite(t)})
	awaitEnd(t, s, submit(t, s, batch(1)).ID)
	limit := func(pages int) {
		if _, err := s.db.store.(*sqliteStore).write.Exec("PRAGMA max_page_count = " + strconv.Itoa(pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // SQLite takes this for: not a page more than there is
	big := batch(1)
	big.Source = strings.Repeat("x", 1<<20)
	if a, err := s.Submit(t.Context(), big); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Submit = %+v, %v", a, err)
	}
	limit(1 << 30)
	big.Source = ""
	if job := awaitEnd(t, s, submit(t, s, big).ID); job.State != Completed {
		t.Errorf("after: %+v", job)
	}
	if page, err := s.List(t.Context(), Query{}); err != nil || len(page.Jobs) != 2 {
		t.Errorf("%d jobs, %v: the refused one is there", len(page.Jobs), err)
	}
}

func TestLostPostgres(t *testing.T) {
	t.Parallel()
	database, name := server.Database(t)
	s := startService(t, Options{Database: database})
	awaitEnd(t, s, submit(t, s, batch(1)).ID)
	server.Exec(t, "ALTER DATABASE "+name+" ALLOW_CONNECTIONS false")
	server.Exec(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'")
	refused(t, s)
	if _, err := s.List(t.Context(), Query{}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("List: %v", err)
	}
	server.Exec(t, "ALTER DATABASE "+name+" ALLOW_CONNECTIONS true")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		a, err := s.Submit(ctx, batch(1))
		if err == nil {
			awaitEnd(t, s, a.Job.ID)
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("it never came back: %v", err)
		}
	}
}

func TestUnreachablePostgres(t *testing.T) {
	t.Parallel()
	s := startService(t, Options{Database: "postgres://gather:hidden@127.0.0.1:1/x"})
	_, err := s.Submit(t.Context(), batch(1))
	if !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "hidden") {
		t.Errorf("Submit: %v", err)
	}
}

// Another program that holds the file's lock makes us refuse, after a while.
func TestLockedFile(t *testing.T) {
	t.Parallel()
	database := newSQLite(t)
	s := startService(t, Options{Database: database})
	awaitEnd(t, s, submit(t, s, batch(1)).ID)
	other, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(database, "sqlite:")+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	refused(t, s)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, s, submit(t, s, batch(1)).ID)
}

// River rows that are said to run here, and do not, are put back: after two looks.
func TestReclaim(t *testing.T) {
	t.Parallel()
	for name, setup := range map[string]struct {
		database func(testing.TB) string
		holder   string
	}{
		"sqlite":   {newSQLite, `jsonb_array('` + "%s" + `')`},
		"postgres": {newPostgres, `ARRAY['` + "%s" + `']`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, Options{Database: setup.database(t)})
			submit(t, s, batch(1))
			submit(t, s, batch(1))
			tx, err := s.db.store.begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			holder := strings.ReplaceAll(setup.holder, "%s", s.instance)
			if _, err := tx.exec(t.Context(), `UPDATE river_job SET state = 'running', attempted_by = `+holder); err != nil {
				t.Fatal(err)
			}
			if err := tx.commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			held := func() []int64 {
				ids, err := s.db.store.held(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return ids
			}
			ids := held()
			if len(ids) != 2 {
				t.Fatalf("held %v", ids)
			}
			defer s.active.begin(ids[0])() // one is really worked on
			reclaim := s.reclaimer(s.db)
			for look, want := range []int{2, 1, 1} {
				if err := reclaim(t.Context()); err != nil {
					t.Fatal(err)
				}
				if left := held(); len(left) != want || left[0] != ids[0] {
					t.Errorf("after look %d: %v are held", look+1, left)
				}
			}
		})
	}
}
