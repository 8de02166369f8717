package cache_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gather/cache"
)

// One validation a key runs in the background, however many find the response stale; it outlives
// the request but not the Transport.
func TestBackgroundValidation(t *testing.T) {
	t.Parallel()
	origin := hold("Cache-Control: max-age=1, stale-while-revalidate=60")
	var backgrounds atomic.Int64
	options := cache.Options{
		RevalidateTimeout: 10 * time.Second,
		Background:        func(ctx context.Context) context.Context { backgrounds.Add(1); return ctx },
	}
	inBubble(t, origin, options, func(t *testing.T, transport *cache.Transport) {
		close(origin.release)
		get(t.Context(), t, transport, "http://api.test/a")
		origin.release = make(chan struct{})
		var work context.Context
		origin.during = func(ctx context.Context) { work = ctx }
		time.Sleep(5 * time.Second)
		for range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			if value, _ := get(ctx, t, transport, "http://api.test/a"); value != "hit; ttl=-4" {
				t.Errorf("Cache-Status %q", value)
			}
			cancel()
		}
		synctest.Wait()
		if origin.calls.Load() != 2 || backgrounds.Load() != 1 {
			t.Errorf("%d calls and %d backgrounds, want 2 and 1", origin.calls.Load(), backgrounds.Load())
		}
		if work.Err() != nil {
			t.Error("the work ended with the request")
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if work.Err() == nil {
			t.Error("the work outlasts its time")
		}
		get(t.Context(), t, transport, "http://api.test/a")
		synctest.Wait()
		if origin.calls.Load() != 3 {
			t.Errorf("%d calls, want 3: the key is not free again", origin.calls.Load())
		}
		closing := time.Now()
		transport.Close()
		if took := time.Since(closing); took != 0 {
			t.Errorf("Close waited %v for a validation instead of ending it", took)
		}
		get(t.Context(), t, transport, "http://api.test/a")
		synctest.Wait()
		if origin.calls.Load() != 3 {
			t.Error("a closed Transport validates")
		}
	})
}

func TestBackgroundValidationsAreBounded(t *testing.T) {
	t.Parallel()
	origin := hold("Cache-Control: max-age=1, stale-while-revalidate=60")
	inBubble(t, origin, cache.Options{MaxRevalidations: 2}, func(t *testing.T, transport *cache.Transport) {
		close(origin.release)
		urls := []string{"http://api.test/a", "http://api.test/b", "http://api.test/c", "http://api.test/d"}
		for _, u := range urls {
			get(t.Context(), t, transport, u)
		}
		origin.release = make(chan struct{})
		time.Sleep(5 * time.Second)
		for _, u := range urls {
			get(t.Context(), t, transport, u)
		}
		synctest.Wait()
		if got := origin.calls.Load() - 4; got != 2 {
			t.Errorf("%d validations at once, want 2", got)
		}
		close(origin.release)
	})
}
