package jobs

import (
	"context"
	"crypto/sha256"
)

// A Submission is a batch to be run later.
type Submission struct {
	Batch    []byte // as the Runner takes it; stored as it is
	Total    int    // items in the batch
	Client   string // partitions idempotency keys, and is handed to the Runner
	Source   string // what started it; shown, never interpreted
	Callback Target

	// Key is an Idempotency-Key, "" for none. BodyHash is what must be the same
	// when it comes again; the zero value stands for the hash of Batch.
	Key      string
	BodyHash [sha256.Size]byte

	// Hook and Delivery identify an inbound webhook, "" for none. They are
	// remembered in the job's own transaction.
	Hook, Delivery string

	// onChange is the schedule whose last result this one is compared with
	// before its callback is sent; "" to call back always.
	onChange string
}

// Accepted is the answer to a Submission: its job is on disk.
type Accepted struct {
	Job Job
	// Existing: the key or the delivery was seen before, and Job is the first one.
	Existing bool
}

// RunInput is what a Runner gets.
type RunInput struct {
	JobID  string
	Batch  []byte
	Client string
	// Done are the positions of the items an earlier attempt has stored, in
	// ascending order. They are not to be fetched again.
	Done []int
	// Stored reads the response of one of them, for the items that refer to it.
	// A job's responses together may exceed the memory: they are not handed over whole.
	Stored func(ctx context.Context, index int) ([]byte, error)
}

// A Runner runs a batch. It calls sink, from any goroutine, once for each item
// that is done, with the item's position and its response as it will be shown
// (JSON); sink returns when the response is on disk. After an error of sink the
// job is not this Runner's any more: it stops and returns that error. When ctx
// ends, items under way are left out of sink, and will be run again or not at all.
//
// The summary (JSON) is stored with the job. An error means that the batch could
// not run; its text is shown with the job and must hold no secret.
type Runner interface {
	Run(ctx context.Context, in RunInput, sink func(index int, response []byte) error) (summary []byte, err error)
}
