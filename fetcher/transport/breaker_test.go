package transport_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gather/fetcher/limiter"
	"gather/fetcher/transport"
)

func stateOf(t *testing.T, hosts *transport.Hosts) string {
	t.Helper()
	status := hosts.Snapshot()
	if len(status) != 1 {
		t.Fatalf("%d hosts", len(status))
	}
	return status[0].Breaker
}

func TestBreakerSees(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		outcome any
		want    string
	}{
		{"successes", 200, "closed"},
		{"404", 404, "closed"},
		{"501", 501, "closed"},
		{"429", 429, "closed"},
		{"cancels", context.Canceled, "closed"},
		{"the queue full", limiter.ErrQueueFull, "closed"},
		{"no turn in time", limiter.ErrDeadline, "closed"},
		{"a cool-down", limiter.ErrCooling, "closed"},
		{"the memory spent", transport.ErrOverloaded, "closed"},
		{"large bodies", transport.ErrBodyTooLarge, "closed"},
		{"refusals of the guard", errors.New("blocked"), "closed"},
		{"500", 500, "open"},
		{"503", 503, "open"},
		{"no connection", transport.ErrConnect, "open"},
		{"no name", transport.ErrDNS, "open"},
		{"truncated", transport.ErrTruncated, "open"},
		{"timeouts", context.DeadlineExceeded, "open"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				hosts := newHosts(t, transport.Rules{}, limiter.Options{})
				rt := transport.NewBreaker(&outcomes{list: []any{tt.outcome}}, hosts)
				for range 30 {
					_, _ = get(t, t.Context(), rt, "http://a.test/")
				}
				if got := stateOf(t, hosts); got != tt.want {
					t.Errorf("the circuit is %s, want %s", got, tt.want)
				}
			})
		})
	}
}

func TestBreakerLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, transport.Rules{}, limiter.Options{})
		healthy := false
		sent := 0
		rt := transport.NewBreaker(answers(func(*http.Request) (*http.Response, error) {
			sent++
			if healthy {
				return reply(200), nil
			}
			return nil, transport.ErrConnect
		}), hosts)
		once := func() error { _, err := get(t, t.Context(), rt, "http://a.test/"); return err }
		for range 10 {
			if err := once(); !errors.Is(err, transport.ErrConnect) {
				t.Fatal(err)
			}
		}
		if err := once(); !errors.Is(err, transport.ErrCircuitOpen) || sent != 10 {
			t.Fatalf("after ten failures: %v, %d sent", err, sent)
		}
		time.Sleep(6 * time.Second)
		if got := stateOf(t, hosts); got != "half-open" {
			t.Fatalf("after a rest: %s", got)
		}
		if err := once(); !errors.Is(err, transport.ErrConnect) {
			t.Fatalf("the probe was not sent: %v", err)
		}
		if err := once(); !errors.Is(err, transport.ErrCircuitOpen) || sent != 11 {
			t.Fatalf("after a failed probe: %v, %d sent", err, sent)
		}
		time.Sleep(6 * time.Second)
		healthy = true
		for range 2 {
			if err := once(); err != nil {
				t.Fatal(err)
			}
		}
		if got := stateOf(t, hosts); got != "closed" {
			t.Errorf("after two good probes: %s", got)
		}
		if s := hosts.Snapshot()[0]; s.Refusals != 2 || s.Failures != 11 {
			t.Errorf("%d refusals and %d failures counted", s.Refusals, s.Failures)
		}
	})
}

// Failures among many successes are nothing to open for.
func TestBreakerWeighs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, transport.Rules{}, limiter.Options{})
		n := 0
		rt := transport.NewBreaker(answers(func(*http.Request) (*http.Response, error) {
			if n++; n%3 == 0 {
				return reply(500), nil
			}
			return reply(200), nil
		}), hosts)
		for range 300 {
			if _, err := get(t, t.Context(), rt, "http://a.test/"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Half-open, only so many probes may be under way, and a cancelled probe makes room for another.
func TestBreakerProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, transport.Rules{}, limiter.Options{})
		var sent atomic.Int64
		var healthy atomic.Bool
		rt := transport.NewBreaker(answers(func(req *http.Request) (*http.Response, error) {
			if sent.Add(1); !healthy.Load() {
				return nil, transport.ErrConnect
			}
			<-req.Context().Done()
			return nil, req.Context().Err()
		}), hosts)
		for range 10 {
			_, _ = get(t, t.Context(), rt, "http://a.test/")
		}
		time.Sleep(6 * time.Second)
		healthy.Store(true)
		sent.Store(0)
		ctx, cancel := context.WithCancel(t.Context())
		for range 5 {
			go func() { _, _ = get(t, ctx, rt, "http://a.test/") }()
		}
		synctest.Wait()
		if got := sent.Load(); got != 2 {
			t.Errorf("%d probes under way, want 2", got)
		}
		cancel()
		synctest.Wait()
		again, end := context.WithCancel(t.Context())
		go func() { _, _ = get(t, again, rt, "http://a.test/") }()
		synctest.Wait()
		if sent.Load() != 3 {
			t.Error("cancelled probes hold their place")
		}
		end()
		synctest.Wait()
	})
}
