package jobs

import (
	"context"
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
	Client string        // whose jobs; "": anybody's
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
	if q.Client != "" {
		args = append(args, q.Client)
		where += fmt.Sprintf(" AND job_id IN (SELECT id FROM gather_jobs WHERE client = $%d)", len(args))
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

// deliveriesOf reads deliveries with their attempts, newest first: in a single
// statement, so that what a delivery is and what led to it belong together.
func deliveriesOf(ctx context.Context, q querier, where string, args ...any) ([]Delivery, error) {
	r, err := q.query(ctx, `SELECT d.id, d.job_id, d.target, d.state, d.created_at, d.next_at, d.reason,
			COALESCE(a.at, 0), COALESCE(a.took, 0), COALESCE(a.status, 0), COALESCE(a.reason, '')
		FROM (SELECT * FROM gather_deliveries WHERE `+where+`) d
		LEFT JOIN gather_attempts a ON a.delivery_id = d.id
		ORDER BY d.id DESC, a.n`, args...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var list []Delivery
	for r.Next() {
		d, a, err := scanDelivery(r)
		if err != nil {
			return nil, err
		}
		if n := len(list); n == 0 || list[n-1].ID != d.ID {
			list = append(list, d)
		}
		if !a.At.IsZero() {
			last := &list[len(list)-1]
			last.Attempts = append(last.Attempts, a)
		}
	}
	return list, r.Err()
}

// scanDelivery reads a delivery and one of its attempts, zero where there is none yet.
func scanDelivery(r rows) (d Delivery, a DeliveryAttempt, err error) {
	var (
		target, state           string
		created, next, at, took int64
	)
	if err := r.Scan(&d.ID, &d.JobID, &target, &state, &created, &next, &d.Reason, &at, &took, &a.Status, &a.Reason); err != nil {
		return d, a, err
	}
	d.State, d.CreatedAt, d.NextAt = DeliveryState(state), fromMicros(created), fromMicros(next)
	a.At, a.Took = fromMicros(at), time.Duration(took)*time.Microsecond
	d.Target, err = parseTarget(target)
	return d, a, err
}
