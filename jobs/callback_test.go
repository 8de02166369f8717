package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"gather/webhooks"
)

const callbackSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// endpoints resolves every target to one URL, and "unknown" to none.
type endpoints string

func (e endpoints) Endpoint(t Target) (string, []string, error) {
	if t.Endpoint == "unknown" {
		return "", nil, errors.New("not configured")
	}
	return string(e), []string{callbackSecret}, nil
}

// A receiver answers callbacks with a status, and keeps those it could verify
// with the official library.
type receiver struct {
	url      string
	status   atomic.Int64
	verified chan payload
	ids      chan string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	official, err := standardwebhooks.NewWebhook(callbackSecret)
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{verified: make(chan payload, 100), ids: make(chan string, 100)}
	r.status.Store(http.StatusOK)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		w.WriteHeader(int(r.status.Load()))
		var p payload
		if err := official.Verify(body, req.Header); err != nil || json.Unmarshal(body, &p) != nil {
			t.Errorf("unverifiable callback: %v: %s", err, body)
			return
		}
		r.verified <- p
		r.ids <- req.Header.Get("webhook-id")
	}))
	t.Cleanup(srv.Close)
	r.url = srv.URL
	return r
}

func callbackOptions(t *testing.T, database string, r *receiver) Options {
	t.Helper()
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return Options{
		Database: database, Endpoints: endpoints(r.url),
		Deliverer: webhooks.NewDeliverer(&http.Client{Transport: tr}, time.Now),
	}
}

// awaitDelivery returns a job's delivery when it is as wanted. Deliveries have no
// events: they are looked at until a deadline.
func awaitDelivery(t *testing.T, s *Service, jobID string, wanted func(Delivery) bool) Delivery {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(20 * time.Second)
	for {
		page, err := s.Deliveries(t.Context(), DeliveryQuery{JobID: jobID})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Deliveries) == 1 && wanted(page.Deliveries[0]) {
			return page.Deliveries[0]
		}
		select {
		case <-ticker.C:
		case <-timeout:
			t.Fatalf("deliveries are %+v", page.Deliveries)
		}
	}
}

func TestCallback(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		r := newReceiver(t)
		s := startService(t, callbackOptions(t, database, r))
		sub := batch(2)
		sub.Callback = Target{Endpoint: "crm"}
		job := submit(t, s, sub)
		p := <-r.verified
		if p.Type != "fetch.completed" || p.Data.ID != job.ID || p.Data.State != Completed ||
			p.Data.URL != "/v1/jobs/"+job.ID || string(p.Data.Summary) != `{"requests":2}` || p.Timestamp.IsZero() {
			t.Errorf("payload %+v", p)
		}
		d := awaitDelivery(t, s, job.ID, func(d Delivery) bool { return d.State == Delivered })
		if id := <-r.ids; id != d.ID || len(d.Attempts) != 1 || d.Attempts[0].Status != 200 || d.Reason != "" || !d.NextAt.IsZero() || d.Target != sub.Callback {
			t.Errorf("delivery %+v, webhook-id %s", d, id)
		}

		for client, want := range map[string]int{"": 1, "ci": 1, "somebody else": 0} {
			if page, err := s.Deliveries(t.Context(), DeliveryQuery{Client: client}); err != nil || len(page.Deliveries) != want {
				t.Errorf("client %q sees %+v, %v", client, page, err)
			}
		}

		// A failed job calls back too, and so does a cancelled one.
		sub.Batch = []byte("?")
		submit(t, s, sub)
		if p := <-r.verified; p.Type != "fetch.failed" || p.Data.Summary != nil {
			t.Errorf("payload %+v", p)
		}
		if page, err := s.Deliveries(t.Context(), DeliveryQuery{Limit: 1}); err != nil || len(page.Deliveries) != 1 || page.Next == "" {
			t.Errorf("first page %+v, %v", page, err)
		} else if page, err = s.Deliveries(t.Context(), DeliveryQuery{Limit: 1, Cursor: page.Next}); err != nil ||
			len(page.Deliveries) != 1 || page.Deliveries[0].ID != d.ID || page.Next != "" {
			t.Errorf("second page %+v, %v", page, err)
		}
	})
}

func TestCallbackOfCancelledJob(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		r := newReceiver(t)
		o := callbackOptions(t, database, r)
		o.Runner = stopAfter(1)
		s := startService(t, o)
		sub := batch(2)
		sub.Callback = Target{URL: r.url}
		job := submit(t, s, sub)
		await(t, s, job.ID, func(j Job) bool { return j.Done >= 1 })
		if _, err := s.Cancel(t.Context(), job.ID); err != nil {
			t.Fatal(err)
		}
		if p := <-r.verified; p.Type != "fetch.cancelled" || p.Data.State != Cancelled {
			t.Errorf("payload %+v", p)
		}
	})
}

