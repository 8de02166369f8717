package limiter

import "time"

// Status is a Limiter at one moment. Counters count since its making.
type Status struct {
	Rate           float64   // effective rate, calls per second; 0: unlimited
	ConfiguredRate float64   // Rules.Rate; 0: unlimited
	Burst          int       // effective burst
	Concurrency    int       // Rules.Concurrency; 0: unlimited
	Queue          int       // calls waiting
	InFlight       int       // permits not yet released
	PausedUntil    time.Time // end of the cool-down; zero: none
	Grants         uint64    // permits given
	Refusals       uint64    // 429 and 503 answers seen
	DeadlineMisses uint64    // calls that failed with ErrDeadline or ErrCooling
	QueueFull      uint64    // calls that failed with ErrQueueFull
}

// Snapshot reports the present state.
func (l *Limiter) Snapshot() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.tune(now)
	r := l.rate.at(now)
	s := Status{
		Rate: r, ConfiguredRate: l.rules.Rate, Burst: l.rate.burstAt(r, l.rules.Burst), Concurrency: l.rules.Concurrency,
		Queue: l.queue.len, InFlight: l.inFlight,
		Grants: l.grants, Refusals: l.refusals, DeadlineMisses: l.deadlineMisses, QueueFull: l.queueFull,
	}
	if unlimited(r) {
		s.Rate = 0
	}
	if l.cooldown.until.After(now) {
		s.PausedUntil = l.cooldown.until
	}
	return s
}
