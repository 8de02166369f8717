package jobs

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"
)

// errCancelled is the cause with which a cancelled job's context ends.
var errCancelled = errors.New("jobs: cancelled")

// reclaimInterval is how often rows that nobody works on are looked for. One must
// be found twice, so a worker has at least this long to say that it began.
const reclaimInterval = 10 * time.Second

// active is what this instance is working on right now.
type active struct {
	mu    sync.Mutex
	river map[int64]struct{}
	jobs  map[string]context.CancelCauseFunc
}

// begin notes that a River job is being worked.
func (a *active) begin(riverID int64) (end func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.river == nil {
		a.river = map[int64]struct{}{}
	}
	a.river[riverID] = struct{}{}
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.river, riverID)
	}
}

func (a *active) works(riverID int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.river[riverID]
	return ok
}

// cancellable lets stop end the job's context.
func (a *active) cancellable(ctx context.Context, jobID string) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.jobs == nil {
		a.jobs = map[string]context.CancelCauseFunc{}
	}
	a.jobs[jobID] = cancel
	return ctx, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.jobs, jobID)
		cancel(nil)
	}
}

func (a *active) stop(jobID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if cancel := a.jobs[jobID]; cancel != nil {
		cancel(errCancelled)
	}
}

// running lists the jobs that could be stopped.
func (a *active) running() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	ids := make([]string, 0, len(a.jobs))
	for id := range a.jobs {
		ids = append(ids, id)
	}
	return ids
}

// cancelMark before a job's id is the news that it was cancelled; the id alone,
// that there is something new to read.
const cancelMark = "!"

// heard passes on what this or another instance announced. "" says that some
// news may be lost: who watches looks, and running jobs are checked.
func (s *Service) heard(news string) {
	id, cancelled := strings.CutPrefix(news, cancelMark)
	if cancelled {
		s.active.stop(id)
	}
	s.hub.notify(id)
	if news != "" {
		return
	}
	for _, id := range s.active.running() {
		if job, err := s.Get(s.base, id); err == nil && job.State.Ended() {
			s.active.stop(id)
		}
	}
}

// reclaimer puts back River jobs that are said to run here and do not: after the
// database refused the note that they were done, as a full disk does. Running one
// twice is harmless, since its writes are fenced; never running it again is not.
func (s *Service) reclaimer(d *db) func(context.Context) error {
	suspects := map[int64]struct{}{}
	return func(ctx context.Context) error {
		ids, err := d.store.held(ctx)
		if err != nil {
			return err
		}
		idle := map[int64]struct{}{}
		var lost []int64
		for _, id := range ids {
			if s.active.works(id) {
				continue
			}
			idle[id] = struct{}{}
			if _, again := suspects[id]; again {
				lost = append(lost, id)
			}
		}
		suspects = idle
		return d.store.requeue(ctx, lost)
	}
}
