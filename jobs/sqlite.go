package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the driver named "sqlite"
)

const (
	// sqliteCooldown lets 100 workers start 5,000 jobs a second, and leaves the
	// one write connection free in between.
	sqliteCooldown = 20 * time.Millisecond
	// sqlitePoll is a backstop: here River's notifications are rows, and not lost.
	sqlitePoll    = time.Second
	sqliteReaders = 4
)

// sqliteStore is one file, held by this process alone. Writes go over a single
// connection, which is what SQLite does anyway, but without its lock retries.
type sqliteStore struct {
	write, read *sql.DB
	lock        *fileLock
	client      *river.Client[*sql.Tx]
}

// openSQLite creates the folder and the file where they are missing, and puts
// back what the last process was running when it ended.
func openSQLite(ctx context.Context, file string, w work, set riverSettings) (_ store, err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("create the data folder: %w", err)
	}
	s := &sqliteStore{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.lock, err = lockFile(file + ".lock"); err != nil {
		return nil, err
	}
	if err := reserve(file); err != nil {
		return nil, err
	}
	uri := "file:" + strings.ReplaceAll(file, "%", "%25")
	const common = "?_pragma=busy_timeout(2000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	if s.write, err = sql.Open("sqlite", uri+common+"&_txlock=immediate"); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sql.Open("sqlite", uri+common+"&_pragma=query_only(1)"); err != nil {
		return nil, err
	}
	s.read.SetMaxOpenConns(sqliteReaders)
	s.read.SetMaxIdleConns(sqliteReaders)
	if err := s.migrate(ctx); err != nil {
		return nil, err
	}
	if err := s.recover(ctx); err != nil {
		return nil, err
	}
	set.cooldown, set.poll = sqliteCooldown, sqlitePoll
	s.client, err = newRiver(riversqlite.New(s.write), w, set)
	return s, err
}

// reserve creates the file for its owner only, before SQLite would with wider permissions.
func reserve(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func (s *sqliteStore) migrate(ctx context.Context) error {
	m, err := rivermigrate.New(riversqlite.New(s.write), nil)
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	for _, statement := range schema {
		if _, err := tx.ExecContext(ctx, strings.ReplaceAll(statement, "$blob", "BLOB")); err != nil {
			return fmt.Errorf("create tables: %w", err)
		}
	}
	return tx.Commit()
}

// recover runs while nothing else does: whatever is said to be running is not.
// River's own rescue goes by age and would take an hour. Place in the queue and
// number of attempts are kept. The leader that died would be waited for, too.
func (s *sqliteStore) recover(ctx context.Context) error {
	for _, statement := range []string{
		`UPDATE river_job SET state = 'available' WHERE state = 'running'`,
		`DELETE FROM river_leader`,
		`UPDATE gather_jobs SET state = 'queued', holder = '' WHERE state = 'running'`,
	} {
		if _, err := s.write.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("recover: %w", err)
		}
	}
	return nil
}

func (s *sqliteStore) begin(ctx context.Context) (transaction, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &sqliteTx{sqlQuerier{tx}, tx, s.client}, nil
}

func (s *sqliteStore) reader() querier { return sqlQuerier{s.read} }

func (s *sqliteStore) announce(context.Context, querier, []string) error { return nil }

func (s *sqliteStore) listen(ctx context.Context, _ func(string)) { <-ctx.Done() }

func (s *sqliteStore) beat(context.Context) error { return nil }

func (s *sqliteStore) alive() bool { return true }

func (s *sqliteStore) held(ctx context.Context) ([]int64, error) {
	return riverIDs(ctx, s.reader(), `SELECT id FROM river_job WHERE state = 'running'`)
}

func (s *sqliteStore) requeue(ctx context.Context, ids []int64) error {
	return requeueRiver(ctx, sqlQuerier{s.write}, ids)
}

func (s *sqliteStore) start(ctx context.Context) error { return s.client.Start(ctx) }

func (s *sqliteStore) stop(ctx context.Context) error { return s.client.Stop(ctx) }

func (s *sqliteStore) close() {
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			_ = db.Close()
		}
	}
	if s.lock != nil {
		s.lock.release()
	}
}

type sqliteTx struct {
	sqlQuerier
	tx     *sql.Tx
	client *river.Client[*sql.Tx]
}

func (t *sqliteTx) enqueue(ctx context.Context, jobs []river.InsertManyParams) error {
	_, err := t.client.InsertManyFastTx(ctx, t.tx, jobs)
	return err
}

func (t *sqliteTx) commit(context.Context) error { return t.tx.Commit() }

func (t *sqliteTx) rollback(context.Context) { _ = t.tx.Rollback() }

// sqlQuerier adapts database/sql.
type sqlQuerier struct {
	db interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

func (q sqlQuerier) exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := q.db.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (q sqlQuerier) query(ctx context.Context, query string, args ...any) (rows, error) {
	r, err := q.db.QueryContext(ctx, query, args...) //nolint:sqlclosecheck // handed on, closed by the caller
	if err != nil {
		return nil, err
	}
	return sqlRows{r}, nil
}

type sqlRows struct{ *sql.Rows }

func (r sqlRows) Close() { _ = r.Rows.Close() }

var errInUse = errors.New("the file is in use by another process")
