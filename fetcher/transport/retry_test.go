package transport_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gather/fetcher/limiter"
	"gather/fetcher/transport"
)

// half is a jitter that always draws the middle.
func half() float64 { return 0.5 }

var tenTimes = transport.RetryOptions{Backoff: transport.Backoff{Base: 200 * time.Millisecond, Cap: time.Second}, Random: half}

// outcomes answers with one after the other, and the last for ever.
type outcomes struct {
	list  []any // a status or an error
	times []time.Time
	sent  []string // the bodies
}

func (o *outcomes) RoundTrip(req *http.Request) (*http.Response, error) {
	next := o.list[min(len(o.times), len(o.list)-1)]
	o.times = append(o.times, time.Now())
	if req.Body != nil {
		b, _ := io.ReadAll(req.Body)
		o.sent = append(o.sent, string(b))
		_ = req.Body.Close()
	}
	if err, ok := next.(error); ok {
		return nil, err
	}
	return reply(next.(int)), nil
}

func TestRetryOutcomes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		method   string
		list     []any
		call     *transport.Call
		attempts int
		want     any
	}{
		{"success", "GET", []any{200}, &transport.Call{}, 1, 200},
		{"404", "GET", []any{404, 200}, &transport.Call{}, 1, 404},
		{"501", "GET", []any{501, 200}, &transport.Call{}, 1, 501},
		{"408", "GET", []any{408, 200}, &transport.Call{}, 2, 200},
		{"429", "GET", []any{429, 200}, &transport.Call{}, 2, 200},
		{"500", "GET", []any{500, 200}, &transport.Call{}, 2, 200},
		{"502", "GET", []any{502, 200}, &transport.Call{}, 2, 200},
		{"503", "GET", []any{503, 200}, &transport.Call{}, 2, 200},
		{"504", "GET", []any{504, 200}, &transport.Call{}, 2, 200},
		{"truncated", "GET", []any{transport.ErrTruncated, 200}, &transport.Call{}, 2, 200},
		{"malformed", "GET", []any{transport.ErrBadResponse, 200}, &transport.Call{}, 1, transport.ErrBadResponse},
		{"too large", "GET", []any{transport.ErrBodyTooLarge, 200}, &transport.Call{}, 1, transport.ErrBodyTooLarge},
		{"overloaded", "GET", []any{transport.ErrOverloaded, 200}, &transport.Call{}, 1, transport.ErrOverloaded},
		{"circuit open", "GET", []any{transport.ErrCircuitOpen, 200}, &transport.Call{}, 1, transport.ErrCircuitOpen},
		{"cancelled", "GET", []any{context.Canceled, 200}, &transport.Call{}, 1, context.Canceled},
		{"deadline", "GET", []any{context.DeadlineExceeded, 200}, &transport.Call{}, 1, context.DeadlineExceeded},
		{"queue full", "GET", []any{limiter.ErrQueueFull, 200}, &transport.Call{}, 1, limiter.ErrQueueFull},
		{"refused by the guard", "GET", []any{errors.New("blocked"), 200}, &transport.Call{}, 1, nil},
		{"attempts spent", "GET", []any{503}, &transport.Call{}, 3, 503},
		{"more asked for", "GET", []any{503}, &transport.Call{Attempts: 5}, 5, 503},
		{"one asked for", "GET", []any{503, 200}, &transport.Call{Attempts: 1}, 1, 503},
		{"HEAD", "HEAD", []any{503, 200}, &transport.Call{}, 2, 200},
		{"OPTIONS", "OPTIONS", []any{503, 200}, &transport.Call{}, 2, 200},
		{"PUT", "PUT", []any{503, 200}, &transport.Call{}, 2, 200},
		{"DELETE", "DELETE", []any{503, 200}, &transport.Call{}, 2, 200},
		{"POST", "POST", []any{503, 200}, &transport.Call{}, 1, 503},
		{"POST, attempts but no leave", "POST", []any{503, 200}, &transport.Call{Attempts: 3}, 1, 503},
		{"POST, asked for", "POST", []any{503, 200}, &transport.Call{RetryUnsafe: true}, 2, 200},
		{"PATCH", "PATCH", []any{transport.ErrTruncated, 200}, &transport.Call{}, 1, transport.ErrTruncated},
		{"an answer, then refused unsent", "GET", []any{503, transport.ErrCircuitOpen}, &transport.Call{}, 2, 503},
		{"an answer, then cooling down", "GET", []any{429, limiter.ErrCooling}, &transport.Call{}, 2, 429},
		{"an answer, then no time", "GET", []any{503, context.DeadlineExceeded}, &transport.Call{}, 2, 503},
		{"an answer, then cancelled", "GET", []any{503, context.Canceled}, &transport.Call{}, 2, context.Canceled},
		{"an error, then refused unsent", "GET", []any{transport.ErrTruncated, transport.ErrCircuitOpen}, &transport.Call{}, 2, transport.ErrTruncated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				next := &outcomes{list: tt.list}
				rt := transport.NewRetry(next, newHosts(t, transport.Rules{Retries: 2}, limiter.Options{}), tenTimes)
				call := tt.call
				resp, err := send(t, transport.WithCall(t.Context(), call), rt, tt.method, "http://a.test/", nil)
				if len(next.times) != tt.attempts {
					t.Errorf("%d attempts, want %d", len(next.times), tt.attempts)
				}
				switch want := tt.want.(type) {
				case int:
					if err != nil || resp.StatusCode != want {
						t.Errorf("got %v, %v, want %d", resp, err, want)
					}
				case error:
					if !errors.Is(err, want) {
						t.Errorf("got %v, want %v", err, want)
					}
				default:
					if err == nil {
						t.Error("answered")
					}
				}
			})
		})
	}
}

func TestRetryBacksOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		next := &outcomes{list: []any{503}}
		rt := transport.NewRetry(next, newHosts(t, transport.Rules{Retries: 4}, limiter.Options{}), tenTimes)
		call := &transport.Call{}
		if _, err := get(t, transport.WithCall(t.Context(), call), rt, "http://a.test/"); err != nil {
			t.Fatal(err)
		}
		want := []time.Duration{100, 200, 400, 500} // ms: half of 200, 400, 800, 1000
		for i, d := range want {
			if got := next.times[i+1].Sub(next.times[i]); got != d*time.Millisecond {
				t.Errorf("wait %d: %v, want %v ms", i+1, got, int(d))
			}
		}
		if tr := call.Trace(); tr.Retries != 4 || tr.Backoff != 1200*time.Millisecond {
			t.Errorf("trace %+v", tr)
		}
	})
}

func TestRetryStopsBeforeDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		next := &outcomes{list: []any{503}}
		rt := transport.NewRetry(next, newHosts(t, transport.Rules{Retries: 9}, limiter.Options{}), tenTimes)
		ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
		defer cancel()
		begun := time.Now()
		resp, err := get(t, ctx, rt, "http://a.test/")
		if err != nil || resp.StatusCode != 503 {
			t.Fatalf("the last answer does not stand: %v", err)
		}
		if took := time.Since(begun); len(next.times) != 2 || took != 100*time.Millisecond {
			t.Errorf("%d attempts in %v: the second wait could not end in time", len(next.times), took)
		}
	})
}

func TestRetryCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		next := &outcomes{list: []any{503}}
		rt := transport.NewRetry(next, newHosts(t, transport.Rules{Retries: 9}, limiter.Options{}), tenTimes)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if _, err := get(t, ctx, rt, "http://a.test/"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if len(next.times) != 1 {
			t.Errorf("%d attempts", len(next.times))
		}
	})
}

func TestRetryReplaysBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, transport.Rules{Retries: 2}, limiter.Options{})
		next := &outcomes{list: []any{503, 503, 200}}
		rt := transport.NewRetry(next, hosts, tenTimes)
		if _, err := send(t, t.Context(), rt, http.MethodPut, "http://a.test/", strings.NewReader("payload")); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(next.sent, ","); got != "payload,payload,payload" {
			t.Errorf("sent %s", got)
		}
		once := &outcomes{list: []any{503, 200}}
		rt = transport.NewRetry(once, hosts, tenTimes)
		resp, err := send(t, t.Context(), rt, http.MethodPut, "http://a.test/", io.MultiReader(bytes.NewReader([]byte("stream"))))
		if err != nil || resp.StatusCode != 503 || len(once.times) != 1 {
			t.Errorf("a body that cannot be replayed was sent %d times: %v", len(once.times), err)
		}
	})
}

// An outage must not be multiplied: of many calls that all fail, at most a fifth is sent again.
func TestRetryQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := newHosts(t, transport.Rules{Retries: 3}, limiter.Options{})
		next := &outcomes{list: []any{503}}
		rt := transport.NewRetry(next, hosts, transport.RetryOptions{Backoff: transport.Backoff{Base: 1, Cap: 1}, Random: half})
		const calls = 1000
		for range calls {
			if _, err := get(t, t.Context(), rt, "http://a.test/"); err != nil {
				t.Fatal(err)
			}
		}
		if got, most := len(next.times), calls*12/10; got > most || got < most-10 {
			t.Errorf("%d attempts of %d calls, want up to %d", got, calls, most)
		}
		time.Sleep(20 * time.Second)
		before := len(next.times)
		if _, err := get(t, t.Context(), rt, "http://a.test/"); err != nil {
			t.Fatal(err)
		}
		if got := len(next.times) - before; got != 4 {
			t.Errorf("a lone call after the outage got %d attempts, want 4", got)
		}
	})
}

// A large answer that is tried again must not hold the memory its next attempt waits for.
func TestRetryHoldsNoLargeAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		large := &closer{Reader: strings.NewReader(strings.Repeat("x", 100<<10))}
		calls := 0
		rt := transport.NewRetry(answers(func(*http.Request) (*http.Response, error) {
			if calls++; calls == 1 {
				return &http.Response{StatusCode: 503, Body: large}, nil
			}
			if !large.closed {
				t.Error("the first answer is still held")
			}
			return nil, limiter.ErrCooling
		}), newHosts(t, transport.Rules{Retries: 2}, limiter.Options{}), tenTimes)
		if _, err := get(t, t.Context(), rt, "http://a.test/"); !errors.Is(err, limiter.ErrCooling) {
			t.Errorf("got %v", err)
		}
	})
}

type closer struct {
	io.Reader
	closed bool
}

func (c *closer) Close() error { c.closed = true; return nil }
