package handlers

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"

	"gather/access"
	"gather/collections"
	"gather/fetcher"
	"gather/fetcher/transport"
	"gather/jobs"
)

// Options are the parts the HTTP interface is made of. Engine, Access, UI and Log are
// required.
type Options struct {
	Engine *fetcher.Engine
	// Access decides who may call.
	Access *access.Policy
	// Jobs keeps what is to be run later.
	Jobs *jobs.Service
	// HasEndpoint reports whether a callback of that name is configured.
	HasEndpoint func(name string) bool
	// MaxJobRequests is the most items of a job.
	MaxJobRequests int
	// Collections are the batches with a name, Hooks what inbound webhooks start.
	Collections *collections.Book
	Hooks       map[string]*Hook
	// UI is the page's files.
	UI  fs.FS
	Log *slog.Logger
	// Metrics answers /metrics; nil: there is none.
	Metrics http.Handler
	// Observe is told of every answer; it may be nil.
	Observe func(Observation)
	// Ready says why the service is not ready, or nil when it is; nil: always is.
	Ready func(context.Context) error
	// Stopping ends when the service is about to; streams without an end of their
	// own end with it. nil: it never is.
	Stopping context.Context
	// MaxBodyBytes caps the content of a request.
	MaxBodyBytes int64
	Version      string
	// Auth says that callers need an API key; the page then asks for one.
	Auth bool
	// Sample are URLs the page offers for a first try.
	Sample []string
}

type server struct {
	Options
	buffers   buffers
	reference *reference
	// contents is the budget of all request contents being held.
	contents *transport.Budget
}
