package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
)

// rows is what *sql.Rows and pgx.Rows have in common.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// querier runs statements with $1, $2, … for both databases.
type querier interface {
	exec(ctx context.Context, query string, args ...any) (affected int64, err error)
	query(ctx context.Context, query string, args ...any) (rows, error)
}

// transaction is a querier whose work, and whose River jobs, are there together or not at all.
type transaction interface {
	querier
	enqueue(ctx context.Context, jobs []river.InsertManyParams) error
	commit(ctx context.Context) error
	rollback(ctx context.Context)
}

// A store is one of the two databases, with River upon it.
type store interface {
	begin(ctx context.Context) (transaction, error)
	reader() querier
	// announce tells all instances the news (see Service.heard) when the transaction commits.
	announce(ctx context.Context, tx querier, news []string) error
	// listen calls heard for all that any instance announces, and with "" when
	// some may have been missed, until ctx ends.
	listen(ctx context.Context, heard func(news string))
	// beat says that this instance lives, and requeues what dead ones held.
	beat(ctx context.Context) error
	// alive reports whether the last beat still holds.
	alive() bool
	// held lists the River jobs this instance is said to run.
	held(ctx context.Context) ([]int64, error)
	// requeue makes running River jobs available again.
	requeue(ctx context.Context, riverIDs []int64) error
	start(ctx context.Context) error
	stop(ctx context.Context) error
	close()
}

// one scans the first row of a query into dest and reports whether there was one.
func one(ctx context.Context, q querier, query string, args []any, dest ...any) (bool, error) {
	r, err := q.query(ctx, query, args...)
	if err != nil {
		return false, err
	}
	defer r.Close()
	if !r.Next() {
		return false, r.Err()
	}
	if err := r.Scan(dest...); err != nil {
		return false, err
	}
	r.Close()
	return true, r.Err()
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
