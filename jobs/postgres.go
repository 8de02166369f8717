package jobs

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

const (
	// postgresCooldown is the least time between two looks into the queue, and
	// so most of what a job waits on an idle instance.
	postgresCooldown = 2 * time.Millisecond
	postgresPoll     = 200 * time.Millisecond
	postgresConns    = 12
	connectTimeout   = 3 * time.Second
	// migrationLock is the advisory lock under which instances that start
	// together create their tables one after the other.
	migrationLock = 0x67617468 // "gath"
	notifyChannel = "gather_jobs"
)

// postgresStore is a database shared by several instances.
type postgresStore struct {
	pool     *pgxpool.Pool
	instance string
	client   *river.Client[pgx.Tx]
	beaten   atomic.Pointer[time.Time] // when the last beat that succeeded was begun
}

func openPostgres(ctx context.Context, dsn string, w work, set riverSettings) (_ store, err error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("unreadable database URL") // the parser's own error may quote the URL
	}
	cfg.ConnConfig.ConnectTimeout = connectTimeout
	cfg.MaxConns = postgresConns
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s := &postgresStore{pool: pool, instance: set.instance}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := s.migrate(ctx); err != nil {
		return nil, err
	}
	// Alive before the first job is fetched, or another instance would take it.
	if err := s.beat(ctx); err != nil {
		return nil, err
	}
	set.cooldown, set.poll = postgresCooldown, postgresPoll
	s.client, err = newRiver(riverpgxv5.New(pool), w, set)
	return s, err
}

func (s *postgresStore) migrate(ctx context.Context) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, migrationLock); err != nil {
		return err
	}
	defer conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, migrationLock) //nolint:errcheck // ends with the connection
	m, err := rivermigrate.New(riverpgxv5.New(s.pool), nil)
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	for _, statement := range schema {
		if _, err := conn.Exec(ctx, strings.ReplaceAll(statement, "$blob", "BYTEA")); err != nil {
			return fmt.Errorf("create tables: %w", err)
		}
	}
	return nil
}

func (s *postgresStore) begin(ctx context.Context) (transaction, error) {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return nil, err
	}
	return &postgresTx{pgxQuerier{tx}, tx, s.client}, nil
}

func (s *postgresStore) reader() querier { return pgxQuerier{s.pool} }

func (s *postgresStore) announce(ctx context.Context, tx querier, ids []string) error {
	_, err := tx.exec(ctx, `SELECT pg_notify('`+notifyChannel+`', id) FROM unnest($1::text[]) AS id`, ids)
	return err
}

func (s *postgresStore) start(ctx context.Context) error { return s.client.Start(ctx) }

// stop waits for the work under way, then gives the lease back, so that another
// instance need not wait for its end.
func (s *postgresStore) stop(ctx context.Context) error {
	err := s.client.Stop(ctx)
	_, _ = s.pool.Exec(ctx, `DELETE FROM gather_instances WHERE id = $1`, s.instance)
	return err
}

func (s *postgresStore) close() { s.pool.Close() }

type postgresTx struct {
	pgxQuerier
	tx     pgx.Tx
	client *river.Client[pgx.Tx]
}

func (t *postgresTx) enqueue(ctx context.Context, jobs []river.InsertManyParams) error {
	_, err := t.client.InsertManyFastTx(ctx, t.tx, jobs)
	return err
}

func (t *postgresTx) commit(ctx context.Context) error { return t.tx.Commit(ctx) }

func (t *postgresTx) rollback(ctx context.Context) { _ = t.tx.Rollback(ctx) }
