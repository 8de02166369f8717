package redisclient

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// failuresInARow is how many operations fail before no more are tried.
	failuresInARow = 3
	// probeAfter is how long none is tried then, and how often one is while that goes on.
	probeAfter = 2 * time.Second
)

// ErrLost is why an operation was not tried: those before it failed.
var ErrLost = errors.New("redisclient: Redis does not answer")

// breaker is the client's redis.Limiter: asked before every operation, told how each went. It
// cannot tell which report belongs to which operation, so any success closes it.
type breaker struct {
	purpose string
	log     *slog.Logger
	now     func() time.Time

	mu       sync.Mutex
	failures int       // in a row
	open     bool      // from the third on, until a success
	probe    time.Time // when open: the next operation that is tried
}

func newBreaker(purpose string, log *slog.Logger, now func() time.Time) *breaker {
	return &breaker{purpose: purpose, log: log, now: now}
}

// Allow implements redis.Limiter.
func (b *breaker) Allow() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return nil
	}
	now := b.now()
	if now.Before(b.probe) {
		return ErrLost
	}
	b.probe = now.Add(probeAfter)
	return nil
}

// ReportResult implements redis.Limiter. It logs that Redis is lost and that it is back, each
// once.
func (b *breaker) ReportResult(err error) {
	if errors.Is(err, context.Canceled) {
		return // the caller's doing; it says nothing
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil || isReply(err) {
		if b.open {
			b.log.Info(b.purpose + " is back")
		}
		b.failures, b.open = 0, false
		return
	}
	if b.failures++; b.failures < failuresInARow || b.open {
		return
	}
	b.open, b.probe = true, b.now().Add(probeAfter)
	b.log.Warn(b.purpose+" does not answer and is done without until it does", "error", reason(err))
}

// isReply reports whether Redis answered, if only with an error.
func isReply(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply)
}

// reason says what failed without saying where.
func reason(err error) string {
	var op *net.OpError
	switch {
	case errors.As(err, &op):
		return op.Op + ": " + op.Err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	default:
		return "no connection"
	}
}
