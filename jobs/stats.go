package jobs

import (
	"context"
	"time"
)

// Stats are gauges of the whole database, not of this instance alone.
type Stats struct {
	Queued, Running      int
	OldestQueued         time.Duration // age of the job that waits longest; 0: none waits
	Pending, Dead        int           // deliveries
	OldestPendingAttempt time.Duration // how long the delivery attempt most overdue is; 0: none is
}

// Stats reads the gauges. Without a database all are 0. The error is ErrUnavailable.
func (s *Service) Stats(ctx context.Context) (Stats, error) {
	d, err := s.open(ctx, false)
	if err != nil || d == nil {
		return Stats{}, err
	}
	var (
		st               Stats
		oldest, next     int64
		q                = d.store.reader()
		now              = s.opts.Now()
		countAndOldest   = `SELECT COUNT(*), COALESCE(MIN(created_at), 0) FROM gather_jobs WHERE state = $1`
		pendingAndOldest = `SELECT COUNT(*), COALESCE(MIN(next_at), 0) FROM gather_deliveries WHERE state = $1`
		ignored          int64
	)
	for _, g := range []struct {
		query, state string
		count        *int
		oldest       *int64
	}{
		{countAndOldest, string(Queued), &st.Queued, &oldest},
		{countAndOldest, string(Running), &st.Running, &ignored},
		{pendingAndOldest, string(Pending), &st.Pending, &next},
		{pendingAndOldest, string(Dead), &st.Dead, &ignored},
	} {
		if _, err := one(ctx, q, g.query, []any{g.state}, g.count, g.oldest); err != nil {
			return Stats{}, unavailable(err)
		}
	}
	st.OldestQueued = age(now, fromMicros(oldest))
	st.OldestPendingAttempt = age(now, fromMicros(next))
	return st, nil
}

// age is how long ago t was, and 0 for no time.
func age(now, t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return max(now.Sub(t), 0)
}
