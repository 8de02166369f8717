package limiter

import (
	"context"
	"sync"
	"time"
)

const (
	defaultMaxQueue = 20_000
	defaultMaxPause = time.Minute
)

// Limiter decides when calls to one host (or several under the same rules) may go. Its methods may be called from any goroutine.
type Limiter struct {
	gate     *Gate
	maxQueue int
	maxPause time.Duration
	turn     turn // in the gate's line

	mu       sync.Mutex
	rules    Rules
	bucket   bucket
	rate     adaptive
	queue    queue[*waiter]
	inFlight int
	cooldown cooldown
	quota    quota
	accepted tally
	sweep    sweep
	timer    *time.Timer // fires when the next waiter may go; made when first needed
	timerAt  time.Time   // zero: not armed

	grants, refusals, deadlineMisses, queueFull uint64
}

// New returns a Limiter under rules.
func New(rules Rules, opts Options) *Limiter {
	l := &Limiter{gate: opts.Gate, maxQueue: opts.MaxQueue, maxPause: opts.MaxPause}
	if l.maxQueue <= 0 {
		l.maxQueue = defaultMaxQueue
	}
	if l.maxPause <= 0 {
		l.maxPause = defaultMaxPause
	}
	l.cooldown.until = time.Now() // calls may go from here on
	l.gate.register(l)
	l.SetRules(rules)
	return l
}

// SetRules changes the limits from now on. Calls in flight and the queue stay; what was learned from refusals stays too, below the new rate.
func (l *Limiter) SetRules(rules Rules) {
	rules.Burst = max(1, rules.Burst)
	rules.Concurrency = max(0, rules.Concurrency)
	if unlimited(rules.Rate) {
		rules.Rate = 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.rules = rules
	l.rate.configured = perSecond(rules.Rate)
	l.tune(now)
	l.expire(now)
	l.pump(now)
}

// Acquire waits for the caller's turn. It fails at once with ErrDeadline or ErrCooling when the wait cannot end before the context's
// deadline, whether that shows at the start or only later, and with ErrQueueFull when too many wait: then room is made by whoever has the
// most calls waiting. It fails with the context's error when that is cancelled. The permit must be released.
func (l *Limiter) Acquire(ctx context.Context, c Caller) (*Permit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	now := time.Now()
	if p := l.atOnce(now); p != nil {
		l.mu.Unlock()
		return p, nil
	}
	w, err := l.enqueue(ctx, now, c)
	l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return l.wait(ctx, w)
}

// TryAcquire grants a call only if it need not wait and nobody else does: the host is neither cooling down, nor being tried out after that,
// nor saturated, and a token and a place at the gate are there. For calls that are worth making only now, such as hedges.
func (l *Limiter) TryAcquire(Caller) (*Permit, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cooldown.probing {
		return nil, false
	}
	p := l.atOnce(time.Now())
	return p, p != nil
}

func (l *Limiter) enqueue(ctx context.Context, now time.Time, c Caller) (*waiter, error) {
	deadline, _ := ctx.Deadline()
	if err := l.feasible(now, deadline, c); err != nil {
		l.deadlineMisses++
		return nil, err
	}
	if l.queue.len >= l.maxQueue {
		l.queueFull++
		crowder, ok := l.queue.crowder(c)
		if !ok {
			return nil, ErrQueueFull
		}
		l.queue.remove(&crowder.entry)
		crowder.settle(nil, ErrQueueFull)
	}
	w := &waiter{caller: c, deadline: deadline, since: now, ready: make(chan struct{})}
	l.queue.push(&w.entry, w, c)
	l.sweep.arrived(deadline)
	l.pump(now)
	return w, nil
}
