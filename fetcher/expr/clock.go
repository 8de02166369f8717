package expr

import (
	"context"
	"time"
)

// Limits of one run, in steps of gojq's machine and in time. A step is 10 to 100 ns.
const (
	runTime   = MaxRun - 20*time.Millisecond // the rest is for the one step that may be under way
	fairSteps = 200_000                      // a run that had fewer was kept from running: it has not used its time
	maxSteps  = 20_000_000                   // whatever the clock says
	lookEvery = 1024                         // steps between two looks at the clock
)

// clock ends a run. It is the context the machine asks before each step: counting there needs no timer, and tells a run
// that takes long from one that others kept waiting, on a busy machine or under a quota.
type clock struct {
	context.Context // the caller's
	began           time.Time
	steps           int
	ended           chan struct{} // nil until the run has ended
}

func (c *clock) start(ctx context.Context) { *c = clock{Context: ctx, began: time.Now()} }

// Done is called once a step, by one goroutine.
func (c *clock) Done() <-chan struct{} {
	c.steps++
	if c.steps%lookEvery == 0 && c.ended == nil && c.over() {
		c.ended = make(chan struct{})
		close(c.ended)
	}
	return c.ended
}

func (c *clock) over() bool {
	return c.steps > maxSteps || c.Context.Err() != nil || c.steps > fairSteps && time.Since(c.began) > runTime
}

// Err says why, once Done is closed.
func (c *clock) Err() error {
	switch {
	case c.ended == nil:
		return nil
	case c.Context.Err() != nil:
		return c.Context.Err()
	}
	return context.DeadlineExceeded
}
