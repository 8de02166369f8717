package jobs

import (
	"context"
	"iter"
	"time"
)

// recheck is how often a watched job is looked at although nobody said that it
// changed: a notification may be lost with its connection.
const recheck = 5 * time.Second

// An Event is something that happened to a job.
type Event struct {
	// ID is what a client hands back to go on after this event. It counts up from
	// 1 in each job, and means the same on every instance. 0: nothing to go on from.
	ID  int64
	Job Job // as it was last seen
	// Response is set when this event says that an item is done; otherwise the
	// event says that the job's state changed, or what it is to begin with.
	Response []byte
	Index    int // of the item
	Done     int // items done up to this event
}

// Events streams what happens to a job: its state to begin with, every response
// after event number after (0: all), each change of state. It ends after the
// event that says the job ended, which has an ID too, or after the first error:
// ErrNotFound, ErrUnavailable or ctx's own. Responses come in the order they were
// stored, each once.
func (s *Service) Events(ctx context.Context, id string, after int64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if !isUUID(id) {
			yield(Event{}, ErrNotFound)
			return
		}
		w := s.hub.watch(id) // before the first look, or news in between were lost
		defer s.hub.unwatch(w)
		timer := time.NewTicker(recheck)
		defer timer.Stop()
		var state State
		for {
			job, err := s.Get(ctx, id)
			if err != nil {
				yield(Event{}, err)
				return
			}
			if !job.State.Ended() && job.State != state {
				state = job.State
				if !yield(Event{Job: job, Done: job.Done}, nil) {
					return
				}
			}
			var more bool
			if after, more = s.newResponses(ctx, job, after, yield); !more {
				return
			}
			// The job was read before its responses: if it had ended, none is missing.
			if job.State.Ended() {
				if end := int64(job.Done) + 1; after < end {
					yield(Event{ID: end, Job: job, Done: job.Done}, nil)
				}
				return
			}
			select {
			case <-ctx.Done():
				yield(Event{}, ctx.Err())
				return
			case <-w.wake:
			case <-timer.C:
			}
		}
	}
}

// newResponses yields what was stored after an event, and returns the last one's
// number and whether to go on.
func (s *Service) newResponses(ctx context.Context, job Job, after int64, yield func(Event, error) bool) (int64, bool) {
	d, err := s.open(ctx, false)
	if err != nil {
		yield(Event{}, err)
		return after, false
	}
	for {
		page, err := itemsAfter(ctx, d.store.reader(), "seq", job.ID, after)
		if err != nil {
			yield(Event{}, unavailable(err))
			return after, false
		}
		for _, it := range page {
			after = it.seq
			if !yield(Event{ID: it.seq, Job: job, Response: it.Response, Index: it.Index, Done: int(it.seq)}, nil) {
				return after, false
			}
		}
		if len(page) == 0 {
			return after, true
		}
	}
}
