package limiter

import (
	"math"
	"time"
)

// atOnce grants a call that need not wait, or returns nil.
func (l *Limiter) atOnce(now time.Time) *Permit {
	if l.queue.len > 0 {
		return nil
	}
	if at, ok := l.next(now); !ok || at.After(now) || !l.gate.tryEnter() {
		return nil
	}
	return l.grant(now, now)
}

// next is when the host's own limits allow another call, by what is known now; false: not before a call in flight ends.
func (l *Limiter) next(now time.Time) (time.Time, bool) {
	if l.rules.Concurrency > 0 && l.inFlight >= l.rules.Concurrency {
		return time.Time{}, false
	}
	if at := l.cooldown.over(now); at.After(now) {
		return at, true
	}
	if !l.quota.allows(l.inFlight, now) {
		return l.quota.until, true
	}
	if l.rate.reduced {
		l.tune(now)
	}
	return l.bucket.ready(now), true
}

// grant takes the token and the place in flight; next and the gate have allowed it.
func (l *Limiter) grant(now, since time.Time) *Permit {
	l.bucket.take(now)
	l.inFlight++
	l.grants++
	p := &Permit{limiter: l, granted: now, queued: now.Sub(since)}
	l.cooldown.granted(p, now)
	return p
}

// pump grants what may go now, in the fair order, and arms the timer for what may go later.
func (l *Limiter) pump(now time.Time) {
	for l.queue.len > 0 {
		at, ok := l.next(now)
		if !ok {
			l.arm(now, time.Time{})
			return
		}
		if at.After(now) {
			l.arm(now, at)
			return
		}
		w := l.queue.peek()
		if !l.gate.enter(l, w.caller) {
			break // offer is called when it is this host's turn
		}
		l.serve(w, now)
	}
	l.arm(now, time.Time{})
}

func (l *Limiter) serve(w *waiter, now time.Time) {
	l.queue.pop(&w.entry)
	w.settle(l.grant(now, w.since), nil)
}

// offer is the gate's: there is a place, already taken on this host's behalf. False hands it on.
func (l *Limiter) offer() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.queue.len == 0 {
		return false
	}
	if at, ok := l.next(now); !ok || at.After(now) {
		l.arm(now, at)
		return false
	}
	l.serve(l.queue.peek(), now)
	l.pump(now)
	return true
}

// arm sets the timer for at, or for the next sweep if that is earlier; zero: for nothing but that.
func (l *Limiter) arm(now, at time.Time) {
	if s := l.due(now); !s.IsZero() && (at.IsZero() || s.Before(at)) {
		at = s
	}
	if at.Equal(l.timerAt) {
		return
	}
	l.timerAt = at
	switch {
	case at.IsZero():
		l.timer.Stop()
	case l.timer == nil:
		l.timer = time.AfterFunc(at.Sub(now), l.tick)
	default:
		l.timer.Reset(at.Sub(now))
	}
}

func (l *Limiter) tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.timerAt = time.Time{} // if it was set anew meanwhile, pump does so once more
	if s := l.due(now); !s.IsZero() && !s.After(now) {
		l.expire(now)
	}
	l.pump(now)
}

// release gives the place in flight back.
func (l *Limiter) release(p *Permit) {
	l.mu.Lock()
	l.inFlight--
	l.cooldown.released(p)
	if l.queue.len > 0 {
		l.pump(time.Now())
	}
	l.mu.Unlock()
	l.gate.leave()
}

// tune brings the bucket to the rate of now.
func (l *Limiter) tune(now time.Time) {
	l.rate.settle(now)
	r := l.rate.at(now)
	l.bucket.set(now, r, l.rate.burstAt(r, l.rules.Burst))
}

// perSecond turns a configured rate, 0 for unlimited, into one that compares as what it means.
func perSecond(r float64) float64 {
	if r == 0 {
		return math.Inf(1)
	}
	return r
}
