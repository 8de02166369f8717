package limiter

import (
	"net/http"
	"time"
)

const (
	firstPause = 250 * time.Millisecond // after a 429 that says nothing of when to come back; doubled by each that follows
	probeFor   = time.Second            // how long after such a pause calls go one at a time
	unknown    = 500 * time.Millisecond // how long ago a call was sent of which that is not known
)

// cooldown is the time the host is left alone.
type cooldown struct {
	until   time.Time
	began   time.Time // when the last refusal that counted came
	strikes int       // 429s in a row that said nothing of when to come back
	// untested: the host has taken no call since the rate was last cut, so a further refusal says nothing about the rate.
	untested bool

	// After a pause of a guessed length calls go one at a time until one is accepted, so that a wrong guess costs one refusal.
	probing bool
	probe   *Permit // in flight
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
	if sent.Before(c.began) {
		return false // was on its way when the host refused
	}
	probing := c.probing
	c.strikes, c.untested, c.probing, c.probe = 0, false, false, nil
	return probing
}

// Observe takes in an upstream's answer. A 429, or a 503 that says when to come back, pauses the host for everybody and cuts the rate;
// so does, without the cut, an answer that says the quota is used up. A 503 that says nothing is the business of retries and breaker.
// Where the permit is at hand, its Observe knows more.
func (l *Limiter) Observe(status int, h http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.observe(now, now.Add(-unknown), status, h)
}

func (l *Limiter) observe(now, sent time.Time, status int, h http.Header) {
	refused := status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
	pause, known := comeBack(h, refused, now)
	if !refused {
		l.accepted.add(now)
		resumed := l.cooldown.accepted(sent)
		if known {
			l.pause(now, pause)
			l.expire(now)
		}
		if resumed || known {
			l.pump(now)
		}
		return
	}
	l.refusals++
	if !known && status == http.StatusServiceUnavailable {
		return
	}
	c := &l.cooldown
	again := sent.Before(c.began) // sent before the last refusal that counted: the same event
	if !known {
		if again {
			return
		}
		pause = firstPause << min(c.strikes, 20)
		c.strikes++
		c.probing, c.probe = true, nil
	}
	l.pause(now, pause)
	if !again {
		c.began = now
		l.slow(now)
	}
	l.expire(now)
	l.pump(now)
}

// pause leaves the host alone for d, at most the cap; never for less than it is already to be.
func (l *Limiter) pause(now time.Time, d time.Duration) {
	if until := now.Add(min(d, l.maxPause)); until.After(l.cooldown.until) {
		l.cooldown.until = until
	}
}

// slow answers a refusal with a lower rate, once for each time that a call has shown the last one to work.
func (l *Limiter) slow(now time.Time) {
	if l.cooldown.untested {
		l.rate.hold(l.cooldown.until)
	} else {
		l.rate.cut(now, l.cooldown.until, l.accepted.sum(now))
		l.cooldown.untested = true
	}
	l.tune(now)
	l.bucket.empty(now)
}
