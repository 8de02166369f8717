package fetcher

import (
	"sync"
	"time"
)

// workerIdle is how long a worker without work is kept: its stack has grown to
// what a call through the chain needs, which a new goroutine would have to redo.
const workerIdle = 5 * time.Second

// workers run functions on goroutines that are kept for a while. There is no
// limit here: lanes bound what a run starts, the limiter what goes out.
type workers struct {
	work chan func()
	stop chan struct{}
	all  sync.WaitGroup
}

func newWorkers() *workers {
	return &workers{work: make(chan func()), stop: make(chan struct{})}
}

// run hands f to an idle worker, or to a new one.
func (w *workers) run(f func()) {
	select {
	case w.work <- f:
	default:
		w.all.Go(func() { w.worker(f) })
	}
}

func (w *workers) worker(f func()) {
	idle := time.NewTimer(workerIdle)
	defer idle.Stop()
	for {
		f()
		idle.Reset(workerIdle)
		select {
		case f = <-w.work:
		case <-idle.C:
			return
		case <-w.stop:
			return
		}
	}
}

// close ends the idle workers and waits for the busy ones.
func (w *workers) close() {
	close(w.stop)
	w.all.Wait()
}
