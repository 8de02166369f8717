package cache

import "sync/atomic"

// recentLandings bounds how many landings are remembered: far more than can happen between a
// request's look into the store and its joining a flight.
const recentLandings = 1024

// landings remembers which flights landed lately. A request that found nothing in the store, and
// no flight either, may have looked just before one landed and asked just after: what it wants
// is stored by now.
type landings struct {
	count atomic.Uint64 // of all landings; its value names a moment

	// Guarded by flights.mu.
	last map[flightKey]uint64
	ring [recentLandings]flightKey
}

// now is the moment to be handed to since later.
func (l *landings) now() uint64 { return l.count.Load() }

// since reports whether a flight of that key has landed after a moment.
func (l *landings) since(key flightKey, moment uint64) bool { return l.last[key] > moment }

func (l *landings) note(key flightKey) {
	n := l.count.Load() + 1
	slot := &l.ring[n%recentLandings]
	if l.last == nil {
		l.last = make(map[flightKey]uint64, recentLandings)
	}
	if n > recentLandings && l.last[*slot] == n-recentLandings {
		delete(l.last, *slot)
	}
	*slot, l.last[key] = key, n
	l.count.Store(n)
}
