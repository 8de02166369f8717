package jobs

import (
	"context"
	"errors"
	"fmt"
)

// Errors a caller can act on. All but ErrUnavailable are final.
var (
	// ErrNotFound: no such job or delivery (404).
	ErrNotFound = errors.New("jobs: not found")
	// ErrKeyReused: the idempotency key came before with another body (422).
	ErrKeyReused = errors.New("jobs: idempotency key was used for another request")
	// ErrKeyBusy: a request with this key is being accepted right now (409).
	ErrKeyBusy = errors.New("jobs: a request with this idempotency key is still being accepted")
	// ErrCursor: a cursor that List did not hand out (400).
	ErrCursor = errors.New("jobs: unreadable cursor")
	// ErrUnavailable: the database cannot be written or read now (503). Nothing
	// was promised. The cause is wrapped for the log and not for a client.
	ErrUnavailable = errors.New("jobs: database unavailable")
	// errFenced: this worker no longer holds the job.
	errFenced = errors.New("jobs: job is no longer held by this attempt")
)

// unavailable marks an error of the database. Those a caller can act on, and its
// own cancellation, pass as they are.
func unavailable(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrKeyReused), errors.Is(err, ErrKeyBusy),
		errors.Is(err, ErrUnavailable), errors.Is(err, errFenced), errors.Is(err, context.Canceled):
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}
