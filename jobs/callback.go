package jobs

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// deliveryPrefix begins each callback's webhook-id.
const deliveryPrefix = "msg_"

// payload is what a callback says: thin, so that what it tells is never older
// than what its reader then finds.
type payload struct {
	Type      string      `json:"type"`
	Timestamp time.Time   `json:"timestamp"`
	Data      payloadData `json:"data"`
}

type payloadData struct {
	ID      string          `json:"id"`
	State   State           `json:"state"`
	URL     string          `json:"url"`
	Summary json.RawMessage `json:"summary,omitzero"`
}

// callBack queues the callback of a job as it just ended, in the transaction that
// ended it.
func (s *Service) callBack(ctx context.Context, tx *batchTx, job Job, now time.Time) error {
	if job.Callback.IsZero() {
		return nil
	}
	target, err := json.Marshal(job.Callback)
	if err != nil {
		return err
	}
	body, err := json.Marshal(payload{
		Type: "fetch." + string(job.State), Timestamp: now.UTC(),
		Data: payloadData{ID: job.ID, State: job.State, URL: "/v1/jobs/" + job.ID, Summary: json.RawMessage(job.Summary)},
	})
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	delivery := deliveryPrefix + id.String()
	_, err = tx.exec(ctx, `INSERT INTO gather_deliveries (id, job_id, target, body, state, attempts, round, created_at, next_at, reason)
		VALUES ($1, $2, $3, $4, 'pending', 0, 0, $5, $5, '')`, delivery, job.ID, string(target), body, micros(now))
	if err != nil {
		return err
	}
	tx.enqueue(deliverArgs{ID: delivery, Attempt: 1}, nil)
	return nil
}
