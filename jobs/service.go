package jobs

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	// reopenInterval is the least time between two attempts at opening a database
	// that could not be opened.
	reopenInterval = time.Second
	openTimeout    = 10 * time.Second
)

// A Service accepts jobs, runs them, and tells what became of them. It is safe
// for concurrent use.
type Service struct {
	opts     Options
	file     string // of the SQLite database; "" for PostgreSQL
	instance string
	crons    []cronEntry
	hub      hub
	keys     keysInFlight

	mu      sync.Mutex
	db      *db
	failed  error // why the last opening failed
	tried   time.Time
	started bool
	works   bool // the background loops and River run
	stopped bool

	background sync.WaitGroup
	cancel     context.CancelFunc // ends the background loops
	base       context.Context    // which live until then

	active active
}

// db is an open database.
type db struct {
	store  store
	writer *writer
}

// New returns a Service. Nothing is opened, created or started yet; errors are
// faults of the options.
func New(o Options) (*Service, error) {
	if err := o.withDefaults(); err != nil {
		return nil, err
	}
	file, _, err := database(o.Database)
	if err != nil {
		return nil, err
	}
	crons, err := parseSchedules(o.Schedules)
	if err != nil {
		return nil, err
	}
	s := &Service{opts: o, file: file, instance: uuid.NewString(), crons: crons}
	s.base, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Start begins to run jobs and callbacks, those a previous process left behind
// included. An SQLite file that does not exist yet is not created before the
// first job, unless there are schedules to keep. A database that cannot be
// opened is no error: it is tried again, and until then every call says
// ErrUnavailable. The Service lives until Stop, whatever becomes of ctx.
func (s *Service) Start(ctx context.Context) error {
	s.mu.Lock()
	if s.started || s.stopped {
		s.mu.Unlock()
		return errors.New("jobs: started twice")
	}
	s.started = true
	s.mu.Unlock()
	if s.exists() || len(s.crons) > 0 {
		if _, err := s.open(ctx, true); err != nil {
			s.background.Go(s.openLater)
		}
	}
	return nil
}

// Stop fetches no more jobs, gives those under way a few seconds, puts the rest
// back, and closes the database. After ctx ends it no longer waits.
func (s *Service) Stop(ctx context.Context) error {
	s.mu.Lock()
	if s.stopped {
		s.mu.Unlock()
		return nil
	}
	s.stopped = true
	d := s.db
	s.mu.Unlock()
	s.cancel()
	s.background.Wait()
	if d == nil {
		return nil
	}
	var err error
	if s.works {
		err = d.store.stop(ctx)
	}
	d.writer.close()
	d.store.close()
	return err
}

// exists reports whether there is a database to be opened without creating one.
func (s *Service) exists() bool {
	if s.file == "" {
		return true
	}
	_, err := os.Stat(s.file)
	return !errors.Is(err, os.ErrNotExist)
}

// openLater tries until the database can be opened.
func (s *Service) openLater() {
	ticker := time.NewTicker(reopenInterval)
	defer ticker.Stop()
	for {
		select {
		case <-s.base.Done():
			return
		case <-ticker.C:
			if _, err := s.open(s.base, true); err == nil {
				return
			}
		}
	}
}

// open returns the database, opening it first where that was not done. Without
// create it returns nil for an SQLite file that does not exist.
func (s *Service) open(ctx context.Context, create bool) (*db, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopped:
		return nil, ErrUnavailable
	case s.db != nil && s.works == s.started:
		return s.db, nil
	case s.db == nil && !create && !s.exists():
		return nil, nil
	case s.failed != nil && time.Since(s.tried) < reopenInterval:
		return nil, s.failed
	}
	// One caller opens for all, and does not take that with it when it leaves.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openTimeout)
	defer cancel()
	err := s.openNow(ctx)
	s.tried = time.Now()
	if s.failed = unavailable(err); err != nil {
		s.opts.Logger.Error("jobs: cannot open the database", "error", err)
		return nil, s.failed
	}
	return s.db, nil
}

// openNow opens what is not open, and starts what is to run.
func (s *Service) openNow(ctx context.Context) error {
	if s.db == nil {
		w := work{fetch: s.fetch, deliver: s.deliver}
		set := riverSettings{instance: s.instance, slots: s.opts.Workers, log: riverLogger(s.opts.Logger)}
		var st store
		var err error
		if s.file != "" {
			st, err = openSQLite(ctx, s.file, w, set)
		} else {
			st, err = openPostgres(ctx, s.opts.Database, w, set)
		}
		if err != nil {
			return err
		}
		s.db = &db{store: st, writer: newWriter(st, s.opts.Logger, s.heard)}
	}
	if !s.started {
		return nil // a client of the database, which runs nothing
	}
	if err := s.run(ctx, s.db); err != nil {
		return err
	}
	s.works = true
	return nil
}

// run starts everything that works on an open database.
func (s *Service) run(ctx context.Context, d *db) error {
	if err := s.keepSchedules(ctx, d); err != nil {
		return err
	}
	// River takes the context it is started with as its own: not the caller's.
	if err := d.store.start(context.Background()); err != nil {
		return err
	}
	s.background.Go(func() { d.store.listen(s.base, s.heard) })
	s.every(beatInterval, "renew the lease", d.store.beat)
	s.every(reclaimInterval, "reclaim jobs", s.reclaimer(d))
	s.every(retentionInterval, "remove old jobs", func(ctx context.Context) error { return s.removeOld(ctx, d) })
	if len(s.crons) > 0 {
		s.every(scheduleInterval, "run schedules", func(ctx context.Context) error { return s.tick(ctx, d) })
	}
	return nil
}

// every runs do at an interval until the Service stops. Its errors are logged.
func (s *Service) every(interval time.Duration, what string, do func(context.Context) error) {
	s.background.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-s.base.Done():
				return
			case <-ticker.C:
				if err := do(s.base); err != nil && s.base.Err() == nil {
					s.opts.Logger.Error("jobs: cannot "+what, "error", err)
				}
			}
		}
	})
}
