package jobs

import "sync"

// A hub wakes those in this process who watch a job. It carries no content: who
// is woken reads the tables, and so misses nothing.
type hub struct {
	mu      sync.Mutex
	watched map[string]map[*watch]struct{}
}

// A watch is one watcher of one job.
type watch struct {
	id   string
	wake chan struct{}
}

func (h *hub) watch(id string) *watch {
	w := &watch{id: id, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watched == nil {
		h.watched = map[string]map[*watch]struct{}{}
	}
	if h.watched[id] == nil {
		h.watched[id] = map[*watch]struct{}{}
	}
	h.watched[id][w] = struct{}{}
	return w
}

func (h *hub) unwatch(w *watch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watched[w.id], w)
	if len(h.watched[w.id]) == 0 {
		delete(h.watched, w.id)
	}
}

// notify wakes the watchers of a job; "" wakes all, when some news may be lost.
func (h *hub) notify(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if id == "" {
		for _, watchers := range h.watched {
			wakeAll(watchers)
		}
		return
	}
	wakeAll(h.watched[id])
}

func wakeAll(watchers map[*watch]struct{}) {
	for w := range watchers {
		select {
		case w.wake <- struct{}{}:
		default: // woken already, and not looked yet
		}
	}
}
