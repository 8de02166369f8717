package jobs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"
)

// A job that was started more than maxStalls times in a row without a single item
// getting done, the first time longer than stallTime ago, is given up: something
// in it ends the process. Either alone may be bad luck with restarts.
const (
	maxStalls = 10
	stallTime = 5 * time.Minute
)

// A lease is one attempt at a job: what its writes are fenced on.
type lease struct {
	job     Job
	batch   []byte
	attempt int
	stalls  int
	// onChange is the schedule the result is compared for, "" for none.
	onChange string
}

// fetch works one job for River. It returns nil when there is nothing left to do
// for this River job, whatever became of ours; an error has River come back to it.
func (s *Service) fetch(ctx context.Context, riverID int64, jobID string) error {
	defer s.active.begin(riverID)()
	d, err := s.open(context.WithoutCancel(ctx), false)
	if err != nil {
		return river.JobSnooze(0) // the service stops: the next process has it
	}
	if !d.store.alive() {
		return leaveToOthers(ctx)
	}
	l, err := s.claim(d, jobID)
	if err != nil || l == nil {
		return err
	}
	if l.stalls > maxStalls && s.opts.Now().Sub(l.job.StartedAt) > stallTime {
		_, err := s.end(d, l, Failed, nil, "given up: it was started again and again without getting on")
		return err
	}
	summary, err := s.work(ctx, d, l)
	switch {
	case errors.Is(err, errFenced):
		return nil
	case errors.Is(err, ErrUnavailable):
		return err
	case ctx.Err() != nil && err != nil:
		return s.putBack(d, l)
	case err != nil:
		_, err = s.end(d, l, Failed, nil, err.Error())
	default:
		_, err = s.end(d, l, Completed, summary, "")
	}
	return err
}

// leaveToOthers puts a River job back that an instance without a lease fetched:
// what it began, the others would take from it again. It takes its time, and never
// the same, so that they are there first before long.
func leaveToOthers(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-time.After(beatInterval/4 + rand.N(beatInterval/4)):
	}
	return river.JobSnooze(0)
}

// work calls the Runner. Its error is errFenced when the job was cancelled or
// taken over meanwhile, and ctx's when the service stops.
func (s *Service) work(ctx context.Context, d *db, l *lease) ([]byte, error) {
	runCtx, end := s.active.cancellable(ctx, l.job.ID)
	defer end()
	done, err := itemsDone(runCtx, d.store.reader(), l.job.ID)
	if err != nil {
		return nil, unavailable(err)
	}
	in := RunInput{
		JobID: l.job.ID, Batch: l.batch, Client: l.job.Client, Done: done,
		Stored: func(ctx context.Context, index int) ([]byte, error) {
			return storedItem(ctx, d.store.reader(), l.job.ID, index)
		},
	}
	summary, err := s.opts.Runner.Run(runCtx, in, func(index int, response []byte) error {
		return s.keep(d, l, index, response)
	})
	if errors.Is(context.Cause(runCtx), errCancelled) {
		return nil, errFenced
	}
	return summary, err
}

// claim moves a job to Running under a new attempt, or returns nil where it ended.
func (s *Service) claim(d *db, id string) (*lease, error) {
	var l *lease
	now := s.opts.Now()
	err := d.writer.do(context.Background(), func(ctx context.Context, tx *batchTx) error {
		l = nil
		n := &lease{}
		var created, started int64
		var callback string
		found, err := one(ctx, tx, `UPDATE gather_jobs SET state = 'running', attempt = attempt + 1, holder = $2,
				started_at = CASE WHEN started_at = 0 THEN $3 ELSE started_at END,
				stalls = CASE WHEN done > start_done THEN 0 ELSE stalls + 1 END, start_done = done
			WHERE id = $1 AND state IN ('queued', 'running')
			RETURNING client, source, batch, callback, on_change, total, attempt, stalls, created_at, started_at`,
			[]any{id, s.instance, micros(now)},
			&n.job.Client, &n.job.Source, &n.batch, &callback, &n.onChange, &n.job.Total, &n.attempt, &n.stalls, &created, &started)
		if err != nil || !found {
			return err
		}
		n.job.ID, n.job.State = id, Running
		n.job.CreatedAt, n.job.StartedAt = fromMicros(created), fromMicros(started)
		l = n
		tx.changes(id)
		n.job.Callback, err = parseTarget(callback)
		return err
	})
	return l, err
}

