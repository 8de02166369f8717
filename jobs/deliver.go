package jobs

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"

	"gather/webhooks"
)

// deliver makes one attempt at a callback for River. A River job for any attempt
// but the next is stale, and does nothing.
func (s *Service) deliver(ctx context.Context, riverID int64, id string, attempt int) error {
	defer s.active.begin(riverID)()
	d, err := s.open(context.WithoutCancel(ctx), false)
	if err != nil {
		return river.JobSnooze(0) // the service stops: the next process has it
	}
	if !d.store.alive() {
		return leaveToOthers(ctx)
	}
	a := deliveryAttempt{id: id, n: attempt}
	due, err := a.load(ctx, d.store.reader())
	if err != nil || !due {
		return unavailable(err)
	}
	a.at = s.opts.Now()
	if !a.disabled {
		a.outcome = s.attempt(ctx, a.target, webhooks.Message{ID: id, Body: a.body})
	} else {
		a.outcome = webhooks.Outcome{Reason: reasonDisabled}
	}
	if ctx.Err() != nil && !a.outcome.Delivered() {
		return river.JobSnooze(0) // the service stops: that was no attempt
	}
	a.decide(rand.Float64())
	if err := d.writer.do(context.Background(), a.record); err != nil {
		return err
	}
	s.opts.Observer.DeliveryAttempted(a.state, a.outcome.Duration)
	return nil
}

// The reasons a callback fails for before anything is sent.
const (
	reasonDisabled = "endpoint disabled"
	reasonUnknown  = "unknown endpoint"
	reasonSecret   = "unusable secret"
)

// attempt resolves the target, as it is configured now, and sends.
func (s *Service) attempt(ctx context.Context, t Target, m webhooks.Message) webhooks.Outcome {
	if s.opts.Endpoints == nil || s.opts.Deliverer == nil {
		return webhooks.Outcome{Reason: reasonUnknown}
	}
	url, secrets, err := s.opts.Endpoints.Endpoint(t)
	if err != nil {
		return webhooks.Outcome{Reason: reasonUnknown}
	}
	signer, err := webhooks.NewSigner(secrets...)
	if err != nil {
		return webhooks.Outcome{Reason: reasonSecret}
	}
	return s.opts.Deliverer.Deliver(ctx, url, signer, m)
}

// A deliveryAttempt is one attempt at one callback, and what follows from it.
type deliveryAttempt struct {
	id       string
	n        int // over all rounds, from 1
	round    int // attempts made before it was last sent anew
	target   Target
	body     []byte
	disabled bool

	at      time.Time
	outcome webhooks.Outcome
	state   DeliveryState
	next    time.Time // of the attempt that follows; zero: none
}

// load reads the delivery and reports whether this attempt is the next one.
func (a *deliveryAttempt) load(ctx context.Context, q querier) (bool, error) {
	var target string
	found, err := one(ctx, q, `SELECT target, body, round FROM gather_deliveries
		WHERE id = $1 AND state = 'pending' AND attempts = $2`, []any{a.id, a.n - 1}, &target, &a.body, &a.round)
	if err != nil || !found {
		return false, err
	}
	if err := json.Unmarshal([]byte(target), &a.target); err != nil {
		return false, err
	}
	var n int
	a.disabled, err = one(ctx, q, `SELECT 1 FROM gather_disabled WHERE target = $1`, []any{a.target.key()}, &n)
	return true, err
}

// decide says what follows from the outcome. What cannot be resolved, or wants no
// more, is not tried again by itself.
func (a *deliveryAttempt) decide(random float64) {
	a.state = Delivered
	if a.outcome.Delivered() {
		return
	}
	a.state = Dead
	switch a.outcome.Reason {
	case reasonDisabled, reasonUnknown, reasonSecret:
		return
	}
	if a.outcome.Gone {
		return
	}
	if wait, again := webhooks.NextAttempt(a.n-a.round, random, a.outcome.RetryAfter); again {
		a.state, a.next = Pending, a.at.Add(wait)
	}
}

// record is the op: the attempt, what the delivery is now, and the next attempt.
func (a *deliveryAttempt) record(ctx context.Context, tx *batchTx) error {
	n, err := tx.exec(ctx, `UPDATE gather_deliveries SET attempts = $2, state = $3, next_at = $4, reason = $5
		WHERE id = $1 AND state = 'pending' AND attempts = $6`,
		a.id, a.n, string(a.state), micros(a.next), a.outcome.Reason, a.n-1)
	if err != nil || n == 0 {
		return err
	}
	if _, err := tx.exec(ctx, `INSERT INTO gather_attempts (delivery_id, n, at, took, status, reason)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		a.id, a.n, micros(a.at), a.outcome.Duration.Microseconds(), a.outcome.Status, a.outcome.Reason); err != nil {
		return err
	}
	if a.outcome.Gone {
		if _, err := tx.exec(ctx, `INSERT INTO gather_disabled (target, at) VALUES ($1, $2)
			ON CONFLICT (target) DO NOTHING`, a.target.key(), micros(a.at)); err != nil {
			return err
		}
	}
	if !a.next.IsZero() {
		tx.enqueue(deliverArgs{ID: a.id, Attempt: a.n + 1}, &river.InsertOpts{ScheduledAt: a.next})
	}
	return nil
}
