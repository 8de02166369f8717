package cache

import "sync"

// epochs tell whether a URL was purged or invalidated since a moment: an answer asked for before
// that is not stored after it, nor waited for by requests that come after it. Only URLs with an
// exchange under way are remembered.
type epochs struct {
	mu      sync.Mutex
	all     uint64 // purges of everything
	pending map[string]*pending
}

// pending is a URL with exchanges under way.
type pending struct {
	exchanges int
	moves     uint64
}

// begin notes an exchange for the URL; end it with the same URL. The epoch it returns is the
// present one.
func (e *epochs) begin(url string) uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.pending[url]
	if p == nil {
		if e.pending == nil {
			e.pending = make(map[string]*pending)
		}
		p = &pending{}
		e.pending[url] = p
	}
	p.exchanges++
	return p.moves + e.all
}

func (e *epochs) end(url string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p := e.pending[url]; p.exchanges > 1 {
		p.exchanges--
	} else {
		delete(e.pending, url)
	}
}

// at is the URL's present epoch. It means something only to exchanges that have not ended.
func (e *epochs) at(url string) uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p := e.pending[url]; p != nil {
		return p.moves + e.all
	}
	return e.all
}

// move begins a new epoch of the URL.
func (e *epochs) move(url string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p := e.pending[url]; p != nil {
		p.moves++
	}
}

// moveAll begins a new epoch of every URL.
func (e *epochs) moveAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all++
}
