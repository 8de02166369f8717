package transport_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gather/fetcher/limiter"
	"gather/fetcher/transport"
)

// script answers the n-th exchange, counted from 1 over all, as the function says.
type script struct {
	n    atomic.Int64
	tell func(n int64, req *http.Request) (*http.Response, error)
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	return s.tell(s.n.Add(1), req)
}

// warmUp makes 99 calls of 10 ms, one after the other, so that the p95 is known and a few hedges are allowed. They are exchanges 1 to 99.
func warmUp(t *testing.T, rt http.RoundTripper) {
	t.Helper()
	for range 99 {
		if _, err := get(t, t.Context(), rt, "http://a.test/"); err != nil {
			t.Fatal(err)
		}
	}
}

func hedged(hosts *transport.Hosts, next http.RoundTripper) http.RoundTripper {
	return transport.NewLimit(transport.NewHedge(next, hosts), hosts)
}

var hedgeRules = transport.Rules{Hedge: true, Concurrency: 4}

func TestHedgeWinsOverStraggler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, hedgeRules, limiter.Options{})
		var loser error
		s := &script{tell: func(n int64, req *http.Request) (*http.Response, error) {
			if n != 100 {
				return lasting(10 * time.Millisecond)(req)
			}
			resp, err := lasting(time.Minute)(req)
			loser = err
			return resp, err
		}}
		rt := hedged(hosts, s)
		warmUp(t, rt)
		call := &transport.Call{}
		begun := time.Now()
		resp, err := get(t, transport.WithCall(t.Context(), call), rt, "http://a.test/")
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(err)
		}
		if took := time.Since(begun); took < 20*time.Millisecond || took > 25*time.Millisecond {
			t.Errorf("took %v, want the p95 and 10 ms", took)
		}
		if !errors.Is(loser, context.Canceled) {
			t.Errorf("the straggler ended with %v", loser)
		}
		if s := hosts.Snapshot()[0]; s.Hedges != 1 || s.HedgeWins != 1 || s.Calls != 100 || s.Limit.InFlight != 0 || s.Limit.Grants != 101 {
			t.Errorf("snapshot %+v", s)
		}
		if tr := call.Trace(); tr.Hedges != 1 || tr.Wait == 0 {
			t.Errorf("trace %+v", tr)
		}
		if resp.Request != nil && resp.Request.Context().Err() != nil {
			t.Error("the answer's request carries a context that has ended")
		}
	})
}

func TestHedgeOutcomes(t *testing.T) {
	t.Parallel()
	fail := func(after time.Duration, err error) answers {
		return func(req *http.Request) (*http.Response, error) {
			if resp, ended := lasting(after)(req); ended != nil {
				return resp, ended
			}
			return nil, err
		}
	}
	status := func(after time.Duration, code int) answers {
		return func(req *http.Request) (*http.Response, error) {
			resp, err := lasting(after)(req)
			if err == nil {
				resp.StatusCode = code
			}
			return resp, err
		}
	}
	const ms = time.Millisecond
	tests := []struct {
		name          string
		first, second answers
		want          any
		wins          uint64
	}{
		{"the first after all", lasting(15 * ms), lasting(time.Second), 200, 0},
		{"the second", status(time.Second, 201), status(ms, 202), 202, 1},
		{"the first fails, the second stands", fail(20*ms, transport.ErrTruncated), status(50*ms, 202), 202, 1},
		{"the second fails, the first stands", status(50*ms, 201), fail(ms, transport.ErrConnect), 201, 0},
		{"the second is told not now", status(50*ms, 201), status(ms, 429), 201, 0},
		{"the second meets an error", status(50*ms, 201), status(ms, 503), 201, 0},
		{"both fail", fail(50*ms, transport.ErrTruncated), fail(ms, transport.ErrConnect), transport.ErrTruncated, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				hosts := newHosts(t, hedgeRules, limiter.Options{})
				rt := hedged(hosts, &script{tell: func(n int64, req *http.Request) (*http.Response, error) {
					switch n {
					case 100:
						return tt.first(req)
					case 101:
						return tt.second(req)
					}
					return lasting(10 * ms)(req)
				}})
				warmUp(t, rt)
				resp, err := get(t, t.Context(), rt, "http://a.test/")
				switch want := tt.want.(type) {
				case int:
					if err != nil || resp.StatusCode != want {
						t.Errorf("got %v, %v, want %d", resp, err, want)
					}
				case error:
					if !errors.Is(err, want) {
						t.Errorf("got %v, want %v", err, want)
					}
				}
				if s := hosts.Snapshot()[0]; s.Hedges != 1 || s.HedgeWins != tt.wins || s.Limit.InFlight != 0 {
					t.Errorf("%d hedges, %d won, %d in flight", s.Hedges, s.HedgeWins, s.Limit.InFlight)
				}
			})
		})
	}
}

