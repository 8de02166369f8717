package fetcher

import (
	"context"
	"errors"
	"time"
)

// run is one execution of a plan. All of its state belongs to the goroutine that
// called Run; workers only hand functions back to it.
type run struct {
	engine *Engine
	plan   *Plan
	opts   RunOptions
	sink   func(int, *Response)
	began  time.Time
	batch  uint64

	ctx    context.Context
	cancel context.CancelCauseFunc
	lanes  *lanes
	events chan func()

	items []progress
	// open counts the items without a response.
	open  int
	bytes int64
}

// progress is how far an item is.
type progress struct {
	// missing counts the dependencies that are not done; readers the items that
	// may still read the response.
	missing, readers int
	// calls counts those made for the item: each value's, each page's.
	calls    int
	done     bool
	response Response
	value    any
	// cause is the dependency that was done last: the step before this one on
	// the critical path. It is -1 for none.
	cause int
	ended time.Time
}

func newRun(ctx context.Context, e *Engine, plan *Plan, opts RunOptions, sink func(int, *Response)) *run {
	r := &run{
		engine: e, plan: plan, opts: opts, sink: sink, began: e.now(),
		batch:  e.batches.Add(1),
		lanes:  newLanes(plan.concurrency, e.limits.PerHost),
		events: make(chan func(), 64),
		items:  make([]progress, len(plan.items)),
		open:   len(plan.items),
	}
	timed, stop := context.WithTimeout(ctx, plan.timeout)
	var cancel context.CancelCauseFunc
	r.ctx, cancel = context.WithCancelCause(timed)
	r.cancel = func(cause error) {
		cancel(cause)
		stop()
	}
	return r
}

// end lets go of everything the run was given for its time.
func (r *run) end() { r.cancel(nil) }

// loop starts what may be started and takes in what is done until nothing is open.
func (r *run) loop() {
	for i := range r.items {
		r.link(i)
	}
	for i := range r.items {
		if !r.items[i].done && r.items[i].missing == 0 {
			r.begin(i)
		}
	}
	ended := r.ctx.Done()
	for r.open > 0 {
		r.start()
		select {
		case then := <-r.events:
			then()
		case <-ended:
			ended = nil
			r.expire()
		}
	}
	// What a required item's failure left running still hands its end back.
	for r.lanes.running > 0 {
		(<-r.events)()
	}
}

// start hands tasks to workers as far as concurrency allows.
func (r *run) start() {
	for t := r.lanes.next(); t != nil; t = r.lanes.next() {
		queued := r.engine.now().Sub(t.ready)
		r.engine.workers.run(func() {
			then := t.do(queued)
			r.events <- func() {
				r.lanes.done(t)
				then()
			}
		})
	}
}

// expire ends what has not been started when the run's time is over.
func (r *run) expire() {
	for _, t := range r.lanes.drain() {
		t.expire()
	}
}

// submit queues a task; once the run is over it expires at once.
func (r *run) submit(t *task) {
	if r.ctx.Err() != nil {
		t.expire()
		return
	}
	t.ready = r.engine.now()
	r.lanes.add(t)
}

// over says why the run ended, for an item that was not done by then.
func (r *run) over() *Error {
	cause := context.Cause(r.ctx)
	if errors.Is(cause, context.DeadlineExceeded) {
		return noAnswerWithin(r.plan.timeout)
	}
	return Classify(cause)
}

// finish records an item's response, hands it out and goes on with what waited
// for it.
func (r *run) finish(i int, response Response) {
	p, it := &r.items[i], &r.plan.items[i]
	if p.done {
		return
	}
	response.ID = it.id
	p.done, p.ended = true, r.engine.now()
	p.response = response
	r.open--
	r.sink(i, &p.response)
	if it.required && !response.Collected {
		r.cancel(errRequiredFailed)
	}
	for _, next := range it.dependents {
		r.settle(next, i)
	}
	for _, before := range it.dependsOn {
		r.items[before].readers--
		r.release(before)
	}
	r.release(i)
}

// settle tells an item that one of its dependencies is done.
func (r *run) settle(i, dependency int) {
	p := &r.items[i]
	if p.done {
		return
	}
	p.cause = dependency
	p.missing--
	if !r.items[dependency].response.Collected {
		r.finish(i, r.unsent(i, r.dependencyFailed(dependency)))
		return
	}
	if p.missing == 0 {
		r.begin(i)
	}
}

// dependencyFailed is what an item gets that waited for one which was not
// collected; where the whole run was cancelled, that is the better reason.
func (r *run) dependencyFailed(dependency int) *Error {
	if errors.Is(r.ctx.Err(), context.Canceled) {
		return r.over()
	}
	return &Error{
		Code:   CodeDependencyFailed,
		Detail: "the request " + r.plan.items[dependency].id + " was not collected",
	}
}

// release lets go of an item's body once nobody needs it any more.
func (r *run) release(i int) {
	p := &r.items[i]
	if p.done && p.readers == 0 && !r.opts.Keep {
		p.response.Release()
		p.value = nil
	}
}

// link counts what an item waits for and who waits for it.
func (r *run) link(i int) {
	p := &r.items[i]
	p.cause = -1
	for _, next := range r.plan.items[i].dependents {
		if !r.items[next].done {
			p.readers++
		}
	}
	if p.done {
		r.release(i)
		return
	}
	for _, before := range r.plan.items[i].dependsOn {
		if !r.items[before].done {
			p.missing++
		}
	}
}

// unsent is the response of an item that no call was made for.
func (r *run) unsent(i int, err *Error) Response {
	response := Response{URL: r.plan.items[i].url}
	response.Timing.Start = r.engine.now().Sub(r.began)
	response.fail(err)
	return response
}

func (r *run) summary() Summary {
	s := Summary{Requests: len(r.items), Duration: r.engine.now().Sub(r.began)}
	last := -1
	for i := range r.items {
		p := &r.items[i]
		if p.response.Collected {
			s.Collected++
		}
		s.Sequential += p.response.own()
		if last < 0 || p.ended.After(r.items[last].ended) {
			last = i
		}
	}
	s.NotCollected = s.Requests - s.Collected
	if r.plan.linked {
		s.CriticalPath = r.pathTo(last)
	}
	return s
}

// pathTo is the chain of items, each waiting for the one before, that ends in i.
func (r *run) pathTo(i int) []string {
	var path []string
	for ; i >= 0; i = r.items[i].cause {
		path = append([]string{r.plan.items[i].id}, path...)
	}
	return path
}
