package jobs

import (
	"context"
	"time"
)

const (
	retentionInterval = time.Minute
	// removeAtOnce bounds one transaction: a job may have 10,000 items to remove.
	removeAtOnce = 20
)

// removeOld deletes jobs that ended longer ago than the retention, with all that
// belongs to them; their idempotency keys and delivery ids are forgotten with them.
// A callback still under way keeps its job.
func (s *Service) removeOld(ctx context.Context, d *db) error {
	before := micros(s.opts.Now().Add(-s.opts.Retention))
	for ctx.Err() == nil {
		var removed int
		err := d.writer.do(ctx, func(ctx context.Context, tx *batchTx) error {
			ids, err := oldJobs(ctx, tx, before)
			if removed = len(ids); err != nil {
				return err
			}
			for _, id := range ids {
				if err := removeJob(ctx, tx, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || removed < removeAtOnce {
			return err
		}
	}
	return ctx.Err()
}

func oldJobs(ctx context.Context, q querier, before int64) ([]string, error) {
	r, err := q.query(ctx, `SELECT id FROM gather_jobs
		WHERE finished_at > 0 AND finished_at < $1
			AND NOT EXISTS (SELECT 1 FROM gather_deliveries d WHERE d.job_id = gather_jobs.id AND d.state = 'pending')
		ORDER BY finished_at LIMIT $2`, before, removeAtOnce)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var ids []string
	for r.Next() {
		var id string
		if err := r.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, r.Err()
}

func removeJob(ctx context.Context, tx querier, id string) error {
	for _, statement := range []string{
		`DELETE FROM gather_attempts WHERE delivery_id IN (SELECT id FROM gather_deliveries WHERE job_id = $1)`,
		`DELETE FROM gather_deliveries WHERE job_id = $1`,
		`DELETE FROM gather_items WHERE job_id = $1`,
		`DELETE FROM gather_keys WHERE job_id = $1`,
		`DELETE FROM gather_inbound WHERE job_id = $1`,
		`DELETE FROM gather_jobs WHERE id = $1`,
	} {
		if _, err := tx.exec(ctx, statement, id); err != nil {
			return err
		}
	}
	return nil
}
