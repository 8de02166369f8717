package demo

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"
)

var (
	errDelay  = errors.New("_delay: want a duration from 0s to 30s, such as 250ms")
	errStatus = errors.New("_status: want a failure from 400 to 599")
)

// fault is how a request asks to be served badly.
type fault struct {
	delay  time.Duration
	status int // 0: none
}

func parseFault(query url.Values, delay time.Duration) (fault, error) {
	f := fault{delay: delay}
	if query.Has("_delay") {
		d, err := time.ParseDuration(query.Get("_delay"))
		if err != nil || d < 0 || d > MaxDelay {
			return fault{}, errDelay
		}
		f.delay = d
	}
	if query.Has("_status") {
		s, err := strconv.Atoi(query.Get("_status"))
		if err != nil || s < 400 || s > 599 {
			return fault{}, errStatus
		}
		f.status = s
	}
	return f, nil
}

// wait sleeps for the delay. It returns false if the client left before.
func (f fault) wait(ctx context.Context) bool {
	if f.delay <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(f.delay)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
