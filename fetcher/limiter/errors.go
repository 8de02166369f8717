package limiter

import "errors"

// Why Acquire gave no permit. A cancelled context yields its own error instead.
var (
	// ErrDeadline: the wait for a turn cannot end, or did not end, before the context's deadline.
	ErrDeadline = errors.New("limiter: the wait cannot end before the deadline")
	// ErrCooling: the host is cooling down until after the context's deadline.
	ErrCooling = errors.New("limiter: the host is cooling down past the deadline")
	// ErrQueueFull: as many calls wait for the host as may.
	ErrQueueFull = errors.New("limiter: the queue is full")
)
