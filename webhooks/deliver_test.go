package webhooks

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func testSigner(t *testing.T) *Signer {
	t.Helper()
	s, err := NewSigner(testSecret)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func testClient(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func TestDeliver(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    Outcome
	}{
		{"accepted", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202) }, Outcome{Status: 202}},
		{"gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) }, Outcome{Status: 410, Reason: "gone", Gone: true}},
		{"busy", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "120"); w.WriteHeader(503) },
			Outcome{Status: 503, Reason: "refused", RetryAfter: 2 * time.Minute}},
		{"bad", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) }, Outcome{Status: 400, Reason: "refused"}},
		{"endless body", func(w http.ResponseWriter, r *http.Request) {
			chunk := make([]byte, 32<<10)
			for r.Context().Err() == nil {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, Outcome{Status: 200}},
		{"truncated body", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "x")
		}, Outcome{Status: 200}},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Outcome{Reason: "no answer"}},
		{"garbage", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH\r\n")
			_ = conn.Close()
		}, Outcome{Reason: "no answer"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(tt.handler)
			t.Cleanup(srv.Close)
			got := NewDeliverer(testClient(t), time.Now).Deliver(t.Context(), srv.URL, testSigner(t), Message{ID: "msg_1", Body: testBody})
			got.Duration = 0
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if got.Delivered() != (tt.want.Reason == "") {
				t.Errorf("Delivered = %v", got.Delivered())
			}
		})
	}
}

// What arrives is what was signed, and our own Verifier takes it.
func TestDeliverIsVerifiable(t *testing.T) {
	t.Parallel()
	v, err := NewVerifier(Standard, []string{testSecret}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	var verified atomic.Pointer[string]
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if id, err := v.Verify(r.Header, body); err == nil && r.Method == http.MethodPost && r.Header.Get("Content-Type") == "application/json" {
			verified.Store(&id)
		}
	}))
	t.Cleanup(srv.Close)
	NewDeliverer(testClient(t), time.Now).Deliver(t.Context(), srv.URL+"/hook", testSigner(t), Message{ID: "msg_1", Body: testBody})
	if id := verified.Load(); id == nil || *id != "msg_1" {
		t.Error("the receiver could not verify the delivery")
	}
}

func TestDeliverFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	var inward atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/inward" {
			inward.Add(1)
		}
		http.Redirect(w, r, "/inward", http.StatusTemporaryRedirect)
	}))
	t.Cleanup(srv.Close)
	got := NewDeliverer(testClient(t), time.Now).Deliver(t.Context(), srv.URL, testSigner(t), Message{ID: "m", Body: testBody})
	if got.Delivered() || got.Status != 307 || got.Reason != "redirected" || inward.Load() != 0 {
		t.Errorf("got %+v, and %d requests to where it pointed", got, inward.Load())
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestDeliverTimesOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		got := NewDeliverer(&http.Client{Transport: hang}, time.Now).Deliver(t.Context(), "http://example.com", testSigner(t), Message{ID: "m"})
		if want := (Outcome{Reason: "timeout", Duration: attemptTimeout}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func TestDeliverReasons(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		ctx  context.Context
		url  string
		err  error
		want string
	}{
		{t.Context(), "http://example.com/?token=hidden", &net.DNSError{Err: "no such host", Name: "hidden"}, "dns failure"},
		{t.Context(), "http://example.com/?token=hidden", &net.OpError{Op: "dial", Err: errors.New("hidden")}, "connect failure"},
		{t.Context(), "http://example.com/?token=hidden", errors.New("hidden"), "no answer"},
		{canceled, "http://example.com/?token=hidden", context.Canceled, "canceled"},
		{t.Context(), "http://exa mple/?token=hidden", nil, "unusable url"},
	}
	for _, tt := range tests {
		fail := roundTrip(func(*http.Request) (*http.Response, error) { return nil, tt.err })
		got := NewDeliverer(&http.Client{Transport: fail}, time.Now).Deliver(tt.ctx, tt.url, testSigner(t), Message{ID: "m"})
		if got.Reason != tt.want || strings.Contains(got.Reason, "hidden") {
			t.Errorf("%v: %q, want %q", tt.err, got.Reason, tt.want)
		}
	}
}

func TestNextAttempt(t *testing.T) {
	t.Parallel()
	for attempt := 1; attempt < MaxAttempts; attempt++ {
		low, ok := NextAttempt(attempt, 0, 0)
		high, _ := NextAttempt(attempt, 0.999, 0)
		if !ok || low != steps[attempt-1]*9/10 || high <= steps[attempt-1] || high > steps[attempt-1]*11/10 {
			t.Errorf("attempt %d: %v to %v, %v", attempt, low, high, ok)
		}
	}
	var total time.Duration
	for _, s := range steps {
		total += s
	}
	if total < 23*time.Hour+50*time.Minute || total > 24*time.Hour+10*time.Minute {
		t.Errorf("the schedule spans %v, want a day", total)
	}
	for _, attempt := range []int{-1, 0, MaxAttempts, MaxAttempts + 1} {
		if _, ok := NextAttempt(attempt, 0.5, 0); ok {
			t.Errorf("attempt %d is followed by another", attempt)
		}
	}
	if d, _ := NextAttempt(1, 0.5, time.Minute); d != time.Minute {
		t.Errorf("asked for a minute, waits %v", d)
	}
	if d, _ := NextAttempt(5, 0.5, time.Second); d != 2*time.Hour {
		t.Errorf("a short Retry-After makes it %v", d)
	}
	if d, _ := NextAttempt(1, 0.5, 1000*time.Hour); d != maxRetryAfter {
		t.Errorf("a long Retry-After makes it %v", d)
	}
}

func FuzzRetryAfter(f *testing.F) {
	now := time.Unix(784111777, 0)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "-1": 0, "NaN": 0, "soon": 0, "1.5": 1500 * time.Millisecond, "120": 2 * time.Minute,
		"1e300": maxRetryAfter, "+Inf": maxRetryAfter, "Sun, 06 Nov 1994 08:50:37 GMT": time.Minute, "Sun, 06 Nov 1994 08:00:00 GMT": 0,
	} {
		if got := retryAfter(value, now); got != want {
			f.Errorf("retryAfter(%q) = %v, want %v", value, got, want)
		}
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if d := retryAfter(value, now); d < 0 || d > maxRetryAfter {
			t.Errorf("retryAfter(%q) = %v", value, d)
		}
	})
}
