package jobs

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// The queues and kinds of River jobs. River's row only says that there is
// something to do; what, and whether still, stands in the tables of this package.
const (
	fetchQueue   = "gather_fetch"
	deliverQueue = "gather_deliver"

	// deliverSlots is how many callbacks are attempted at once. They mostly wait.
	deliverSlots = 64
	// notifyInterval is the time in which River announces insertions only once.
	// It announces before the commit, so a long one would leave a second insertion
	// to be found by polling.
	notifyInterval = time.Millisecond
	// softStop is how long work under way may go on after stop, before it is
	// cancelled and put back.
	softStop = 3 * time.Second
	// unlimited: River would discard a job after MaxAttempts, and rescue (run a
	// second time) one that runs for long. Neither is its to decide here.
	unlimitedAttempts = 30_000
	unlimitedAge      = 100 * 365 * 24 * time.Hour
)

type fetchArgs struct {
	ID string `json:"id"`
}

func (fetchArgs) Kind() string { return fetchQueue }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (fetchArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: fetchQueue} }

type deliverArgs struct {
	ID      string `json:"id"`
	Attempt int    `json:"attempt"` // 1 for the first; a row for any but the next is stale
}

func (deliverArgs) Kind() string { return deliverQueue }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (deliverArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: deliverQueue} }

// work is what River calls. riverID identifies River's own row.
type work struct {
	fetch   func(ctx context.Context, riverID int64, jobID string) error
	deliver func(ctx context.Context, riverID int64, deliveryID string, attempt int) error
}

// riverSettings are what the two databases have River do differently.
type riverSettings struct {
	instance string
	slots    int
	cooldown time.Duration // between two looks into the queue
	poll     time.Duration // finds what no notification announced, such as what was put back
	log      *slog.Logger
}

func newRiver[TTx any](driver riverdriver.Driver[TTx], w work, s riverSettings) (*river.Client[TTx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[fetchArgs]) error {
		return w.fetch(ctx, j.ID, j.Args.ID)
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[deliverArgs]) error {
		return w.deliver(ctx, j.ID, j.Args.ID, j.Args.Attempt)
	}))
	return river.NewClient(driver, &river.Config{
		ID: s.instance,
		Queues: map[string]river.QueueConfig{
			fetchQueue:   {MaxWorkers: s.slots, FetchCooldown: s.cooldown},
			deliverQueue: {MaxWorkers: deliverSlots, FetchCooldown: s.cooldown},
		},
		Workers:                     workers,
		FetchCooldown:               notifyInterval,
		FetchPollInterval:           s.poll,
		JobTimeout:                  -1,
		MaxAttempts:                 unlimitedAttempts,
		RescueStuckJobsAfter:        unlimitedAge,
		CompletedJobRetentionPeriod: time.Hour,
		RetryPolicy:                 retryPolicy{},
		SoftStopTimeout:             softStop,
		Logger:                      s.log,
	})
}

// retryPolicy spaces the attempts at work that the database itself stopped:
// 1 to 2 seconds, growing to a minute.
type retryPolicy struct{}

// NextRetry implements river.ClientRetryPolicy.
func (retryPolicy) NextRetry(j *rivertype.JobRow) time.Time {
	step := time.Second << min(len(j.Errors), 5)
	return time.Now().Add(step + rand.N(time.Second))
}
