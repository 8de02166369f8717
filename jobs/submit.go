package jobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"

	"github.com/google/uuid"
)

// Submit accepts a job: when it returns without an error, the job is on disk.
// Errors are ErrKeyReused, ErrKeyBusy and ErrUnavailable, and ctx's own.
func (s *Service) Submit(ctx context.Context, sub Submission) (Accepted, error) {
	if sub.Key != "" {
		release, ok := s.keys.hold(sub.Client, sub.Key)
		if !ok {
			return Accepted{}, ErrKeyBusy
		}
		defer release()
	}
	d, err := s.open(ctx, true)
	if err != nil {
		return Accepted{}, err
	}
	in, err := s.prepare(sub)
	if err != nil {
		return Accepted{}, err
	}
	if err := d.writer.do(ctx, in.insert); err != nil {
		return Accepted{}, err
	}
	return s.accepted(ctx, in)
}

// accepted answers an insertion that was committed.
func (s *Service) accepted(ctx context.Context, in *insertion) (Accepted, error) {
	switch {
	case in.reused:
		return Accepted{}, ErrKeyReused
	case in.existing != "":
		job, err := s.Get(ctx, in.existing)
		return Accepted{Job: job, Existing: true}, err
	}
	return Accepted{Job: in.job}, nil
}

// An insertion is a Submission on its way into the tables, and what came of it.
type insertion struct {
	sub      Submission
	job      Job
	callback string

	existing string // id of the job that was there first
	reused   bool   // the key was used for another body
}

func (s *Service) prepare(sub Submission) (*insertion, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, unavailable(err)
	}
	if sub.BodyHash == [sha256.Size]byte{} {
		sub.BodyHash = sha256.Sum256(sub.Batch)
	}
	in := &insertion{sub: sub, job: Job{
		ID: id.String(), State: Queued, Client: sub.Client, Source: sub.Source,
		CreatedAt: fromMicros(micros(s.opts.Now())), Total: sub.Total, Callback: sub.Callback,
	}}
	if !sub.Callback.IsZero() {
		target, err := json.Marshal(sub.Callback)
		if err != nil {
			return nil, err
		}
		in.callback = string(target)
	}
	return in, nil
}

// insert is the op. A key or delivery that is there already decides it; on
// PostgreSQL its insertion waits for whoever is inserting the same elsewhere.
func (in *insertion) insert(ctx context.Context, tx *batchTx) error {
	in.existing, in.reused = "", false
	if in.sub.Key != "" {
		if done, err := in.claimKey(ctx, tx); done || err != nil {
			return err
		}
	}
	if in.sub.Hook != "" {
		if done, err := in.claimDelivery(ctx, tx); done || err != nil {
			return err
		}
	}
	_, err := tx.exec(ctx, `INSERT INTO gather_jobs (id, state, client, source, batch, callback, on_change,
			total, done, attempt, stalls, start_done, holder, created_at, started_at, finished_at, error)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, -1, '', $9, 0, 0, '')`,
		in.job.ID, string(Queued), in.sub.Client, in.sub.Source, in.sub.Batch, in.callback, in.sub.onChange,
		in.sub.Total, micros(in.job.CreatedAt))
	if err != nil {
		return err
	}
	tx.enqueue(fetchArgs{ID: in.job.ID}, nil)
	return nil
}

func (in *insertion) claimKey(ctx context.Context, tx *batchTx) (done bool, err error) {
	n, err := tx.exec(ctx, `INSERT INTO gather_keys (client, key, body_hash, job_id) VALUES ($1, $2, $3, $4)
		ON CONFLICT (client, key) DO NOTHING`, in.sub.Client, in.sub.Key, in.sub.BodyHash[:], in.job.ID)
	if err != nil || n == 1 {
		return false, err
	}
	var hash []byte
	if _, err := one(ctx, tx, `SELECT body_hash, job_id FROM gather_keys WHERE client = $1 AND key = $2`,
		[]any{in.sub.Client, in.sub.Key}, &hash, &in.existing); err != nil {
		return false, err
	}
	in.reused = !bytes.Equal(hash, in.sub.BodyHash[:])
	return true, nil
}

func (in *insertion) claimDelivery(ctx context.Context, tx *batchTx) (done bool, err error) {
	n, err := tx.exec(ctx, `INSERT INTO gather_inbound (hook, delivery, job_id) VALUES ($1, $2, $3)
		ON CONFLICT (hook, delivery) DO NOTHING`, in.sub.Hook, in.sub.Delivery, in.job.ID)
	if err != nil || n == 1 {
		return false, err
	}
	_, err = one(ctx, tx, `SELECT job_id FROM gather_inbound WHERE hook = $1 AND delivery = $2`,
		[]any{in.sub.Hook, in.sub.Delivery}, &in.existing)
	return true, err
}

// keysInFlight are the idempotency keys being accepted by this instance.
type keysInFlight struct {
	mu   sync.Mutex
	held map[[2]string]struct{}
}

func (k *keysInFlight) hold(client, key string) (release func(), ok bool) {
	id := [2]string{client, key}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, busy := k.held[id]; busy {
		return nil, false
	}
	if k.held == nil {
		k.held = map[[2]string]struct{}{}
	}
	k.held[id] = struct{}{}
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.held, id)
	}, true
}
