package redisclient

import (
	"errors"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	// dialTimeout is longer than anybody waits for: a connection that is made too late for the
	// operation that asked for it serves the next.
	dialTimeout = time.Second
	// replyTimeout ends operations whose context sets no earlier deadline.
	replyTimeout = 500 * time.Millisecond
	// idleFor is how long a connection is kept unused.
	idleFor = 5 * time.Minute
)

// New returns a client for a redis:// or rediss:// URL; it connects when first used. purpose is
// what the log says is lost when there is no answer, such as "the shared cache". Nothing is tried
// twice: what is kept in Redis is worth less than a request's time. Close the client.
func New(url, purpose string, log *slog.Logger) (*redis.Client, error) {
	opts, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("is not a URL such as redis://host:6379/0") // err holds the URL
	}
	logging.Disable() // it writes addresses to standard error, once per failed connection
	opts.Limiter = newBreaker(purpose, log, time.Now)
	opts.MaxRetries = -1
	opts.DialTimeout, opts.DialerRetries = dialTimeout, 1
	opts.ReadTimeout, opts.WriteTimeout, opts.PoolTimeout = replyTimeout, replyTimeout, replyTimeout
	opts.ContextTimeoutEnabled = true
	opts.ConnMaxIdleTime = idleFor
	opts.DisableIdentity = true
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(opts), nil
}
