package cache_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gather/cache"
)

type contextKey struct{}

// A caller that leaves ends its own wait only, the first one too; the work has the first one's
// values, the latest deadline, and ends when nobody waits.
func TestCancellation(t *testing.T) {
	t.Parallel()
	origin := hold("")
	var work context.Context
	origin.during = func(ctx context.Context) { work = ctx }
	inBubble(t, origin, cache.Options{}, func(t *testing.T, transport *cache.Transport) {
		begin := time.Now()
		start := func(ctx context.Context) chan error {
			done := make(chan error, 1)
			go func() {
				resp, err := transport.RoundTrip(step{}.request(t).WithContext(ctx))
				if err == nil {
					_ = resp.Body.Close()
				}
				done <- err
			}()
			synctest.Wait()
			return done
		}
		first, cancel := context.WithTimeout(context.WithValue(t.Context(), contextKey{}, "first"), time.Second)
		leader := start(first)
		if deadline, ok := work.Deadline(); !ok || deadline.Sub(begin) != time.Second {
			t.Errorf("the work's deadline is %v, want the first waiter's", deadline.Sub(begin))
		}
		second, cancelSecond := context.WithTimeout(t.Context(), 5*time.Second)
		follower := start(second)
		if deadline, _ := work.Deadline(); deadline.Sub(begin) != 5*time.Second {
			t.Errorf("the work's deadline is %v, want the latest", deadline.Sub(begin))
		}
		cancel()
		if err := <-leader; !errors.Is(err, context.Canceled) {
			t.Errorf("the first waiter has %v", err)
		}
		if work.Value(contextKey{}) != "first" {
			t.Error("the first waiter's values are gone")
		}
		synctest.Wait()
		if work.Err() != nil {
			t.Fatal("the first waiter's leaving ended the work")
		}
		endless := start(t.Context())
		if _, ok := work.Deadline(); ok {
			t.Error("one without a deadline waits, and the work has one")
		}
		cancelSecond()
		if err := <-follower; err == nil {
			t.Error("the one that left was answered")
		}
		synctest.Wait()
		if work.Err() != nil {
			t.Fatal("the work ended while one still waits")
		}
		close(origin.release)
		if err := <-endless; err != nil {
			t.Error(err)
		}
		if got := origin.calls.Load(); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
	})
}

func TestTheLastToLeaveEndsTheWork(t *testing.T) {
	t.Parallel()
	origin := hold("")
	var work context.Context
	origin.during = func(ctx context.Context) { work = ctx }
	inBubble(t, origin, cache.Options{}, func(t *testing.T, transport *cache.Transport) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				if _, err := transport.RoundTrip(step{}.request(t).WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error %v, want the deadline's", err)
				}
			})
		}
		group.Wait()
		synctest.Wait()
		if work.Err() == nil {
			t.Error("the work goes on with nobody waiting")
		}
		// The key is free again.
		close(origin.release)
		if value, _ := get(t.Context(), t, transport, "http://api.test/a"); value != miss {
			t.Errorf("Cache-Status %q", value)
		}
	})
}

// An origin that cannot be reached fails once for all who wait.
func TestErrorsAreShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		release := make(chan struct{})
		transport := cache.NewTransport(roundTripper(func(*http.Request) (*http.Response, error) {
			calls.Add(1)
			<-release
			return nil, errDown
		}), cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
		defer transport.Close()
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if _, err := transport.RoundTrip(step{}.request(t)); !errors.Is(err, errDown) {
					t.Errorf("error %v", err)
				}
			})
		}
		synctest.Wait()
		close(release)
		group.Wait()
		if calls.Load() != 1 {
			t.Errorf("%d calls, want 1", calls.Load())
		}
	})
}

// A panic below is an error to those who wait, and not the end of the process.
func TestAPanicIsAnError(t *testing.T) {
	t.Parallel()
	transport := cache.NewTransport(roundTripper(func(*http.Request) (*http.Response, error) { panic("below") }),
		cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
	defer transport.Close()
	if _, err := transport.RoundTrip(step{}.request(t)); err == nil || !strings.Contains(err.Error(), "panic") {
		t.Errorf("error %v", err)
	}
}
