package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A hand is a clock that tests turn.
type hand struct{ at atomic.Int64 }

func newHand(t time.Time) *hand {
	h := &hand{}
	h.at.Store(t.UnixMicro())
	return h
}

func (h *hand) now() time.Time          { return time.UnixMicro(h.at.Load()).UTC() }
func (h *hand) turn(by time.Duration)   { h.at.Add(by.Microseconds()) }
func scheduled() (Submission, error)    { return batch(1), nil }
func unscheduled() (Submission, error)  { return Submission{}, errors.New("no such collection") }
func monday(hour, minute int) time.Time { return time.Date(2026, 11, 23, hour, minute, 0, 0, time.UTC) }

// opened returns the database of a Service that is not started: the test ticks.
func opened(t *testing.T, s *Service) *db {
	t.Helper()
	d, err := s.open(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.keepSchedules(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return d
}

func tick(t *testing.T, s *Service, d *db) {
	t.Helper()
	if err := s.tick(t.Context(), d); err != nil {
		t.Error(err)
	}
}

func jobCount(t *testing.T, s *Service) int {
	t.Helper()
	page, err := s.List(t.Context(), Query{Limit: maxLimit})
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Jobs)
}

func TestScheduleTicks(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		clock := newHand(monday(8, 0))
		o := Options{Database: database, Now: clock.now, Schedules: []Schedule{
			{Name: "hourly", Spec: "@every 1h", Make: scheduled},
			{Name: "broken", Spec: "@every 1h", Make: unscheduled},
		}}
		s := newService(t, o)
		d := opened(t, s)
		for _, step := range []struct {
			by   time.Duration
			jobs int
		}{{0, 0}, {59 * time.Minute, 0}, {time.Minute, 1}, {0, 1}, {time.Hour, 2}, {5 * time.Hour, 3}, {0, 3}, {30 * time.Minute, 3}} {
			clock.turn(step.by)
			tick(t, s, d)
			if n := jobCount(t, s); n != step.jobs {
				t.Errorf("at %v: %d jobs, want %d", clock.now(), n, step.jobs)
			}
		}
		page, err := s.List(t.Context(), Query{})
		if err != nil || page.Jobs[0].Source != "schedule:hourly" || page.Jobs[0].State != Queued {
			t.Errorf("jobs %+v, %v", page.Jobs, err)
		}
	})
}

// What was missed while nothing ran is made up for once; a changed expression
// starts from now.
func TestScheduleAfterDowntime(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		clock := newHand(monday(8, 0))
		run := func(spec string) int {
			s := newService(t, Options{Database: database, Now: clock.now, Schedules: []Schedule{{Name: "a", Spec: spec, Make: scheduled}}})
			tick(t, s, opened(t, s))
			defer stop(t, s)
			return jobCount(t, s)
		}
		run("0 * * * *")
		clock.turn(5*time.Hour + 30*time.Minute)
		if n := run("0 * * * *"); n != 1 {
			t.Errorf("five missed ticks made %d jobs", n)
		}
		clock.turn(2 * time.Hour)
		if n := run("30 4 * * *"); n != 1 {
			t.Errorf("a new expression ran at once: %d jobs", n)
		}
	})
}

func TestScheduleZone(t *testing.T) {
	t.Parallel()
	s := newService(t, Options{Database: newSQLite(t), Schedules: []Schedule{
		{Name: "utc", Spec: "0 9 * * *", Make: scheduled},
		{Name: "berlin", Spec: "0 9 * * *", Zone: "Europe/Berlin", Make: scheduled},
		{Name: "night", Spec: "30 2 * * *", Zone: "Europe/Berlin", Make: scheduled},
	}})
	for i, want := range []time.Time{monday(9, 0), monday(8, 0)} {
		if got := s.crons[i].next.Next(monday(7, 30)); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", s.crons[i].Name, got, want)
		}
	}
	// 02:30 does not exist on the day the clocks go forward.
	if got := s.crons[2].next.Next(time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)); got.Before(time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC)) {
		t.Errorf("on a day without 02:30: %v", got)
	}
}

// Of several instances exactly one runs each tick.
func TestScheduleRunsOnOneInstance(t *testing.T) {
	t.Parallel()
	database := newPostgres(t)
	clock := newHand(monday(8, 0))
	o := Options{Database: database, Now: clock.now, Schedules: []Schedule{{Name: "a", Spec: "@every 1m", Make: scheduled}}}
	var services []*Service
	var dbs []*db
	for range 4 {
		s := newService(t, o)
		services, dbs = append(services, s), append(dbs, opened(t, s))
	}
	for round := 1; round <= 10; round++ {
		clock.turn(time.Minute)
		var wg sync.WaitGroup
		for i := range services {
			wg.Go(func() { tick(t, services[i], dbs[i]) })
		}
		wg.Wait()
		if n := jobCount(t, services[0]); n != round {
			t.Fatalf("%d jobs after %d ticks", n, round)
		}
	}
}

// OnChange calls back for a result that differs from the last, and no other.
func TestOnChange(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		r := newReceiver(t)
		clock := newHand(time.Now())
		var answer, noise atomic.Int64
		o := callbackOptions(t, database, r)
		o.Now = clock.now
		o.Runner = runnerFunc(func(_ context.Context, _ RunInput, sink func(int, []byte) error) ([]byte, error) {
			if answer.Load() < 0 {
				return nil, errors.New("cannot run")
			}
			return nil, sink(0, fmt.Appendf(nil, `{"collected":true,"status":200,"attempts":%d,"body":[%d]}`, noise.Add(1), answer.Load()))
		})
		o.Schedules = []Schedule{{Name: "watch", Spec: "@every 1h", OnChange: true, Make: func() (Submission, error) {
			sub := batch(1)
			sub.Callback = Target{Endpoint: "crm"}
			return sub, nil
		}}}
		s := startService(t, o)
		for i, step := range []struct{ answer, calls int }{{1, 1}, {1, 1}, {2, 2}, {-1, 2}, {2, 2}, {1, 3}} {
			answer.Store(int64(step.answer))
			clock.turn(time.Hour + time.Second)
			tick(t, s, s.db)
			page, err := s.List(t.Context(), Query{Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			awaitEnd(t, s, page.Jobs[0].ID)
			list, err := s.Deliveries(t.Context(), DeliveryQuery{})
			if err != nil || len(list.Deliveries) != step.calls {
				t.Errorf("run %d: %d callbacks, want %d, %v", i, len(list.Deliveries), step.calls, err)
			}
		}
	})
}
