package limiter

import "sync"

// Gate caps the calls in flight over all Limiters that share it. A Limiter asks for its place after all of its own conditions are met,
// so that a call waiting for a slow host holds no place another could use; and it takes its token only when it gets the place.
//
// Limiters that find the gate full stand in line, each once, on behalf of the call at the head of its own queue. The line is as fair
// as a host's queue: background work yields, clients take turns by weight, a client's hosts take turns.
//
// A nil Gate lets everything through.
type Gate struct {
	mu    sync.Mutex
	limit int
	taken int
	hosts uint64 // Limiters so far; numbers them
	line  queue[*Limiter]
}

// turn is a Limiter's place in the gate's line; guarded by the gate's mutex.
type turn struct {
	entry  entry[*Limiter]
	caller Caller
	host   uint64
}

// NewGate returns a gate for at most limit calls in flight; 0 or less: unlimited.
func NewGate(limit int) *Gate { return &Gate{limit: limit} }

// InFlight is the number of places taken.
func (g *Gate) InFlight() int {
	if g == nil {
		return 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.taken
}

// SetLimit changes the cap from now on; 0 or less: unlimited. Calls in flight stay.
func (g *Gate) SetLimit(limit int) {
	g.mu.Lock()
	g.limit = limit
	g.mu.Unlock()
	for g.admit() {
	}
}

// register numbers a Limiter.
func (g *Gate) register(l *Limiter) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hosts++
	l.turn.host = g.hosts
}

func (g *Gate) full() bool { return g.limit > 0 && g.taken >= g.limit }

// tryEnter takes a place if one is free and nobody is in line for it.
func (g *Gate) tryEnter() bool {
	if g == nil {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.full() || g.line.len > 0 {
		return false
	}
	g.taken++
	return true
}

// enter takes a place on behalf of c, or puts l in line for one; l.offer is called when it is l's turn.
// Called with l.mu held: the lock order is Limiter before Gate.
func (g *Gate) enter(l *Limiter, c Caller) bool {
	if g == nil {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	t := &l.turn
	if t.entry.queued() {
		if t.caller.Client == c.Client && t.caller.Low == c.Low {
			return false
		}
		g.line.remove(&t.entry) // the head of the host's queue has changed
	} else if !g.full() && g.line.len == 0 {
		g.taken++
		return true
	}
	t.caller = c
	c.Batch = t.host
	g.line.push(&t.entry, l, c)
	return false
}

// leave gives a place back. Called without any Limiter's lock.
func (g *Gate) leave() {
	if g == nil {
		return
	}
	g.mu.Lock()
	g.taken--
	g.mu.Unlock()
	g.admit()
}

// admit offers a free place to those in line until one of them uses it; false if none did.
func (g *Gate) admit() bool {
	for {
		g.mu.Lock()
		if g.full() || g.line.len == 0 {
			g.mu.Unlock()
			return false
		}
		g.taken++
		l := g.line.peek()
		g.line.pop(&l.turn.entry)
		g.mu.Unlock()
		if l.offer() {
			return true
		}
		g.mu.Lock()
		g.taken--
		g.mu.Unlock()
	}
}
