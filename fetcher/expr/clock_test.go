package expr

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// steps asks the clock as the machine does, and reports whether it has ended.
func steps(c *clock, n int) bool {
	for range n {
		c.Done()
	}
	select {
	case <-c.Done():
		return true
	default:
		return false
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c clock
		c.start(t.Context())
		if steps(&c, 2*fairSteps) || c.Err() != nil {
			t.Error("ended before its time")
		}
		time.Sleep(runTime + 1)
		if !steps(&c, lookEvery) || !errors.Is(c.Err(), context.DeadlineExceeded) {
			t.Errorf("did not end: %v", c.Err())
		}

		c.start(t.Context())
		time.Sleep(time.Hour)
		if steps(&c, fairSteps/2) {
			t.Error("ended a run that was kept waiting")
		}
		if !steps(&c, fairSteps) {
			t.Error("did not end")
		}

		c.start(t.Context())
		if !steps(&c, maxSteps+lookEvery) {
			t.Error("did not end by its steps")
		}

		ctx, cancel := context.WithCancel(t.Context())
		c.start(ctx)
		steps(&c, lookEvery)
		cancel()
		if !steps(&c, lookEvery) || !errors.Is(c.Err(), context.Canceled) {
			t.Errorf("did not end with its caller: %v", c.Err())
		}
	})
}
