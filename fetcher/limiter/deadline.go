package limiter

import "time"

// sweepEvery is how often at most arrivals make the whole queue be looked through for waits that have become impossible.
const sweepEvery = 50 * time.Millisecond

// sweep knows when looking through the queue could find anything.
type sweep struct {
	earliest time.Time // no waiter's deadline is before it; zero: no waiter has one
	last     time.Time
	needed   bool // calls have arrived since the last one, perhaps ahead of others
}

func (s *sweep) arrived(deadline time.Time) {
	s.needed = true
	if !deadline.IsZero() && (s.earliest.IsZero() || deadline.Before(s.earliest)) {
		s.earliest = deadline
	}
}

// feasible tells whether a new call by c could be granted by the deadline, if nothing else came or went.
func (l *Limiter) feasible(now, deadline time.Time, c Caller) error {
	if deadline.IsZero() || l.possible(now, deadline, l.queue.len) == nil {
		return nil // even as the very last; no need to find its place
	}
	return l.possible(now, deadline, l.queue.ahead(c))
}

// possible tells whether a call with so many ahead of it could be granted by the deadline. Whatever is not known counts in its favour:
// calls in flight end at once, a probe is taken, the gate is open, no refusal comes and the rate is regained in time.
func (l *Limiter) possible(now, deadline time.Time, ahead int) error {
	start := now
	if l.cooldown.until.After(now) {
		start = l.cooldown.until
		if deadline.Before(start) {
			return ErrCooling
		}
	}
	if l.bucket.tokens == nil {
		return nil
	}
	best := l.rate.at(deadline)
	if unlimited(best) {
		return nil
	}
	const slack = 1e-6 // tokens; sums of floats
	tokens := l.bucket.tokens.TokensAt(start) + best*deadline.Sub(start).Seconds()
	if tokens+slack < float64(ahead+1) {
		return ErrDeadline
	}
	return nil
}

// due is when the queue should be looked through; zero: nobody's wait can have become impossible.
func (l *Limiter) due(now time.Time) time.Time {
	s := &l.sweep
	if !s.needed || l.queue.len == 0 || s.earliest.IsZero() || l.possible(now, s.earliest, l.queue.len-1) == nil {
		return time.Time{}
	}
	if at := s.last.Add(sweepEvery); at.After(now) {
		return at
	}
	return now
}

// expire fails the waiters whose turn cannot come before their deadline any more. It takes time linear in the queue.
func (l *Limiter) expire(now time.Time) {
	l.sweep.needed, l.sweep.last = false, now
	if l.queue.len == 0 || l.sweep.earliest.IsZero() || l.possible(now, l.sweep.earliest, l.queue.len-1) == nil {
		return
	}
	l.sweep.earliest = time.Time{}
	ahead := 0
	for w := range l.queue.drain {
		if !w.deadline.IsZero() {
			if err := l.possible(now, w.deadline, ahead); err != nil {
				l.queue.remove(&w.entry)
				l.deadlineMisses++
				w.settle(nil, err)
				continue
			}
			l.sweep.arrived(w.deadline)
		}
		ahead++
	}
	l.sweep.needed = false
}
