package limiter

import (
	"math"
	"time"
)

// How the rate answers refusals: additive increase, multiplicative decrease. After a cut the rate comes back in a straight line to where
// it was refused, in about six seconds after one cut; from there on it grows by the same share of itself, so that a rate cut by orders
// of magnitude is back within minutes and one just above what the upstream allows is tested gently. A rate guessed for a host that was
// unlimited doubles every second until that, too, is refused.
const (
	cutTo   = 0.7  // of the rate that was refused
	regain  = 0.05 // of the refused rate, per second
	telling = 0.25 // of the rate: fewer calls taken in a second say more of the callers than of the upstream
	// lowestGuess is what an unlimited host is taken to have refused at least, in calls per second; its first call may be a refusal.
	lowestGuess = 10
	lowestRate  = 0.1 // calls per second; the cool-down does the rest
	// forgetAt is how far past the last refused rate an unlimited host must have come to be unlimited again: about a minute.
	forgetAt = 16
)

// adaptive is the rate as learned from refusals; a function of time between them.
type adaptive struct {
	configured float64 // +Inf: unlimited
	reduced    bool    // the rest is meaningful
	base       float64 // rate at since
	refused    float64 // rate at the last refusal
	guessed    bool    // the host was unlimited until then, and refused is a guess that may be far too low
	since      time.Time
}

// at is the rate at t, if no refusal comes until then.
func (a *adaptive) at(t time.Time) float64 {
	if !a.reduced {
		return a.configured
	}
	dt := max(0, t.Sub(a.since).Seconds())
	r := a.base + regain*a.refused*dt
	if a.guessed {
		r = a.base * math.Exp2(dt)
	} else if r > a.refused {
		straight := (a.refused - a.base) / (regain * a.refused)
		r = a.refused * math.Exp(regain*(dt-straight))
	}
	if r >= a.configured || math.IsInf(a.configured, 1) && r >= forgetAt*a.refused {
		return a.configured
	}
	return r
}

// settle forgets a reduction that time has healed.
func (a *adaptive) settle(now time.Time) {
	if a.reduced && a.at(now) >= a.configured {
		a.reduced = false
	}
}

// cut answers a refusal. taken is how many calls the upstream took in the last second, or, where whole is false, in the shorter time for
// which calls went at all; resume is when they go again.
//
// What was taken in a whole second is a better idea of what was refused than a rate it may be far below. In less than one it may be all
// that is allowed in a second or merely all there was time for; so that counts only on the first refusal, and for a fifth more.
func (a *adaptive) cut(now, resume time.Time, taken float64, whole bool) {
	r := a.at(now)
	if !whole {
		taken *= 1.2
	}
	a.guessed = math.IsInf(r, 1)
	if a.guessed {
		r = max(lowestGuess, taken)
	}
	if (whole || !a.reduced) && taken >= telling*r {
		r = min(r, taken)
	}
	a.refused = r
	a.base = min(a.configured, max(lowestRate, cutTo*r))
	a.reduced, a.since = true, resume
}

// hold puts off the regaining of the rate until the host is called again.
func (a *adaptive) hold(resume time.Time) { a.since = resume }

// burstAt is the burst that goes with a reduced rate: what was stored up must not be sent at once to a host that refuses,
// so a twentieth of a second's worth.
func (a *adaptive) burstAt(r float64, burst int) int {
	if !a.reduced {
		return burst
	}
	return max(1, min(burst, int(r/20)))
}

// tally counts calls over the last second, in tenths.
type tally struct {
	slots [10]int
	last  int64 // the tenth of a second of the last call
}

func (t *tally) advance(now time.Time) {
	slot := tenth(now)
	for i := max(t.last+1, slot-9); i <= slot; i++ {
		t.slots[i%10] = 0
	}
	t.last = max(t.last, slot)
}

func (t *tally) add(now time.Time) {
	t.advance(now)
	t.slots[t.last%10]++
}

// count is how many calls there were in the last second, or since then if that is later.
func (t *tally) count(now, since time.Time) int {
	t.advance(now)
	n := 0
	for slot := max(t.last-9, tenth(since)); slot <= t.last; slot++ {
		n += t.slots[slot%10]
	}
	return n
}

func tenth(t time.Time) int64 { return t.UnixMilli() / 100 }
