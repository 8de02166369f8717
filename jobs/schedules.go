package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
)

// scheduleInterval is how often due schedules are looked for: the finest a cron
// expression can say is a minute, @every a second.
const scheduleInterval = time.Second

// A Schedule submits a job at set times.
type Schedule struct {
	Name string // unique; the row it is claimed by
	// Spec is a five-field cron expression, a descriptor such as @daily, or
	// "@every 1h".
	Spec string
	Zone string // IANA time zone of the expression; "": UTC
	// OnChange calls back only when the result differs from the run before: the
	// bodies of its responses, and which were collected.
	OnChange bool
	// Make returns what to submit, each time. An error skips the tick.
	Make func() (Submission, error)
}

type cronEntry struct {
	Schedule
	next cron.Schedule
}

func parseCron(spec, zone string) (cron.Schedule, error) {
	if zone == "" {
		zone = "UTC"
	}
	if _, err := time.LoadLocation(zone); err != nil {
		return nil, fmt.Errorf("unknown time zone %q", zone)
	}
	return cron.ParseStandard("CRON_TZ=" + zone + " " + spec)
}

func parseSchedules(list []Schedule) ([]cronEntry, error) {
	seen := map[string]bool{}
	var entries []cronEntry
	for _, sch := range list {
		if seen[sch.Name] || sch.Name == "" || sch.Make == nil {
			return nil, fmt.Errorf("jobs: schedule %q needs a name of its own and a Make", sch.Name)
		}
		seen[sch.Name] = true
		next, err := parseCron(sch.Spec, sch.Zone)
		if err != nil {
			return nil, fmt.Errorf("jobs: schedule %q: %w", sch.Name, err)
		}
		entries = append(entries, cronEntry{sch, next})
	}
	return entries, nil
}

// identity is what a row's next tick was computed from.
func (c cronEntry) identity() string { return c.Zone + " " + c.Spec }

// keepSchedules has a row for each schedule. One that is there and means the same
// keeps its next tick, so that one missed while nothing ran is made up for.
func (s *Service) keepSchedules(ctx context.Context, d *db) error {
	if len(s.crons) == 0 {
		return nil
	}
	now := s.opts.Now()
	return d.writer.do(ctx, func(ctx context.Context, tx *batchTx) error {
		for _, c := range s.crons {
			if _, err := tx.exec(ctx, `INSERT INTO gather_schedules (name, spec, next_at, last_at) VALUES ($1, $2, $3, 0)
				ON CONFLICT (name) DO UPDATE SET spec = excluded.spec, next_at = excluded.next_at
				WHERE gather_schedules.spec <> excluded.spec`, c.Name, c.identity(), micros(c.next.Next(now))); err != nil {
				return err
			}
		}
		return nil
	})
}

// tick runs what is due. However many ticks were missed, a schedule runs once.
func (s *Service) tick(ctx context.Context, d *db) error {
	now := s.opts.Now()
	for _, c := range s.crons {
		var due int64
		found, err := one(ctx, d.store.reader(), `SELECT next_at FROM gather_schedules
			WHERE name = $1 AND spec = $2 AND next_at <= $3`, []any{c.Name, c.identity(), micros(now)}, &due)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		if err := s.runTick(ctx, d, c, due, now); err != nil {
			return err
		}
	}
	return nil
}

// runTick claims one tick and submits its job in the same transaction: of several
// instances exactly one finds the row as it was read.
func (s *Service) runTick(ctx context.Context, d *db, c cronEntry, due int64, now time.Time) error {
	sub, makeErr := c.Make()
	if makeErr != nil {
		s.opts.Logger.Error("jobs: a schedule made no batch", "schedule", c.Name, "error", makeErr)
	}
	if c.OnChange {
		sub.onChange = c.Name
	}
	if sub.Source == "" {
		sub.Source = "schedule:" + c.Name
	}
	in, err := s.prepare(sub)
	if err != nil {
		return err
	}
	return d.writer.do(ctx, func(ctx context.Context, tx *batchTx) error {
		n, err := tx.exec(ctx, `UPDATE gather_schedules SET next_at = $3, last_at = $2 WHERE name = $1 AND next_at = $2`,
			c.Name, due, micros(c.next.Next(now)))
		if err != nil || n == 0 || makeErr != nil {
			return err
		}
		return in.insert(ctx, tx)
	})
}
