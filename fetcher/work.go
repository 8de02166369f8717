package fetcher

import (
	stdjson "encoding/json"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Work is a batch with all that is needed to run it later, on another machine or
// after a crash. It is what a job keeps.
type Work struct {
	// Batch is the JSON form of the batch.
	Batch jsontext.Value `json:"batch"`
	// Params and Hook are the values references may name; null where there are none.
	Params jsontext.Value `json:"params,omitzero"`
	Hook   jsontext.Value `json:"hook,omitzero"`
	// TimeoutMs (milliseconds) and Cache stand in where the batch, or an item, names
	// none; 0 and "" for the server's.
	TimeoutMs int64  `json:"timeoutMs,omitzero"`
	Cache     string `json:"cache,omitzero"`
	// Weight and Upstreams are the caller's, as they were when the work was taken.
	Weight    int      `json:"weight,omitzero"`
	Upstreams []string `json:"upstreams,omitzero"`
}

// Marshal writes the work; equal work gives equal bytes.
func (w Work) Marshal() ([]byte, error) { return json.Marshal(w, json.Deterministic(true)) }

// UnmarshalWork reads what Marshal wrote.
func UnmarshalWork(text []byte) (Work, error) {
	var w Work
	if err := json.Unmarshal(text, &w); err != nil {
		return w, fmt.Errorf("the stored batch cannot be read: %w", err)
	}
	return w, nil
}

// CompileWork compiles work for a caller. maxRequests is the most items, 0 for
// the engine's own limit; job lifts the bound on the timeout.
func (e *Engine) CompileWork(w Work, caller Caller, maxRequests int, job bool) (*Plan, Batch, error) {
	roots := make(map[string]any, 2)
	for name, text := range map[string]jsontext.Value{"params": w.Params, "hook": w.Hook} {
		if len(text) > 0 {
			roots[name] = stdjson.RawMessage(text)
		}
	}
	return e.CompileText(w.Batch, CompileOptions{
		Caller: caller, MaxRequests: maxRequests, Job: job, Roots: roots, Timeout: time.Duration(w.TimeoutMs) * time.Millisecond, Cache: w.Cache,
	})
}

// Caller is who the work is run for.
func (w Work) Caller(client string) Caller {
	return Caller{Client: client, Weight: w.Weight, Background: true, Upstreams: w.Upstreams}
}

// IDs are the ids of the work's items, in order.
func (w Work) IDs() ([]string, error) {
	batch, err := DecodeBatch(w.Batch, 0)
	if err != nil {
		return nil, fmt.Errorf("the stored batch cannot be read: %w", err)
	}
	ids := make([]string, len(batch.Requests))
	for i := range batch.Requests {
		ids[i] = batch.Requests[i].idAt(i)
	}
	return ids, nil
}

// Unfetched is the response of an item whose job ended before it was fetched.
func Unfetched(id string) Response {
	response := Response{ID: id}
	response.fail(&Error{Code: CodeCanceled, Detail: "the job ended before this was fetched"})
	return response
}
