package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A DeliveryState is where a callback is.
type DeliveryState string

// The states of a callback.
const (
	Pending   DeliveryState = "pending"   // waits for its first or next attempt
	Delivered DeliveryState = "delivered" // the receiver said 2xx
	Dead      DeliveryState = "dead"      // given up, until it is sent again by hand
)

// A Delivery is a callback on its way.
type Delivery struct {
	ID        string // the webhook-id, the same over all attempts
	JobID     string
	Target    Target
	State     DeliveryState
	CreatedAt time.Time
	NextAt    time.Time // of the next attempt; zero: none
	Reason    string    // why the last attempt failed, from a short fixed list; "" otherwise
	Attempts  []DeliveryAttempt
}

// A DeliveryAttempt is one try at a Delivery.
type DeliveryAttempt struct {
	At     time.Time
	Took   time.Duration
	Status int    // the receiver's; 0: no answer
	Reason string // "" when delivered
}

// A DeliveryQuery says which deliveries to list.
type DeliveryQuery struct {
	JobID  string        // "": any job's
	State  DeliveryState // "": any
	Limit  int           // 0: 50; at most 200
	Cursor string        // DeliveryPage.Next of the page before
}

// A DeliveryPage is part of a list, newest first.
type DeliveryPage struct {
	Deliveries []Delivery
	Next       string
}

// Deliveries lists callbacks with their attempts, newest first. Dead letters are
// those in state Dead. Errors are ErrCursor and ErrUnavailable.
func (s *Service) Deliveries(ctx context.Context, q DeliveryQuery) (DeliveryPage, error) {
	before, err := decodeCursor(q.Cursor, deliveryPrefix)
	if err != nil {
		return DeliveryPage{}, err
	}
	d, err := s.open(ctx, false)
	if err != nil || d == nil {
		return DeliveryPage{}, err
	}
	where, args := "id < $1", []any{before}
	if q.JobID != "" {
		args = append(args, q.JobID)
		where += fmt.Sprintf(" AND job_id = $%d", len(args))
	}
	if q.State != "" {
		args = append(args, string(q.State))
		where += fmt.Sprintf(" AND state = $%d", len(args))
	}
	limit := clampLimit(q.Limit)
	list, err := deliveriesOf(ctx, d.store.reader(), fmt.Sprintf(`%s ORDER BY id DESC LIMIT %d`, where, limit+1), args...)
	if err != nil {
		return DeliveryPage{}, unavailable(err)
	}
	if len(list) <= limit {
		return DeliveryPage{Deliveries: list}, nil
	}
	return DeliveryPage{Deliveries: list[:limit], Next: encodeCursor(list[limit-1].ID)}, nil
}

// Delivery returns one callback. Errors are ErrNotFound and ErrUnavailable.
func (s *Service) Delivery(ctx context.Context, id string) (Delivery, error) {
	d, err := s.open(ctx, false)
	if err != nil {
		return Delivery{}, err
	}
	if d == nil || !isUUID(strings.TrimPrefix(id, deliveryPrefix)) {
		return Delivery{}, ErrNotFound
	}
	list, err := deliveriesOf(ctx, d.store.reader(), `id = $1`, id)
	switch {
	case err != nil:
		return Delivery{}, unavailable(err)
	case len(list) == 0:
		return Delivery{}, ErrNotFound
	}
	return list[0], nil
}

// Resend starts a delivery's schedule anew, at once, and enables its endpoint
// again where a 410 had disabled it. A pending one is left as it is. Errors are
// ErrNotFound and ErrUnavailable.
func (s *Service) Resend(ctx context.Context, id string) (Delivery, error) {
	old, err := s.Delivery(ctx, id)
	if err != nil {
		return Delivery{}, err
	}
	d, err := s.open(ctx, false)
	if err != nil {
		return Delivery{}, err
	}
	now := s.opts.Now()
	err = d.writer.do(ctx, func(ctx context.Context, tx *batchTx) error {
		var attempts int
		found, err := one(ctx, tx, `UPDATE gather_deliveries SET state = 'pending', round = attempts, next_at = $2, reason = ''
			WHERE id = $1 AND state <> 'pending' RETURNING attempts`, []any{id, micros(now)}, &attempts)
		if err != nil || !found {
			return err
		}
		tx.enqueue(deliverArgs{ID: id, Attempt: attempts + 1}, nil)
		_, err = tx.exec(ctx, `DELETE FROM gather_disabled WHERE target = $1`, old.Target.key())
		return err
	})
	if err != nil {
		return Delivery{}, err
	}
	return s.Delivery(ctx, id)
}

// deliveriesOf reads deliveries, then the attempts of each: a page has few, and
// most of them one attempt.
func deliveriesOf(ctx context.Context, q querier, where string, args ...any) ([]Delivery, error) {
	r, err := q.query(ctx, `SELECT id, job_id, target, state, created_at, next_at, reason
		FROM gather_deliveries WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var list []Delivery
	for r.Next() {
		var (
			d             Delivery
			target, state string
			created, next int64
		)
		if err := r.Scan(&d.ID, &d.JobID, &target, &state, &created, &next, &d.Reason); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(target), &d.Target); err != nil {
			return nil, err
		}
		d.State, d.CreatedAt, d.NextAt = DeliveryState(state), fromMicros(created), fromMicros(next)
		list = append(list, d)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	r.Close()
	for i := range list {
		if list[i].Attempts, err = attemptsOf(ctx, q, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func attemptsOf(ctx context.Context, q querier, id string) ([]DeliveryAttempt, error) {
	r, err := q.query(ctx, `SELECT at, took, status, reason FROM gather_attempts WHERE delivery_id = $1 ORDER BY n`, id)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var list []DeliveryAttempt
	for r.Next() {
		var (
			a        DeliveryAttempt
			at, took int64
		)
		if err := r.Scan(&at, &took, &a.Status, &a.Reason); err != nil {
			return nil, err
		}
		a.At, a.Took = fromMicros(at), time.Duration(took)*time.Microsecond
		list = append(list, a)
	}
	return list, r.Err()
}
