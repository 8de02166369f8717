package cache

import (
	"hash/maphash"
	"sync/atomic"
)

// epochs tell whether a URL was purged or invalidated since a moment: an answer asked for
// before that is not stored after it, nor waited for by requests that come after it. URLs
// share counters; that another one moved costs a chance to store, no more.
type epochs struct {
	seed maphash.Seed
	each [256]atomic.Uint64
	all  atomic.Uint64
}

func (e *epochs) counter(url string) *atomic.Uint64 {
	return &e.each[maphash.String(e.seed, url)%uint64(len(e.each))]
}

func (e *epochs) at(url string) uint64 { return e.counter(url).Load() + e.all.Load() }

func (e *epochs) move(url string) { e.counter(url).Add(1) }

func (e *epochs) moveAll() { e.all.Add(1) }
