package limiter

import (
	"net/http"
	"time"
)

const (
	firstPause = 250 * time.Millisecond // after a 429 that says nothing of when to come back; doubled by each that follows
	probeFor   = time.Second            // how long after such a pause calls go one at a time
	sentAgo    = 500 * time.Millisecond // how long ago a call is taken to have been sent, where that is not known
)

// cooldown is the time the host is left alone.
type cooldown struct {
	until   time.Time // its end
	active  time.Time // the end of the one before
	began   time.Time // when the last refusal came that was not part of the one before
	strikes int       // 429s in a row that said nothing of when to come back
	// untested: the host has taken no call since the rate was last cut, so a further refusal says nothing about the rate.
	untested bool

	// After a pause of a guessed length calls go one at a time until one is accepted, so that a wrong guess costs one refusal.
	probing bool
	probe   *Permit // in flight
}

// pause leaves the host alone for d; never for less than it is already to be, then it returns false.
func (c *cooldown) pause(now time.Time, d time.Duration) bool {
	if !c.until.After(now) {
		c.active = c.until
	}
	until := now.Add(d)
	if !until.After(c.until) {
		return false
	}
	c.until = until
	return true
}

// over is when calls may go again, as far as known: not before now.
func (c *cooldown) over(now time.Time) time.Time {
	if c.until.After(now) {
		return c.until
	}
	if !c.probing {
		return now
	}
	if end := c.until.Add(probeFor); c.probe != nil && end.After(now) {
		return end
	}
	return now
}

func (c *cooldown) granted(p *Permit, now time.Time) {
	if !c.probing {
		return
	}
	if now.Before(c.until.Add(probeFor)) {
		c.probe = p
	} else {
		c.probing, c.probe = false, nil
	}
}

func (c *cooldown) released(p *Permit) {
	if c.probe == p {
		c.probe = nil
	}
}

// accepted tells whether it made calls possible that were not before.
func (c *cooldown) accepted(sent time.Time) bool {
	if c.underWay(sent) {
		return false
	}
	probing := c.probing
	c.strikes, c.untested, c.probing, c.probe = 0, false, false, nil
	return probing
}

// Observe takes in an upstream's answer. A 429, a 503 that says when to come back, or any answer that says the quota is used up pauses
// the host for everybody and cuts the rate. A 503 that says nothing is the business of retries and breaker. Where the permit is at hand,
// its Observe knows more.
func (l *Limiter) Observe(status int, h http.Header) {
	l.observe(time.Now().Add(-sentAgo), status, h)
}

func (l *Limiter) observe(sent time.Time, status int, h http.Header) {
	refused := status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
	a := readAdvice(h, refused, time.Now())
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now() // under the lock: the bucket must never see time go back
	l.quota.update(a, now, sent, l.maxPause)
	if refused {
		l.refusals++
		l.refused(now, sent, a.pause, status)
		return
	}
	l.accepted.add(now)
	resumed := l.cooldown.accepted(sent)
	if a.pause > 0 {
		l.coolDown(now, sent, a.pause)
	} else if resumed {
		l.pump(now)
	}
}

// refused answers a refusal that asks for a pause, or for one of a length to be guessed, which is 0.
func (l *Limiter) refused(now, sent time.Time, pause time.Duration, status int) {
	c := &l.cooldown
	if pause == 0 {
		if status == http.StatusServiceUnavailable || c.underWay(sent) {
			return
		}
		pause = firstPause << min(c.strikes, 20)
		c.strikes++
		c.probing, c.probe = true, nil
	}
	l.coolDown(now, sent, pause)
}

// coolDown leaves the host alone for a while and goes on at a lower rate; but only once for all the calls that were on their way, and
// for each rate only once it was shown to work, since a refusal before that says nothing about it.
func (l *Limiter) coolDown(now, sent time.Time, pause time.Duration) {
	c := &l.cooldown
	fresh := !c.underWay(sent)
	longer := c.pause(now, min(pause, l.maxPause))
	switch {
	case fresh && !c.untested:
		l.rate.cut(now, c.until, float64(l.accepted.count(now, c.active)), now.Sub(c.active) >= time.Second)
		c.untested = true
	case longer:
		l.rate.hold(c.until)
	}
	if fresh {
		c.began = now
		l.tune(now)
		l.bucket.empty(now)
	}
	l.expire(now)
	l.pump(now)
}

// underWay tells whether a call sent at that time was on its way when the host last had to be left alone.
func (c *cooldown) underWay(sent time.Time) bool { return !sent.After(c.began) }
