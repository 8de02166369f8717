package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"gather/access"
	"gather/collections"
	"gather/config"
	"gather/fetcher"
	"gather/handlers"
	"gather/jobs"
	"gather/web"
)

// App is the whole service, ready to run.
type App struct {
	cfg      *config.Config
	log      *slog.Logger
	engine   *fetcher.Engine
	shared   *Shared
	jobs     *jobs.Service
	book     *collections.Book
	server   *http.Server
	stopping context.Context
	stop     context.CancelFunc
}

// Options are what an App needs besides its configuration.
type Options struct {
	Log     *slog.Logger
	Version string
	// Sample are URLs the page offers for a first try.
	Sample []string
}

// New builds the service; nothing listens or runs yet.
func New(cfg *config.Config, opts Options) (*App, error) {
	if err := access.RequirePublicKeys(cfg.Server.Listen, len(cfg.Auth.Keys)); err != nil {
		return nil, err
	}
	pages, err := web.Dist()
	if err != nil {
		return nil, err
	}
	metrics := newMetrics(opts.Version)
	shared, err := OpenShared(cfg, opts.Log)
	if err != nil {
		return nil, err
	}
	engine, err := NewEngine(cfg, opts.Version, metrics, shared)
	if err != nil {
		return nil, err
	}
	metrics.watch(engine)
	list, err := definitions(cfg)
	if err != nil {
		return nil, err
	}
	book := collections.NewBook(list)
	inbound, err := hooks(cfg)
	if err != nil {
		return nil, err
	}
	kept, known, err := newJobs(cfg, engine, book, metrics, opts.Log)
	if err != nil {
		return nil, err
	}
	metrics.watchJobs(kept)
	policy, err := access.New(accessOptions(cfg))
	if err != nil {
		return nil, err
	}
	stopping, stop := context.WithCancel(context.Background())
	a := &App{stopping: stopping, stop: stop, cfg: cfg, log: opts.Log, engine: engine, shared: shared, jobs: kept, book: book}
	handler, err := handlers.New(handlers.Options{
		Engine:         engine,
		Jobs:           kept,
		Collections:    book,
		Hooks:          inbound,
		HasEndpoint:    known.has,
		Access:         policy,
		Auth:           len(cfg.Auth.Keys) > 0,
		UI:             pages,
		Log:            opts.Log,
		Metrics:        metrics.handler(),
		Observe:        metrics.answered,
		Stopping:       stopping,
		Ready:          a.ready,
		MaxJobRequests: cfg.Jobs.MaxRequests,
		MaxBodyBytes:   int64(cfg.Server.MaxBodyBytes),
		Version:        opts.Version,
		Sample:         opts.Sample,
	})
	if err != nil {
		return nil, err
	}
	a.server = newServer(cfg, handler, opts.Log)
	return a, nil
}

// ready says why no new work is wanted.
func (a *App) ready(context.Context) error {
	if a.stopping.Err() != nil {
		return errors.New("the service is shutting down")
	}
	return nil
}

// Run serves until ctx ends and then stops in order: not ready, no new
// connections, running requests get their time, what is left is cancelled; then
// jobs are put back, to go on at the next start.
// started is called with the address once connections are accepted.
func (a *App) Run(ctx context.Context, started func(net.Addr)) error {
	defer tuneMemory(a.cfg)()
	accepting, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.Server.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", a.cfg.Server.Listen, errors.Unwrap(err))
	}
	work, cancelWork := context.WithCancel(context.Background())
	defer cancelWork()
	a.server.BaseContext = func(net.Listener) context.Context { return work }
	if err := a.jobs.Start(work); err != nil {
		_ = accepting.Close()
		return err
	}
	served := make(chan error, 1)
	go func() { served <- a.serve(listener{accepting, a.cfg.Server.Timeouts.Write.Std()}) }()
	if started != nil {
		started(accepting.Addr())
	}
	select {
	case err = <-served:
	case <-ctx.Done():
		err = a.drain(cancelWork, served)
	}
	return errors.Join(err, a.close())
}

// close ends what works behind the server: jobs first, since they use the engine.
func (a *App) close() error {
	waiting, stop := context.WithTimeout(context.Background(), a.cfg.Server.Drain.Std())
	defer stop()
	err := a.jobs.Stop(waiting)
	a.engine.Close()
	return errors.Join(err, a.shared.Close())
}

func (a *App) serve(accepting net.Listener) error {
	var err error
	if tls := a.cfg.Server.TLS; tls.Cert != "" {
		err = a.server.ServeTLS(accepting, tls.Cert, tls.Key)
	} else {
		err = a.server.Serve(accepting)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (a *App) drain(cancelWork func(), served <-chan error) error {
	a.stop()
	limit := a.cfg.Server.Drain.Std()
	a.log.Info("stopping", "drain", limit)
	waiting, stop := context.WithTimeout(context.Background(), limit)
	defer stop()
	if err := a.server.Shutdown(waiting); err != nil {
		a.log.Warn("requests are still running and are cancelled")
		cancelWork()
		_ = a.server.Close()
	}
	return <-served
}
