package handlers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gather/fetcher"
	"gather/jobs"
)

// shownDelivery is a callback as clients see it. Its target is shown by name
// only: a callback's URL may hold a secret.
type shownDelivery struct {
	ID        string             `json:"id"`
	JobID     string             `json:"jobId"`
	Endpoint  string             `json:"endpoint,omitzero"`
	State     jobs.DeliveryState `json:"state"`
	CreatedAt time.Time          `json:"createdAt"`
	NextAt    time.Time          `json:"nextAt,omitzero"`
	Reason    string             `json:"reason,omitzero"`
	Attempts  []shownAttempt     `json:"attempts"`
}

type shownAttempt struct {
	At     time.Time `json:"at"`
	TookMs float64   `json:"tookMs"`
	Status int       `json:"status,omitzero"`
	Reason string    `json:"reason,omitzero"`
}

func showDelivery(d jobs.Delivery) shownDelivery {
	shown := shownDelivery{
		ID: d.ID, JobID: d.JobID, Endpoint: d.Target.Endpoint, State: d.State,
		CreatedAt: d.CreatedAt, NextAt: d.NextAt, Reason: d.Reason, Attempts: make([]shownAttempt, len(d.Attempts)),
	}
	for i, a := range d.Attempts {
		shown.Attempts[i] = shownAttempt{At: a.At, TookMs: millis(a.Took), Status: a.Status, Reason: a.Reason}
	}
	return shown
}

// listDeliveries answers GET /v1/deliveries?job=…&state=…&limit=…&cursor=….
func (s *server) listDeliveries(c *gin.Context) error {
	params, err := parameters(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	query := jobs.DeliveryQuery{
		JobID: params.Get("job"), State: jobs.DeliveryState(params.Get("state")), Cursor: params.Get("cursor"),
		Client: s.jobClient(c),
	}
	var faults fetcher.Faults
	switch query.State {
	case "", jobs.Pending, jobs.Delivered, jobs.Dead:
	default:
		faults = append(faults, fetcher.Fault{Pointer: "#/state", Detail: "must be pending, delivered or dead"})
	}
	query.Limit, faults = limitOf(params, faults)
	if faults = unknownParams(params, faults, "job", "state", "limit", "cursor"); len(faults) > 0 {
		return faults
	}
	page, err := s.Jobs.Deliveries(c.Request.Context(), query)
	if err != nil {
		return jobProblem(err)
	}
	shown := struct {
		Deliveries []shownDelivery `json:"deliveries"`
		Next       string          `json:"next,omitzero"`
	}{Deliveries: make([]shownDelivery, len(page.Deliveries)), Next: page.Next}
	for i, d := range page.Deliveries {
		shown.Deliveries[i] = showDelivery(d)
	}
	return answerJSON(c, http.StatusOK, shown)
}

// seesDelivery reports whether a delivery is of a job the request may see.
func (s *server) seesDelivery(c *gin.Context, d jobs.Delivery) bool {
	client := s.jobClient(c)
	if client == "" {
		return true
	}
	job, err := s.Jobs.Get(c.Request.Context(), d.JobID)
	return err == nil && job.Client == client
}

// resendDelivery starts a callback's attempts anew.
func (s *server) resendDelivery(c *gin.Context) error {
	delivery, err := s.Jobs.Delivery(c.Request.Context(), c.Param("id"))
	if err == nil && !s.seesDelivery(c, delivery) {
		err = jobs.ErrNotFound
	}
	if err == nil {
		delivery, err = s.Jobs.Resend(c.Request.Context(), delivery.ID)
	}
	if err != nil {
		return jobProblem(err)
	}
	return answerJSON(c, http.StatusOK, showDelivery(delivery))
}
