package app

import (
	"log/slog"
	"time"

	"gather/collections"
	"gather/config"
	"gather/fetcher"
	"gather/jobs"
)

// newJobs builds the durable side of the service. Nothing is opened before it is
// used or started.
func newJobs(
	cfg *config.Config, engine *fetcher.Engine, book *collections.Book, observer jobs.Observer, log *slog.Logger,
) (*jobs.Service, *endpoints, error) {
	deliverer, err := newDeliverer(cfg)
	if err != nil {
		return nil, nil, err
	}
	known := newEndpoints(cfg)
	service, err := jobs.New(jobs.Options{
		Database:  cfg.Jobs.Database,
		Workers:   cfg.Jobs.Workers,
		Retention: cfg.Jobs.Retention.Std(),
		Runner:    runner{engine: engine, maxRequests: cfg.Jobs.MaxRequests},
		Schedules: schedules(cfg, book, engine),
		Endpoints: known,
		Deliverer: deliverer,
		Observer:  observer,
		Now:       time.Now,
		Logger:    log,
	})
	return service, known, err
}
