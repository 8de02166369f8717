package jobs

import (
	"context"
	"time"
)

// Cancel ends a job that has not ended, and returns it. One that has is returned
// as it is. What was stored stays; items under way are given up, on whichever
// instance they are. Errors are ErrNotFound and ErrUnavailable.
func (s *Service) Cancel(ctx context.Context, id string) (Job, error) {
	job, err := s.Get(ctx, id)
	if err != nil || job.State.Ended() {
		return job, err
	}
	d, err := s.open(ctx, false)
	if err != nil {
		return Job{}, err
	}
	var cancelled bool
	now := s.opts.Now()
	err = d.writer.do(ctx, func(ctx context.Context, tx *batchTx) error {
		n, err := tx.exec(ctx, `UPDATE gather_jobs SET state = 'cancelled', finished_at = $2, holder = ''
			WHERE id = $1 AND state IN ('queued', 'running')`, id, micros(now))
		if cancelled = n == 1; err != nil || !cancelled {
			return err
		}
		tx.cancels(id)
		job.State = Cancelled
		return s.callBack(ctx, tx, job, now)
	})
	if err != nil {
		return Job{}, err
	}
	if job, err = s.Get(ctx, id); err == nil && cancelled {
		var ran time.Duration
		start := now
		if !job.StartedAt.IsZero() {
			start, ran = job.StartedAt, now.Sub(job.StartedAt)
		}
		s.opts.Observer.JobEnded(Cancelled, start.Sub(job.CreatedAt), ran)
	}
	return job, err
}

// Retry submits an ended or a running job's batch once more, as a new job with
// the same client, source and callback. Errors are ErrNotFound and ErrUnavailable.
func (s *Service) Retry(ctx context.Context, id string) (Job, error) {
	job, err := s.Get(ctx, id)
	if err != nil {
		return Job{}, err
	}
	batch, err := s.Batch(ctx, id)
	if err != nil {
		return Job{}, err
	}
	again, err := s.Submit(ctx, Submission{
		Batch: batch, Total: job.Total, Client: job.Client, Source: job.Source, Callback: job.Callback,
	})
	return again.Job, err
}
