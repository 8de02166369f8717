package jobs

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"gather/webhooks"
)

// Endpoints resolves whom a callback goes to, at the time of each delivery, so
// that neither a secret nor a changed address is kept in the database.
type Endpoints interface {
	// Endpoint returns the URL and the "whsec_" secrets of a target. An error
	// ends the delivery; its text is not shown.
	Endpoint(Target) (url string, secrets []string, err error)
}

// An Observer is told what happened, for metrics. It must not block.
type Observer interface {
	// JobEnded: how long the job waited for its first start and how long it
	// took from there. A job cancelled before it started ran for 0.
	JobEnded(state State, queued, ran time.Duration)
	// DeliveryAttempted: what became of one attempt at a callback, and how long it took.
	DeliveryAttempted(state DeliveryState, took time.Duration)
}

// Options are what a Service is made of.
type Options struct {
	// Database is "sqlite:FILE" or a postgres:// URL.
	Database  string
	Workers   int           // jobs running at once in this instance; 0: 100
	Retention time.Duration // how long ended jobs are kept; 0: 7 days
	Runner    Runner
	Schedules []Schedule

	Endpoints Endpoints           // nil: callbacks are dead at once
	Deliverer *webhooks.Deliverer // nil likewise

	Observer Observer         // nil: none
	Now      func() time.Time // nil: time.Now
	Logger   *slog.Logger     // nil: silent
}

const (
	defaultWorkers   = 100
	defaultRetention = 7 * 24 * time.Hour
)

func (o *Options) withDefaults() error {
	if o.Runner == nil {
		return errors.New("jobs: no Runner")
	}
	if o.Workers == 0 {
		o.Workers = defaultWorkers
	}
	if o.Retention == 0 {
		o.Retention = defaultRetention
	}
	if o.Workers < 0 || o.Retention < 0 {
		return errors.New("jobs: workers and retention must not be negative")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Observer == nil {
		o.Observer = blind{}
	}
	return nil
}

// blind observes nothing.
type blind struct{}

func (blind) JobEnded(State, time.Duration, time.Duration)   {}
func (blind) DeliveryAttempted(DeliveryState, time.Duration) {}

// database reads Options.Database. The text of its error holds no password.
func database(s string) (file string, postgres bool, err error) {
	if f, ok := strings.CutPrefix(s, "sqlite:"); ok {
		if f == "" || strings.ContainsAny(f, "?#") {
			return "", false, errors.New("jobs: the SQLite database needs a file name without ? and #")
		}
		return f, false, nil
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return "", false, fmt.Errorf("jobs: the database must be sqlite:FILE or a postgres:// URL")
	}
	return "", true, nil
}
