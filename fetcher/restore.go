package fetcher

import (
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Earlier is what an interrupted run has already brought: the positions of items
// that are not to be fetched again, and how to read the response of one.
type Earlier struct {
	Done []int
	// Stored reads a response as AppendJSON wrote it.
	Stored func(i int) ([]byte, error)
}

// storedResponse is the part of a written response that a run goes on from.
type storedResponse struct {
	Collected    bool              `json:"collected"`
	Status       int               `json:"status"`
	Headers      map[string]string `json:"headers"`
	Body         jsontext.Value    `json:"body"`
	BodyEncoding string            `json:"bodyEncoding"`
	URL          string            `json:"url"`
	Timing       struct {
		Queued float64 `json:"queued"`
		Total  float64 `json:"total"`
	} `json:"timing"`
}

// restore takes over an item's response from an earlier run.
func (r *run) restore(i int, read func(int) ([]byte, error)) error {
	text, err := read(i)
	if err != nil {
		return err
	}
	var stored storedResponse
	if err := json.Unmarshal(text, &stored, json.RejectUnknownMembers(false)); err != nil {
		return fmt.Errorf("the stored response of item %d cannot be read: %w", i, err)
	}
	p := &r.items[i]
	p.done, p.ended = true, r.began
	p.response = stored.response()
	r.open--
	if r.plan.items[i].required && !stored.Collected {
		r.cancel(errRequiredFailed)
	}
	if r.plan.items[i].read {
		p.value = responseValue(&p.response)
	}
	return nil
}

func (s *storedResponse) response() Response {
	response := Response{Collected: s.Collected, Status: s.Status, URL: s.URL, Header: make(http.Header, len(s.Headers))}
	for name, value := range s.Headers {
		response.Header.Set(name, value)
	}
	if len(s.Body) > 0 && s.BodyEncoding == "" {
		response.Body = Body{Kind: BodyJSON, Bytes: s.Body}
	}
	response.Timing.Queued = fromMillis(s.Timing.Queued)
	response.Timing.Total = fromMillis(s.Timing.Total)
	return response
}

func fromMillis(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
