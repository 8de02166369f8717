package fetcher

import "time"

// task is one piece of a run's work. do runs on a worker, once concurrency
// allows; what it returns runs on the run's own goroutine, which alone touches
// the run's state. expire is called there instead when the run ends first.
type task struct {
	// lane is the host that is called; calls of one host wait for each other only.
	lane   string
	ready  time.Time
	do     func(queued time.Duration) (then func())
	expire func()
}

// lanes hold the tasks of a run that wait to be started. With a limit of the
// batch's own they start strictly in order; without one, each host's calls start
// in order up to perLane at once, so that a slow host holds up no other.
type lanes struct {
	limit   int
	perLane int
	running int
	// order holds every waiting task where limit counts, byHost where it does not.
	order  []*task
	byHost map[string]*lane
	// open lists the lanes with waiting tasks and room for one more.
	open []*lane
}

type lane struct {
	waiting []*task
	running int
	listed  bool
}

func newLanes(limit, perLane int) *lanes {
	return &lanes{limit: limit, perLane: perLane, byHost: make(map[string]*lane)}
}

func (l *lanes) add(t *task) {
	if l.limit > 0 {
		l.order = append(l.order, t)
		return
	}
	host := l.byHost[t.lane]
	if host == nil {
		host = new(lane)
		l.byHost[t.lane] = host
	}
	host.waiting = append(host.waiting, t)
	l.list(host)
}

func (l *lanes) list(host *lane) {
	if !host.listed && len(host.waiting) > 0 && host.running < l.perLane {
		host.listed = true
		l.open = append(l.open, host)
	}
}

// next takes the task to start now, or nil.
func (l *lanes) next() *task {
	if l.limit > 0 {
		if l.running >= l.limit || len(l.order) == 0 {
			return nil
		}
		t := l.order[0]
		l.order[0] = nil
		l.order = l.order[1:]
		l.running++
		return t
	}
	if len(l.open) == 0 {
		return nil
	}
	host := l.open[0]
	l.open = l.open[1:]
	host.listed = false
	t := host.waiting[0]
	host.waiting[0] = nil
	host.waiting = host.waiting[1:]
	host.running++
	l.running++
	l.list(host)
	return t
}

// done gives the place of a finished task back.
func (l *lanes) done(t *task) {
	l.running--
	if l.limit == 0 {
		host := l.byHost[t.lane]
		host.running--
		l.list(host)
	}
}

// drain takes every waiting task out, in order within a host.
func (l *lanes) drain() []*task {
	waiting := l.order
	l.order, l.open = nil, nil
	for _, host := range l.byHost {
		waiting = append(waiting, host.waiting...)
		host.waiting, host.listed = nil, false
	}
	return waiting
}
