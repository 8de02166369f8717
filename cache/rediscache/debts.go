package rediscache

import (
	"context"
	"sync"
	"sync/atomic"
)

// mostDebts is how many URLs are remembered; for more than that everything is deleted.
const mostDebts = 10_000

// debts are deletions that Redis has not heard of yet: until it has, nothing is read or stored, so
// that no response comes back that was deleted.
type debts struct {
	some atomic.Bool // whether there are any: all that most operations look at

	mu   sync.Mutex
	urls map[string]struct{}
	all  bool
}

func (d *debts) add(url string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.some.Store(true)
	if d.all {
		return
	}
	if d.urls == nil {
		d.urls = make(map[string]struct{})
	}
	d.urls[url] = struct{}{}
	if len(d.urls) > mostDebts {
		d.all, d.urls = true, nil
	}
}

func (d *debts) addAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.some.Store(true)
	d.all, d.urls = true, nil
}

// settle deletes what is still to be deleted; false if that is not done yet.
func (d *debts) settle(ctx context.Context, s *Store) bool {
	if !d.some.Load() {
		return true
	}
	if !d.mu.TryLock() {
		return false // another operation is at it
	}
	defer d.mu.Unlock()
	if d.all {
		if _, err := s.clear(ctx); err != nil {
			return false
		}
		d.all = false
	}
	for url := range d.urls {
		if s.remove(ctx, url) != nil {
			return false
		}
		delete(d.urls, url)
	}
	d.some.Store(false)
	return true
}
