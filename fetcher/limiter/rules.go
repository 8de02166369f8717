package limiter

import "time"

// Rules are the limits of one host, or of several hosts that share them.
type Rules struct {
	Rate        float64 // calls per second; 0 or less: unlimited
	Burst       int     // calls that may go at once after a rest; less than 1 counts as 1
	Concurrency int     // most calls in flight; 0 or less: unlimited
}

// Caller says on whose behalf a call is made; the queue is fair between callers.
type Caller struct {
	Client string // whom to be fair to: API key name, else address, else ""
	Weight int    // turns a round among the clients, 1 to 1000; others count as the nearest
	Batch  uint64 // whom to be fair to within the client
	Low    bool   // background work: yields to callers without it, keeping a small share
}

func (c Caller) weight() int { return min(max(1, c.Weight), 1000) }

// Options are what a Limiter needs besides its rules. The zero value is usable.
type Options struct {
	Gate     *Gate         // the cap on calls in flight over all hosts; nil: none
	MaxQueue int           // most calls waiting; 0: 20,000
	MaxPause time.Duration // the longest cool-down an upstream can ask for; 0: one minute
}
