package transport

import (
	"sync"
	"time"
)

const quotaBuckets = 10

// quota keeps extra calls, retries or hedges, to a share of the ordinary ones over a sliding window.
type quota struct {
	share  float64       // extras per call
	floor  int           // extras a window allows whatever the calls
	bucket time.Duration // a tenth of the window

	mu      sync.Mutex
	current int64 // number of the newest bucket since the epoch
	calls   [quotaBuckets]uint32
	extras  [quotaBuckets]uint32
	call    int // sums over the window
	extra   int
}

func newQuota(share float64, floor int, window time.Duration) quota {
	return quota{share: share, floor: floor, bucket: window / quotaBuckets}
}

// count takes in one ordinary call.
func (q *quota) count(now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.advance(now)
	q.calls[q.current%quotaBuckets]++
	q.call++
}

// take takes one extra call, if the window allows it.
func (q *quota) take(now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.advance(now)
	if q.extra >= q.allowed() {
		return false
	}
	q.extras[q.current%quotaBuckets]++
	q.extra++
	return true
}

// scarce reports whether half of what the window allows is taken.
func (q *quota) scarce(now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.advance(now)
	return 2*q.extra >= q.allowed()
}

func (q *quota) allowed() int { return max(q.floor, int(q.share*float64(q.call))) }

// advance empties the buckets that the window has left behind. A clock that goes backwards leaves it where it is.
func (q *quota) advance(now time.Time) {
	newest := now.UnixNano() / int64(q.bucket)
	for steps := min(newest-q.current, quotaBuckets); steps > 0; steps-- {
		i := (newest - steps + 1) % quotaBuckets
		q.call -= int(q.calls[i])
		q.extra -= int(q.extras[i])
		q.calls[i], q.extras[i] = 0, 0
	}
	q.current = max(q.current, newest)
}
