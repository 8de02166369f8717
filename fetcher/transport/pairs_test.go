package transport_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gather/fetcher/fetchertest"
	"gather/fetcher/limiter"
	"gather/fetcher/transport"
)

// retry × breaker: an outage costs ten failures, then nothing is sent; and the calls end with what the upstream last said.
func TestRetryMeetsBreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, transport.Rules{Retries: 2}, limiter.Options{})
		next := &outcomes{list: []any{503}}
		rt := transport.NewRetry(transport.NewBreaker(next, hosts), hosts, transport.RetryOptions{Backoff: transport.Backoff{Base: 1, Cap: 1}})
		opened := false
		for range 50 {
			resp, err := get(t, t.Context(), rt, "http://a.test/")
			switch {
			case errors.Is(err, transport.ErrCircuitOpen):
				opened = true
			case err != nil || resp.StatusCode != 503 || opened:
				t.Fatalf("got %v, %v", resp, err)
			}
		}
		if len(next.times) != 10 {
			t.Errorf("%d attempts were sent to an upstream that is down, want 10", len(next.times))
		}
	})
}

// retry × limit: the wait that a 429 asks for is kept to by the retry, and by everybody else.
func TestRetryMeetsCoolDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, transport.Rules{Retries: 2}, limiter.Options{})
		var mu sync.Mutex
		var sent []time.Duration
		begun := time.Now()
		rt := transport.NewRetry(transport.NewLimit(answers(func(*http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			sent = append(sent, time.Since(begun))
			if len(sent) == 1 {
				return reply(429, "Retry-After", "3"), nil
			}
			return reply(200), nil
		}), hosts), hosts, tenTimes)
		call := &transport.Call{}
		done := make(chan struct{})
		go func() {
			defer close(done)
			time.Sleep(time.Second)
			if resp, err := get(t, t.Context(), rt, "http://a.test/other"); err != nil || resp.StatusCode != 200 {
				t.Errorf("the other call: %v", err)
			}
		}()
		resp, err := get(t, transport.WithCall(t.Context(), call), rt, "http://a.test/")
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(err)
		}
		<-done
		for _, at := range sent[1:] {
			if at < 3*time.Second {
				t.Errorf("a call was sent at %v, in the cool-down", at)
			}
		}
		if tr := call.Trace(); tr.Retries != 1 || tr.Queued < 2*time.Second {
			t.Errorf("trace %+v", tr)
		}
		if s := hosts.Snapshot()[0]; s.Throttled != 1 || s.Retries != 1 {
			t.Errorf("%d throttled, %d retries", s.Throttled, s.Retries)
		}
	})
}

// retry × limit: a cool-down past the deadline is not waited for; the 429 stands at once, also for those who come later.
func TestCoolDownPastDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, transport.Rules{Retries: 2}, limiter.Options{})
		next := answers(func(*http.Request) (*http.Response, error) { return reply(429, "Retry-After", "30"), nil })
		rt := transport.NewRetry(transport.NewBreaker(transport.NewLimit(next, hosts), hosts), hosts, tenTimes)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begun := time.Now()
		resp, err := get(t, ctx, rt, "http://a.test/")
		if err != nil || resp.StatusCode != 429 || time.Since(begun) > time.Second {
			t.Errorf("got %v after %v", err, time.Since(begun))
		}
		if _, err := get(t, ctx, rt, "http://a.test/"); !errors.Is(err, limiter.ErrCooling) {
			t.Errorf("a later call got %v", err)
		}
		if got := stateOf(t, hosts); got != "closed" {
			t.Errorf("429 and cool-down left the circuit %s", got)
		}
	})
}

// limit × breaker: what was queued when the circuit opened is not sent any more.
func TestQueueMeetsOpenCircuit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, transport.Rules{Concurrency: 1}, limiter.Options{})
		s := &script{tell: func(int64, *http.Request) (*http.Response, error) {
			time.Sleep(100 * time.Millisecond)
			return nil, transport.ErrConnect
		}}
		rt := transport.NewBreaker(transport.NewLimit(s, hosts), hosts)
		var refused atomic.Int64
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				if _, err := get(t, t.Context(), rt, "http://a.test/"); errors.Is(err, transport.ErrCircuitOpen) {
					refused.Add(1)
				}
			})
		}
		all.Wait()
		if sent := s.n.Load(); sent != 10 || refused.Load() != 20 {
			t.Errorf("%d sent, %d refused, want 10 and 20", sent, refused.Load())
		}
		if s := hosts.Snapshot()[0]; s.Limit.InFlight != 0 || s.Breaker != "open" {
			t.Errorf("%d in flight, circuit %s", s.Limit.InFlight, s.Breaker)
		}
	})
}

// hedge × limit: a host that is cooling down gets no hedges.
func TestHedgeMeetsCoolDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, hedgeRules, limiter.Options{})
		s := &script{tell: func(n int64, req *http.Request) (*http.Response, error) {
			switch {
			case n == 100:
				return lasting(time.Second)(req)
			case n == 101:
				return reply(429, "Retry-After", "5"), nil
			}
			return lasting(10 * time.Millisecond)(req)
		}}
		rt := hedged(hosts, s)
		warmUp(t, rt)
		done := make(chan struct{})
		go func() { // a straggler; its hedge would be due in about 11 ms
			defer close(done)
			if _, err := get(t, t.Context(), rt, "http://a.test/"); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		if _, err := get(t, t.Context(), rt, "http://a.test/"); err != nil { // told to wait at once
			t.Fatal(err)
		}
		<-done
		if got := hosts.Snapshot()[0].Hedges; got != 0 {
			t.Errorf("%d hedges in a cool-down", got)
		}
	})
}

