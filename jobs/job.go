package jobs

import "time"

// A State is where a job is in its life.
type State string

// The states of a job. A job is Completed when it ran, whatever was collected,
// and Failed when it could not run.
const (
	Queued    State = "queued"
	Running   State = "running"
	Completed State = "completed"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// moves lists where each state may lead. Running goes back to Queued when its
// worker was lost or the service stopped.
var moves = map[State][]State{
	Queued:  {Running, Failed, Cancelled},
	Running: {Queued, Completed, Failed, Cancelled},
}

// Valid reports whether s is one of the five states.
func (s State) Valid() bool {
	switch s {
	case Queued, Running, Completed, Failed, Cancelled:
		return true
	}
	return false
}

// Ended reports whether no state follows s.
func (s State) Ended() bool { return s.Valid() && len(moves[s]) == 0 }

// CanBecome reports whether a job in state s may move to state next.
func (s State) CanBecome(next State) bool {
	for _, m := range moves[s] {
		if m == next {
			return true
		}
	}
	return false
}

// A Job is a batch that was accepted, without its responses.
type Job struct {
	ID         string // UUIDv7: sorts by the time of acceptance
	State      State
	Client     string // who submitted it; "" for nobody in particular
	Source     string // what started it, as given: a collection, a hook, a schedule; "" for a batch
	CreatedAt  time.Time
	StartedAt  time.Time // zero: not started
	FinishedAt time.Time // zero: not ended
	Done       int       // items whose response is stored
	Total      int
	Attempts   int    // how often a worker started it
	Summary    []byte // JSON, as the Runner returned it; nil until completed
	Error      string // why it failed; "" unless failed
	Callback   Target // zero: nobody is told
}

// A Target is who is told that a job has ended: one of the two.
type Target struct {
	URL      string `json:"url,omitzero"`
	Endpoint string `json:"endpoint,omitzero"` // a name the Endpoints know
}

// IsZero reports whether nobody is told.
func (t Target) IsZero() bool { return t == Target{} }

// key names the target where endpoints are disabled.
func (t Target) key() string {
	if t.Endpoint != "" {
		return "endpoint:" + t.Endpoint
	}
	return "url:" + t.URL
}
