package transport_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"gather/fetcher/limiter"
	"gather/fetcher/transport"
)

// lasting answers 200 after a while, or fails as the context does.
func lasting(d time.Duration) answers {
	return func(req *http.Request) (*http.Response, error) {
		select {
		case <-time.After(d):
			return reply(200), nil
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
}

func TestLimitHoldsPermit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, transport.Rules{Concurrency: 2}, limiter.Options{})
		rt := transport.NewLimit(lasting(time.Second), hosts)
		begun := time.Now()
		ended := make(chan time.Duration, 6)
		calls := make([]*transport.Call, 6)
		for i := range calls {
			calls[i] = &transport.Call{}
			go func() {
				if _, err := get(t, transport.WithCall(t.Context(), calls[i]), rt, "http://a.test/"); err != nil {
					t.Error(err)
				}
				ended <- time.Since(begun)
			}()
		}
		var queued time.Duration
		for i := range 6 {
			if got, want := <-ended, time.Duration(1+i/2)*time.Second; got != want {
				t.Errorf("call %d ended after %v, want %v", i, got, want)
			}
		}
		for _, call := range calls {
			queued += call.Trace().Queued
		}
		if queued != 6*time.Second {
			t.Errorf("%v recorded as queued, want 2×1 s and 2×2 s", queued)
		}
		if s := hosts.Snapshot()[0]; s.Calls != 6 || s.Limit.InFlight != 0 || s.P50 < time.Second {
			t.Errorf("snapshot %+v", s)
		}
	})
}

// An attempt's time starts with its turn, and its end is not the call's.
func TestLimitAttemptTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, transport.Rules{Concurrency: 1, Timeout: time.Second, Retries: 1}, limiter.Options{})
		attempts := 0
		inner := transport.NewLimit(answers(func(req *http.Request) (*http.Response, error) {
			if attempts++; attempts == 3 {
				return reply(200), nil
			}
			return lasting(900 * time.Millisecond * time.Duration(attempts))(req)
		}), hosts)
		rt := transport.NewRetry(inner, hosts, transport.RetryOptions{Random: half})
		first := make(chan error, 1)
		go func() {
			_, err := get(t, t.Context(), rt, "http://a.test/") // takes 900 ms of the second it may
			first <- err
		}()
		synctest.Wait()
		// Queues for 900 ms, is cut off after a second of its own, and tried again.
		resp, err := get(t, t.Context(), rt, "http://a.test/")
		if err != nil || resp.StatusCode != 200 || attempts != 3 {
			t.Errorf("got %v after %d attempts", err, attempts)
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
	})
}

// retry × limit: an attempt's timeout after an answer is one more failure to retry, not the call's end.
func TestLimitAttemptTimeoutAfterAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, transport.Rules{Timeout: time.Second, Retries: 2}, limiter.Options{})
		s := &script{tell: func(n int64, req *http.Request) (*http.Response, error) {
			switch n {
			case 1:
				return reply(503), nil
			case 2:
				return lasting(time.Hour)(req)
			}
			return reply(200), nil
		}}
		rt := transport.NewRetry(transport.NewLimit(s, hosts), hosts, tenTimes)
		if resp, err := get(t, t.Context(), rt, "http://a.test/"); err != nil || resp.StatusCode != 200 {
			t.Errorf("got %v, %v", resp, err)
		}
	})
}

func TestLimitDeadlines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name            string
		rules           transport.Rules
		deadline, takes time.Duration
		want            error
		breakerCounts   bool
	}{
		{"the rule's timeout", transport.Rules{Timeout: 2 * time.Second}, time.Minute, time.Hour, context.DeadlineExceeded, true},
		{"a patient caller's deadline", transport.Rules{}, 2 * time.Second, time.Hour, context.DeadlineExceeded, true},
		{"an impatient caller's deadline", transport.Rules{}, 10 * time.Millisecond, time.Hour, context.DeadlineExceeded, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				hosts := newHosts(t, tt.rules, limiter.Options{})
				rt := transport.NewBreaker(transport.NewLimit(lasting(tt.takes), hosts), hosts)
				for range 4 { // four at a time, so that all are within the breaker's window
					done := make(chan error, 4)
					for range 4 {
						go func() {
							ctx, cancel := context.WithTimeout(t.Context(), tt.deadline)
							defer cancel()
							_, err := get(t, ctx, rt, "http://a.test/")
							done <- err
						}()
					}
					for range 4 {
						if err := <-done; !errors.Is(err, tt.want) && !errors.Is(err, transport.ErrCircuitOpen) {
							t.Fatalf("got %v, want %v", err, tt.want)
						}
					}
				}
				if got := stateOf(t, hosts) != "closed"; got != tt.breakerCounts {
					t.Errorf("counted against the upstream: %v, want %v", got, tt.breakerCounts)
				}
			})
		})
	}
}

func TestLimitFailsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, transport.Rules{Rate: 1, Burst: 1}, limiter.Options{})
		rt := transport.NewLimit(lasting(0), hosts)
		if _, err := get(t, t.Context(), rt, "http://a.test/"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		begun := time.Now()
		if _, err := get(t, ctx, rt, "http://a.test/"); !errors.Is(err, limiter.ErrDeadline) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begun); took != 0 {
			t.Errorf("waited %v for a turn that could not come in time", took)
		}
		if s := hosts.Snapshot()[0]; s.Refusals != 1 {
			t.Errorf("%d refusals counted", s.Refusals)
		}
	})
}