// hedge × breaker: half-open, a slow probe is not doubled.
func TestHedgeMeetsHalfOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, hedgeRules, limiter.Options{})
		s := &script{tell: func(n int64, req *http.Request) (*http.Response, error) {
			switch {
			case n < 100:
				return lasting(10 * time.Millisecond)(req)
			case n < 500:
				return nil, transport.ErrConnect
			}
			return lasting(time.Second)(req)
		}}
		rt := transport.NewBreaker(hedged(hosts, s), hosts)
		warmUp(t, rt)
		time.Sleep(11 * time.Second) // the breaker forgets the successes
		for stateOf(t, hosts) == "closed" {
			_, _ = get(t, t.Context(), rt, "http://a.test/")
		}
		time.Sleep(6 * time.Second)
		s.n.Store(500)
		if _, err := get(t, t.Context(), rt, "http://a.test/"); err != nil {
			t.Fatal(err)
		}
		if got := hosts.Snapshot()[0].Hedges; got != 0 {
			t.Errorf("%d hedges half-open", got)
		}
	})
}

// limit × retry × hedge: in no window are more calls sent than rate × window + burst, whatever they are sent for.
func TestNoWindowIsOverrun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const rate, burst = 50, 5
		hosts := newHosts(t, transport.Rules{Rate: rate, Burst: burst, Retries: 3, Hedge: true}, limiter.Options{})
		var mu sync.Mutex
		var sent []time.Time
		s := &script{tell: func(n int64, req *http.Request) (*http.Response, error) {
			mu.Lock()
			sent = append(sent, time.Now())
			mu.Unlock()
			switch {
			case n%7 == 0:
				return reply(500), nil
			case n%41 == 0:
				return lasting(2 * time.Second)(req)
			}
			return lasting(10 * time.Millisecond)(req)
		}}
		rt := transport.NewRetry(hedged(hosts, s), hosts, tenTimes)
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() {
				call := &transport.Call{Client: strconv.Itoa(i % 3), Weight: 1, Batch: uint64(i)}
				for range 60 {
					if _, err := get(t, transport.WithCall(t.Context(), call), rt, "http://a.test/"); err != nil {
						t.Error(err)
					}
					time.Sleep(time.Duration(i) * 50 * time.Millisecond) // some of the time there are tokens to spare
				}
			})
		}
		all.Wait()
		if got := hosts.Snapshot()[0]; got.Retries == 0 || got.Hedges == 0 {
			t.Fatalf("%d retries, %d hedges: nothing was tried", got.Retries, got.Hedges)
		}
		for i := range sent {
			for j := i; j < len(sent); j++ {
				if most := burst + rate*sent[j].Sub(sent[i]).Seconds(); float64(j-i+1) > most+1e-6 {
					t.Fatalf("%d calls in %v, at most %.2f may be", j-i+1, sent[j].Sub(sent[i]), most)
				}
			}
		}
	})
}

// Over real sockets and all stages: an upstream that allows less than it is configured for answers everybody in the end, and is asked in vain
// only a few times.
func TestChainKeepsToUpstreamsLimit(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Limited(40, 10, fetchertest.JSON(`{}`), "Retry-After: 0.25"))
	c := newChain(t, chainOptions{rules: transport.Rules{Rate: 400, Burst: 5, Concurrency: 5, Retries: 5}})
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			resp, err := get(t, t.Context(), c, up.URL)
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("got %v, %v", resp, err)
			}
		})
	}
	all.Wait()
	if s := c.hosts.Snapshot()[0]; s.Throttled == 0 || s.Throttled > 15 || s.Calls != 30+s.Throttled || s.Breaker != "closed" {
		t.Errorf("%d calls, %d of them throttled, circuit %s", s.Calls, s.Throttled, s.Breaker)
	}
}

// Over real sockets and all stages: never more at once than the host's concurrency and the gate allow, and everything answered.
func TestChainKeepsToConcurrency(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Every(5, fetchertest.Reply(503, "no"), fetchertest.Slow(2*time.Millisecond, fetchertest.JSON(`{}`))))
	c := newChain(t, chainOptions{rules: transport.Rules{Concurrency: 8, Retries: 2, Hedge: true}, gate: 6})
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			call := &transport.Call{Client: strconv.Itoa(i % 7), Weight: 1, Batch: uint64(i)}
			for range 5 {
				resp, err := get(t, transport.WithCall(t.Context(), call), c, up.URL)
				if err != nil && !errors.Is(err, transport.ErrCircuitOpen) {
					t.Error(err)
				}
				if err == nil {
					_ = resp.Body.Close()
				}
			}
		})
	}
	all.Wait()
	if most := up.MostInFlight(); most > 6 {
		t.Errorf("%d calls at once, the gate allows 6", most)
	}
	s := c.hosts.Snapshot()[0]
	if s.Limit.InFlight != 0 || s.Limit.Queue != 0 || c.budget.Used() != 0 {
		t.Errorf("left behind: %+v, %d bytes", s, c.budget.Used())
	}
	if s.Retries*5 > s.Calls+50 {
		t.Errorf("%d retries of %d calls", s.Retries, s.Calls)
	}
}
