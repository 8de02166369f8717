package limiter

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// runBatch acquires for n items of a batch at once and returns how long it took until the last was granted.
func runBatch(t *testing.T, l *Limiter, c Caller, n int) time.Duration {
	t.Helper()
	begin := time.Now()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() { mustAcquire(t, l, c).Release() })
	}
	wg.Wait()
	return time.Since(begin)
}

// Issue 3, line 1: a 3-item batch behind a 10,000-item batch at 1000/s ends within 2× of its own time alone.
func TestSmallBatchBehindALargeOne(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name         string
		large, small Caller
		times        time.Duration
	}{
		{"of another client", Caller{Client: "large", Batch: 1}, Caller{Client: "small", Batch: 2}, 2},
		{"of the same client", Caller{Client: "a", Batch: 1}, Caller{Client: "a", Batch: 2}, 2},
		{"background work", Caller{Client: "a", Batch: 1, Low: true}, Caller{Client: "b", Batch: 2}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				rules := Rules{Rate: 1000, Burst: 1}
				drained := New(rules, Options{})
				mustAcquire(t, drained, Caller{})
				alone := runBatch(t, drained, tt.small, 3)

				l := New(rules, Options{})
				var wg sync.WaitGroup
				wg.Go(func() { runBatch(t, l, tt.large, 10_000) })
				synctest.Wait()
				time.Sleep(100*time.Millisecond + 500*time.Microsecond)
				behind := runBatch(t, l, tt.small, 3)
				t.Logf("alone %v, behind %v", alone, behind)
				if behind > tt.times*alone {
					t.Errorf("behind 10,000 items %v, alone %v", behind, alone)
				}
				wg.Wait()
			})
		})
	}
}

// Background work is slowed by interactive work, but goes on.
func TestBackgroundWorkKeepsItsShare(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Rate: 100, Burst: 1}, Options{})
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() { mustAcquire(t, l, Caller{}) })
		}
		synctest.Wait()
		if took := runBatch(t, l, Caller{Low: true}, 10); took < 900*time.Millisecond || took > 1100*time.Millisecond {
			t.Errorf("10 low calls beside 1,000 others at 100/s took %v, want about 1s", took)
		}
		wg.Wait()
	})
}

func TestClientsShareByWeight(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := New(Rules{Rate: 100, Burst: 1}, Options{})
		mustAcquire(t, l, Caller{})
		var mu sync.Mutex
		got := map[string]int{}
		end := time.Now().Add(4*time.Second + time.Millisecond)
		var wg sync.WaitGroup
		for client, weight := range map[string]int{"one": 1, "three": 3, "none": 0} {
			for range 500 {
				wg.Go(func() {
					mustAcquire(t, l, Caller{Client: client, Weight: weight})
					mu.Lock()
					defer mu.Unlock()
					if time.Now().Before(end) {
						got[client]++
					}
				})
			}
		}
		wg.Wait()
		if got["three"] < 238 || got["three"] > 242 || got["one"] < 79 || got["none"] < 79 {
			t.Errorf("of 400 grants: %v, want 3:1:1", got)
		}
	})
}
