package limiter

import "time"

// Status is a Limiter at one moment.
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
