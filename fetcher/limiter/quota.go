package limiter

import "time"

// quota is what the upstream last said it has left. While it is scarce, no more calls are in flight than that: those in flight may or may
// not have been counted yet, so that more might be refused.
type quota struct {
	left  int
	until time.Time // when it is there again, or what was said is too old
	said  time.Time
}

// plenty is a quota no cap on calls in flight comes near.
const plenty = 1 << 20

// update takes in the answer to a call sent at that time. Answers overtake each other; one to a call sent before the last was heard
// cannot know of more.
func (q *quota) update(a advice, now, sent time.Time, longest time.Duration) {
	if a.left == 0 {
		return
	}
	left := int(min(a.left, plenty))
	if left > q.left && sent.Before(q.said) && q.until.After(now) {
		return
	}
	*q = quota{left: left, until: now.Add(min(a.window, longest)), said: now}
}

// allows tells whether one more call may be in flight.
func (q *quota) allows(inFlight int, now time.Time) bool {
	return inFlight < q.left || !q.until.After(now)
}
