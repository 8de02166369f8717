package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"gather/collections"
	"gather/fetcher"
	"gather/webhooks"
)

// Hook is an inbound webhook: whose signature it takes and what it starts.
type Hook struct {
	Name     string
	Verifier *webhooks.Verifier
	// Collection is the name of the collection a delivery starts.
	Collection string
	// Params are the collection's parameters, a JSON object that may refer to
	// {{hook.…}}; nil for none.
	Params   *fetcher.Template
	Callback *fetcher.Callback
}

// hook answers POST /v1/hooks/{name}: once the signature is good the job is put
// on disk, and everything else happens behind. Why a delivery is refused is
// nobody's business but the log's.
func (s *server) hook(c *gin.Context) error {
	h, known := s.Hooks[c.Param("name")]
	if !known {
		return &problem{status: http.StatusNotFound, detail: "there is no such hook"}
	}
	body, err := s.readBody(c)
	if err != nil {
		return err
	}
	delivery, err := h.Verifier.Verify(c.Request.Header, body)
	switch {
	case errors.Is(err, webhooks.ErrMalformed):
		return &problem{status: http.StatusBadRequest, detail: "this is not a delivery", cause: fmt.Errorf("hook %s: %w", h.Name, err)}
	case err != nil:
		return &problem{status: http.StatusUnauthorized, detail: "the delivery is not accepted", cause: fmt.Errorf("hook %s: %w", h.Name, err)}
	}
	payload := jsontext.Value(body)
	if !payload.IsValid(jsontext.AllowDuplicateNames(true)) {
		return &problem{status: http.StatusBadRequest, detail: "the payload is not JSON"}
	}
	d := s.Collections.Find(h.Collection)
	if d == nil {
		return &problem{status: http.StatusServiceUnavailable, detail: "the collection of this hook is not there now"}
	}
	work, err := s.hookWork(c, h, d, payload)
	if err != nil {
		return err
	}
	who := caller{Caller: fetcher.Caller{Client: "hook " + h.Name, Weight: 1}}
	submission, err := s.submission(who, work, "hook "+h.Name, h.Callback)
	if err != nil {
		return err
	}
	submission.Hook, submission.Delivery = h.Name, delivery
	accepted, err := s.Jobs.Submit(c.Request.Context(), submission)
	if err != nil {
		return jobProblem(err)
	}
	status := http.StatusAccepted
	if accepted.Existing {
		status = http.StatusOK
	}
	return s.accepted(c, accepted.Job, status)
}

// hookWork binds the collection's parameters to the payload.
func (s *server) hookWork(c *gin.Context, h *Hook, d *collections.Definition, payload jsontext.Value) (fetcher.Work, error) {
	var object jsontext.Value
	if h.Params != nil {
		expanded, err := h.Params.Expand(c.Request.Context(), map[string]jsontext.Value{"hook": payload})
		if err != nil {
			return fetcher.Work{}, &problem{status: http.StatusUnprocessableEntity, detail: "the payload lacks what the collection needs"}
		}
		object = expanded
	}
	params, err := d.BindJSON(object)
	if err != nil {
		return fetcher.Work{}, err
	}
	work := d.Work(params)
	work.Hook = payload
	return work, nil
}