// keep stores one response. The job's row is locked first, and tells whether this
// attempt still holds it; what is there already is not stored again.
func (s *Service) keep(d *db, l *lease, index int, response []byte) error {
	if index < 0 || index >= l.job.Total {
		return fmt.Errorf("jobs: item %d of %d", index, l.job.Total)
	}
	var held bool
	err := d.writer.do(context.Background(), func(ctx context.Context, tx *batchTx) error {
		var seq int64
		found, err := one(ctx, tx, `UPDATE gather_jobs SET done = done + 1
			WHERE id = $1 AND state = 'running' AND attempt = $2
				AND NOT EXISTS (SELECT 1 FROM gather_items WHERE job_id = $1 AND idx = $3)
			RETURNING done`, []any{l.job.ID, l.attempt, index}, &seq)
		if err != nil {
			return err
		}
		if !found {
			held, err = l.holds(ctx, tx)
			return err
		}
		held = true
		tx.changes(l.job.ID)
		_, err = tx.exec(ctx, `INSERT INTO gather_items (job_id, idx, seq, response) VALUES ($1, $2, $3, $4)`,
			l.job.ID, index, seq, response)
		return err
	})
	if err == nil && !held {
		return errFenced
	}
	return err
}

func (l *lease) holds(ctx context.Context, q querier) (bool, error) {
	var n int
	return one(ctx, q, `SELECT 1 FROM gather_jobs WHERE id = $1 AND state = 'running' AND attempt = $2`,
		[]any{l.job.ID, l.attempt}, &n)
}

// end moves the job to its last state, with its callback, if this attempt holds it.
func (s *Service) end(d *db, l *lease, state State, summary []byte, failure string) (bool, error) {
	var hash []byte
	if l.onChange != "" && state == Completed {
		var err error
		if hash, err = resultHash(context.Background(), d.store.reader(), l.job.ID); err != nil {
			return false, unavailable(err)
		}
	}
	var ended bool
	now := s.opts.Now()
	err := d.writer.do(context.Background(), func(ctx context.Context, tx *batchTx) error {
		n, err := tx.exec(ctx, `UPDATE gather_jobs SET state = $3, finished_at = $4, summary = $5, error = $6, holder = ''
			WHERE id = $1 AND state = 'running' AND attempt = $2`,
			l.job.ID, l.attempt, string(state), micros(now), summary, failure)
		if ended = n == 1; err != nil || !ended {
			return err
		}
		tx.changes(l.job.ID)
		if l.onChange != "" {
			changed, err := resultChanged(ctx, tx, l.onChange, hash)
			if err != nil || !changed {
				return err
			}
		}
		job := l.job
		job.State, job.Summary = state, summary
		return s.callBack(ctx, tx, job, now)
	})
	if err == nil && ended {
		s.opts.Observer.JobEnded(state, l.job.StartedAt.Sub(l.job.CreatedAt), now.Sub(l.job.StartedAt))
	}
	return ended, err
}

// putBack returns the job to the queue because the service stops. That it got
// nowhere is not held against it.
func (s *Service) putBack(d *db, l *lease) error {
	err := d.writer.do(context.Background(), func(ctx context.Context, tx *batchTx) error {
		tx.changes(l.job.ID)
		_, err := tx.exec(ctx, `UPDATE gather_jobs SET state = 'queued', holder = '', stalls = 0, start_done = -1
			WHERE id = $1 AND state = 'running' AND attempt = $2`, l.job.ID, l.attempt)
		return err
	})
	if err != nil {
		return err
	}
	return river.JobSnooze(0)
}

func itemsDone(ctx context.Context, q querier, id string) ([]int, error) {
	r, err := q.query(ctx, `SELECT idx FROM gather_items WHERE job_id = $1 ORDER BY idx`, id)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var done []int
	for r.Next() {
		var i int
		if err := r.Scan(&i); err != nil {
			return nil, err
		}
		done = append(done, i)
	}
	return done, r.Err()
}

func storedItem(ctx context.Context, q querier, id string, index int) ([]byte, error) {
	var response []byte
	found, err := one(ctx, q, `SELECT response FROM gather_items WHERE job_id = $1 AND idx = $2`, []any{id, index}, &response)
	switch {
	case err != nil:
		return nil, unavailable(err)
	case !found:
		return nil, ErrNotFound
	}
	return response, nil
}
