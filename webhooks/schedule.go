package webhooks

import "time"

// MaxAttempts is how often a delivery is tried in all: at once, and after each
// step of the schedule.
const MaxAttempts = 9

// maxRetryAfter bounds what a receiver may ask for.
const maxRetryAfter = 24 * time.Hour

// steps add up to a day. The first few bridge a restart, the rest an outage.
var steps = [MaxAttempts - 1]time.Duration{
	5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute,
	2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 9*time.Hour + 24*time.Minute,
}

// NextAttempt returns how long to wait after failed attempt number attempt
// (1 for the first), and false when there is none left. random, in [0, 1),
// spreads the wait by up to ten percent either way, so that a receiver that
// comes back is not met by everything at once. retryAfter is what the receiver
// asked for; it lengthens a wait (to a day at most) and never shortens one.
func NextAttempt(attempt int, random float64, retryAfter time.Duration) (time.Duration, bool) {
	if attempt < 1 || attempt >= MaxAttempts {
		return 0, false
	}
	step := steps[attempt-1]
	wait := step + time.Duration(float64(step)*(random-0.5)/5)
	return max(wait, min(retryAfter, maxRetryAfter)), true
}