// A receiver that is busy is tried again later; the row for that says when.
func TestCallbackIsRetried(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		r := newReceiver(t)
		r.status.Store(503)
		s := startService(t, callbackOptions(t, database, r))
		sub := batch(1)
		sub.Callback = Target{Endpoint: "crm"}
		job := submit(t, s, sub)
		d := awaitDelivery(t, s, job.ID, func(d Delivery) bool { return len(d.Attempts) == 1 })
		wait := d.NextAt.Sub(d.Attempts[0].At)
		if d.State != Pending || d.Reason != "refused" || d.Attempts[0].Status != 503 || wait < 4*time.Second || wait > 6*time.Second {
			t.Errorf("delivery %+v, next after %v", d, wait)
		}
		if again, err := s.Resend(t.Context(), d.ID); err != nil || again.State != Pending || !again.NextAt.Equal(d.NextAt) {
			t.Errorf("a pending one sent again: %+v, %v", again, err)
		}
		r.status.Store(200)
		d = awaitDelivery(t, s, job.ID, func(d Delivery) bool { return d.State == Delivered })
		if first, second := <-r.ids, <-r.ids; len(d.Attempts) != 2 || first != second || first != d.ID {
			t.Errorf("delivery %+v went as %s and %s", d, first, second)
		}
	})
}

// 410 disables the endpoint until somebody sends to it again.
func TestCallbackGone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		r := newReceiver(t)
		r.status.Store(410)
		s := startService(t, callbackOptions(t, database, r))
		dead := func(d Delivery) bool { return d.State == Dead }
		sub := batch(1)
		sub.Callback = Target{Endpoint: "crm"}
		first := awaitDelivery(t, s, submit(t, s, sub).ID, dead)
		if first.Reason != "gone" || len(first.Attempts) != 1 {
			t.Errorf("delivery %+v", first)
		}
		second := awaitDelivery(t, s, submit(t, s, sub).ID, dead)
		if second.Reason != reasonDisabled || len(r.verified) != 1 {
			t.Errorf("delivery %+v, %d requests", second, len(r.verified))
		}
		if st, err := s.Stats(t.Context()); err != nil || st.Dead != 2 || st.Pending != 0 {
			t.Errorf("Stats = %+v, %v", st, err)
		}
		page, err := s.Deliveries(t.Context(), DeliveryQuery{State: Dead})
		if err != nil || len(page.Deliveries) != 2 || page.Deliveries[0].ID != second.ID {
			t.Errorf("dead letters %+v, %v", page, err)
		}
		r.status.Store(204)
		if _, err := s.Resend(t.Context(), first.ID); err != nil {
			t.Fatal(err)
		}
		sent := func(d Delivery) bool { return d.State == Delivered }
		if d := awaitDelivery(t, s, first.JobID, sent); len(d.Attempts) != 2 {
			t.Errorf("delivery %+v", d)
		}
		awaitDelivery(t, s, submit(t, s, sub).ID, sent)
	})
}

func TestCallbackToUnknownEndpoint(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		s := startService(t, callbackOptions(t, database, newReceiver(t)))
		sub := batch(1)
		sub.Callback = Target{Endpoint: "unknown"}
		d := awaitDelivery(t, s, submit(t, s, sub).ID, func(d Delivery) bool { return d.State == Dead })
		if d.Reason != reasonUnknown {
			t.Errorf("delivery %+v", d)
		}
	})
}

func TestDecide(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0)
	busy := webhooks.Outcome{Status: 503, Reason: "refused"}
	for _, tt := range []struct {
		name     string
		n, round int
		outcome  webhooks.Outcome
		state    DeliveryState
		wait     time.Duration
	}{
		{"delivered", 1, 0, webhooks.Outcome{Status: 200}, Delivered, 0},
		{"first failure", 1, 0, busy, Pending, 5 * time.Second},
		{"asked to wait", 1, 0, webhooks.Outcome{Status: 429, Reason: "refused", RetryAfter: time.Hour}, Pending, time.Hour},
		{"last failure", webhooks.MaxAttempts, 0, busy, Dead, 0},
		{"sent anew", webhooks.MaxAttempts + 1, webhooks.MaxAttempts, busy, Pending, 5 * time.Second},
		{"gone", 1, 0, webhooks.Outcome{Status: 410, Reason: "gone", Gone: true}, Dead, 0},
		{"disabled", 1, 0, webhooks.Outcome{Reason: reasonDisabled}, Dead, 0},
		{"secret", 1, 0, webhooks.Outcome{Reason: reasonSecret}, Dead, 0},
	} {
		a := deliveryAttempt{n: tt.n, round: tt.round, at: at, outcome: tt.outcome}
		a.decide(0.5)
		var wait time.Duration
		if !a.next.IsZero() {
			wait = a.next.Sub(at)
		}
		if a.state != tt.state || wait != tt.wait {
			t.Errorf("%s: %s after %v, want %s after %v", tt.name, a.state, wait, tt.state, tt.wait)
		}
	}
}

// A stale River job for an attempt that was made delivers nothing again.
func TestStaleDeliveryIsNotSent(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		r := newReceiver(t)
		s := startService(t, callbackOptions(t, database, r))
		sub := batch(1)
		sub.Callback = Target{Endpoint: "crm"}
		d := awaitDelivery(t, s, submit(t, s, sub).ID, func(d Delivery) bool { return d.State == Delivered })
		for attempt := range 3 {
			if err := s.deliver(context.Background(), -1, d.ID, attempt); err != nil {
				t.Error(err)
			}
		}
		if len(r.verified) != 1 {
			t.Errorf("%d requests", len(r.verified))
		}
	})
}