func TestHedgeNot(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		rules   transport.Rules
		method  string
		body    string
		prepare func(t *testing.T, rt http.RoundTripper)
	}{
		{name: "not asked for", rules: transport.Rules{}},
		{name: "POST", rules: hedgeRules, method: http.MethodPost},
		{name: "saturated", rules: transport.Rules{Hedge: true, Concurrency: 1}},
		{name: "no token", rules: transport.Rules{Hedge: true, Rate: 10, Burst: 1}},
		{name: "budget spent", rules: hedgeRules, prepare: func(t *testing.T, rt http.RoundTripper) {
			for range 10 { // stragglers, of whom the first five are hedged
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				_, _ = get(t, context.WithValue(ctx, straggle{}, true), rt, "http://a.test/")
				cancel()
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				hosts := newHosts(t, tt.rules, limiter.Options{})
				rt := hedged(hosts, answers(func(req *http.Request) (*http.Response, error) {
					if req.Context().Value(straggle{}) != nil {
						return lasting(time.Second)(req)
					}
					return lasting(10 * time.Millisecond)(req)
				}))
				warmUp(t, rt)
				if tt.prepare != nil {
					tt.prepare(t, rt)
				}
				before := hosts.Snapshot()[0].Hedges
				method := tt.method
				if method == "" {
					method = http.MethodGet
				}
				begun := time.Now()
				if _, err := send(t, context.WithValue(t.Context(), straggle{}, true), rt, method, "http://a.test/", nil); err != nil {
					t.Fatal(err)
				}
				if s := hosts.Snapshot()[0]; s.Hedges != before {
					t.Errorf("hedged after %v", time.Since(begun))
				}
			})
		})
	}
}

type straggle struct{}

// Over any length of time, and with every call a straggler, hedges are at most a twentieth of the calls.
func TestHedgeBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, transport.Rules{Hedge: true}, limiter.Options{})
		var slow atomic.Bool
		rt := hedged(hosts, answers(func(req *http.Request) (*http.Response, error) {
			if slow.Load() {
				return lasting(200 * time.Millisecond)(req)
			}
			return lasting(10 * time.Millisecond)(req)
		}))
		warmUp(t, rt)
		slow.Store(true)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				for range 90 {
					if _, err := get(t, t.Context(), rt, "http://a.test/"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		s := hosts.Snapshot()[0]
		if s.Hedges == 0 || float64(s.Hedges) > 0.05*float64(s.Calls) {
			t.Errorf("%d hedges for %d calls", s.Hedges, s.Calls)
		}
	})
}

// A caller that leaves ends both tries.
func TestHedgeCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, hedgeRules, limiter.Options{})
		s := &script{tell: func(n int64, req *http.Request) (*http.Response, error) {
			if n < 100 {
				return lasting(10 * time.Millisecond)(req)
			}
			return lasting(time.Hour)(req)
		}}
		rt := hedged(hosts, s)
		warmUp(t, rt)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		begun := time.Now()
		if _, err := get(t, ctx, rt, "http://a.test/"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begun); took != time.Second || s.n.Load() != 101 {
			t.Errorf("ended after %v and %d exchanges", took, s.n.Load())
		}
		if s := hosts.Snapshot()[0]; s.Limit.InFlight != 0 {
			t.Errorf("%d permits held", s.Limit.InFlight)
		}
	})
}
