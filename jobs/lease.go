package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// leaseTime is how long an instance counts as alive after its last beat.
	leaseTime = 5 * time.Second
	// beatInterval leaves four beats to fail before a lease is lost.
	beatInterval = time.Second
	// relisten is the pause before a lost notification connection is opened again.
	relisten = 500 * time.Millisecond
)

// databaseNow is the time all instances agree upon, in microseconds.
const databaseNow = `(extract(epoch FROM clock_timestamp()) * 1000000)::bigint`

// beat renews this instance's lease, and puts back what instances without one
// were running: within leaseTime and one beat of their end. Their own writes, if
// they should live after all, fail at the attempt number.
func (s *postgresStore) beat(ctx context.Context) error {
	begun := time.Now()
	ctx, cancel := context.WithTimeout(ctx, leaseTime)
	defer cancel()
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO gather_instances (id, expires_at) VALUES ($1, `+databaseNow+` + $2)
			ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at`, s.instance, leaseTime.Microseconds()); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM gather_instances WHERE expires_at < `+databaseNow); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE river_job SET state = 'available'
			WHERE state = 'running' AND queue IN ($1, $2) AND NOT EXISTS (
				SELECT 1 FROM gather_instances i WHERE i.id = attempted_by[array_upper(attempted_by, 1)])`,
			fetchQueue, deliverQueue); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE gather_jobs SET state = 'queued', holder = ''
			WHERE state = 'running' AND NOT EXISTS (SELECT 1 FROM gather_instances i WHERE i.id = holder)`)
		return err
	})
	if err == nil {
		s.beaten.Store(&begun)
	}
	return err
}

// alive goes by this process's own clock, from before the beat: it gives up no
// later than the others do.
func (s *postgresStore) alive() bool {
	last := s.beaten.Load()
	return last != nil && time.Since(*last) < leaseTime
}

func (s *postgresStore) held(ctx context.Context) ([]int64, error) {
	return riverIDs(ctx, s.reader(), `SELECT id FROM river_job
		WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $1`, s.instance)
}

func (s *postgresStore) requeue(ctx context.Context, ids []int64) error {
	return requeueRiver(ctx, s.reader(), ids)
}

func (s *postgresStore) listen(ctx context.Context, heard func(string)) {
	for ctx.Err() == nil {
		if err := s.listenOnce(ctx, heard); err != nil && !errors.Is(err, context.Canceled) {
			select {
			case <-ctx.Done():
			case <-time.After(relisten):
			}
		}
	}
}

func (s *postgresStore) listenOnce(ctx context.Context, heard func(string)) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it is being given up
	if _, err := conn.Exec(ctx, `LISTEN `+notifyChannel); err != nil {
		return err
	}
	heard("") // whatever came before we listened
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		heard(n.Payload)
	}
}
