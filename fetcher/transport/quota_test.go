package transport

import (
	"testing"
	"time"
)

func TestQuota(t *testing.T) {
	t.Parallel()
	q := newQuota(0.2, 3, 10*time.Second)
	now := time.Unix(1_000_000, 0)
	taken := func(n int) (got int) {
		for range n {
			if q.take(now) {
				got++
			}
		}
		return got
	}
	if got := taken(10); got != 3 {
		t.Errorf("without calls: %d extras, want the floor of 3", got)
	}
	for range 100 {
		q.count(now)
	}
	if !q.take(now) || q.scarce(now) {
		t.Error("4 of 20 taken, and that is scarce")
	}
	if got := taken(6); got != 6 || !q.scarce(now) {
		t.Errorf("%d more taken, which makes half, and that is not scarce", got)
	}
	if got := taken(100); got != 10 {
		t.Errorf("after 100 calls: %d more extras, want 10 to make 20", got)
	}
	now = now.Add(5 * time.Second)
	for range 100 {
		q.count(now)
	}
	if got := taken(100); got != 20 {
		t.Errorf("half a window and 100 calls on: %d, want 20", got)
	}
	now = now.Add(5 * time.Second) // the first hundred have left the window, with their extras
	if got := taken(100); got != 0 {
		t.Errorf("the extras of the second half are forgotten: %d more", got)
	}
	now = now.Add(-time.Hour)
	q.count(now)
	if got := taken(100); got != 0 {
		t.Errorf("a clock set back gives %d extras", got)
	}
	now = now.Add(2 * time.Hour)
	if got := taken(10); got != 3 {
		t.Errorf("after a long rest: %d, want 3", got)
	}
}
