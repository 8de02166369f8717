package handlers

import (
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gather/fetcher"
	"gather/jobs"
)

// shownJob is a job as clients see it.
type shownJob struct {
	ID         string         `json:"id"`
	State      jobs.State     `json:"state"`
	Source     string         `json:"source,omitzero"`
	CreatedAt  time.Time      `json:"createdAt"`
	StartedAt  time.Time      `json:"startedAt,omitzero"`
	FinishedAt time.Time      `json:"finishedAt,omitzero"`
	Progress   progress       `json:"progress"`
	Summary    jsontext.Value `json:"summary,omitzero"`
	Error      string         `json:"error,omitzero"`
	URL        string         `json:"url"`
}

type progress struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

func showJob(j jobs.Job) shownJob {
	return shownJob{
		ID: j.ID, State: j.State, Source: j.Source,
		CreatedAt: j.CreatedAt, StartedAt: j.StartedAt, FinishedAt: j.FinishedAt,
		Progress: progress{Done: j.Done, Total: j.Total}, Summary: j.Summary, Error: j.Error, URL: jobURL(j.ID),
	}
}

func jobURL(id string) string { return "/v1/jobs/" + id }

// prefersAsync reports whether the client asks for a job (RFC 7240 section 4.1).
func prefersAsync(h http.Header) bool {
	for _, value := range h["Prefer"] {
		for _, preference := range strings.Split(value, ",") {
			token, _, _ := strings.Cut(preference, ";")
			if strings.EqualFold(strings.TrimSpace(token), "respond-async") {
				return true
			}
		}
	}
	return false
}

// submit turns work into a job. The answer is sent once the job is on disk.
func (s *server) submit(c *gin.Context, work fetcher.Work, source string, callback *fetcher.Callback) error {
	submission, err := s.submission(callerOf(c), work, source, callback)
	if err != nil {
		return err
	}
	if submission.Key, err = idempotencyKey(c.Request.Header); err != nil {
		return err
	}
	accepted, err := s.Jobs.Submit(c.Request.Context(), submission)
	if err != nil {
		return jobProblem(err)
	}
	return s.accepted(c, accepted.Job, http.StatusAccepted)
}

// submission judges work as the job it is to become. callback, where given,
// takes the place of the batch's own.
func (s *server) submission(who caller, work fetcher.Work, source string, callback *fetcher.Callback) (jobs.Submission, error) {
	work.Weight, work.Upstreams = who.Weight, who.Upstreams
	plan, batch, err := s.Engine.CompileWork(work, who.Caller, s.mostJobRequests(who), true)
	if err != nil {
		return jobs.Submission{}, err
	}
	if callback == nil {
		callback = batch.Callback
	}
	target, err := s.callback(who.Caller, callback)
	if err != nil {
		return jobs.Submission{}, err
	}
	text, err := work.Marshal()
	if err != nil {
		return jobs.Submission{}, err
	}
	return jobs.Submission{
		Batch: text, Total: plan.Len(), Client: who.Client, Source: source, Callback: target, BodyHash: sha256.Sum256(text),
	}, nil
}

// accepted answers with a job that is on disk.
func (s *server) accepted(c *gin.Context, job jobs.Job, status int) error {
	c.Header("Location", jobURL(job.ID))
	if status == http.StatusAccepted {
		c.Header("Retry-After", "1")
		if prefersAsync(c.Request.Header) {
			c.Header("Preference-Applied", "respond-async")
		}
	}
	return answerJSON(c, status, showJob(job))
}

// mostJobRequests is the most items a job of the caller may have.
func (s *server) mostJobRequests(who caller) int {
	if who.maxRequests > 0 {
		return min(who.maxRequests, s.MaxJobRequests)
	}
	return s.MaxJobRequests
}

// callback judges who is to be told of a job's end.
func (s *server) callback(caller fetcher.Caller, asked *fetcher.Callback) (jobs.Target, error) {
	if asked == nil {
		return jobs.Target{}, nil
	}
	fault := func(field, detail string) error {
		return fetcher.Faults{{Pointer: "#/callback" + field, Detail: detail}}
	}
	switch {
	case (asked.URL == "") == (asked.Endpoint == ""):
		return jobs.Target{}, fault("", `needs either "url" or "endpoint"`)
	case asked.Endpoint != "" && !s.HasEndpoint(asked.Endpoint):
		return jobs.Target{}, fault("/endpoint", "no callback of this name is configured")
	case asked.URL != "":
		if err := s.Engine.CheckTarget(caller, asked.URL); err != nil {
			return jobs.Target{}, fault("/url", "is not to be called: "+err.Detail)
		}
	}
	return jobs.Target{URL: asked.URL, Endpoint: asked.Endpoint}, nil
}

// idempotencyKey reads the Idempotency-Key field: 1 to 255 visible characters,
// in quotes (the IETF draft's structured string) or without.
func idempotencyKey(h http.Header) (string, error) {
	values := h["Idempotency-Key"]
	if len(values) == 0 {
		return "", nil
	}
	key := strings.Trim(values[0], " \t")
	if unquoted, ok := strings.CutPrefix(key, `"`); ok {
		key, _ = strings.CutSuffix(unquoted, `"`)
	}
	if len(values) > 1 || key == "" || len(key) > 255 || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "", &problem{status: http.StatusBadRequest, detail: "Idempotency-Key must be one value of 1 to 255 visible characters"}
	}
	return key, nil
}

// jobProblem is what an error of the jobs is to a client.
func jobProblem(err error) error {
	switch {
	case errors.Is(err, jobs.ErrNotFound):
		return &problem{status: http.StatusNotFound, detail: "there is no such job"}
	case errors.Is(err, jobs.ErrKeyReused):
		return &problem{status: http.StatusUnprocessableEntity, detail: "this Idempotency-Key was used for another request"}
	case errors.Is(err, jobs.ErrKeyBusy):
		return &problem{
			status: http.StatusConflict, detail: "a request with this Idempotency-Key is still being accepted",
			header: http.Header{"Retry-After": {"1"}},
		}
	case errors.Is(err, jobs.ErrCursor):
		return &problem{status: http.StatusBadRequest, detail: "the cursor cannot be read"}
	case errors.Is(err, jobs.ErrUnavailable):
		return &problem{
			status: http.StatusServiceUnavailable, detail: "jobs cannot be kept right now", cause: err,
			header: http.Header{"Retry-After": {"5"}},
		}
	case errors.Is(err, context.Canceled):
		return &problem{status: fetcher.StatusClientClosedRequest, detail: "the client left"}
	default:
		return err
	}
}

// listJobs answers GET /v1/jobs?state=…&limit=…&cursor=…, newest first.
func (s *server) listJobs(c *gin.Context) error {
	params, err := parameters(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	var faults fetcher.Faults
	query := jobs.Query{State: jobs.State(params.Get("state")), Cursor: params.Get("cursor"), Client: s.jobClient(c)}
	if query.State != "" && !query.State.Valid() {
		faults = append(faults, fetcher.Fault{Pointer: "#/state", Detail: "must be queued, running, completed, failed or cancelled"})
	}
	query.Limit, faults = limitOf(params, faults)
	if faults = unknownParams(params, faults, "state", "limit", "cursor"); len(faults) > 0 {
		return faults
	}
	page, err := s.Jobs.List(c.Request.Context(), query)
	if err != nil {
		return jobProblem(err)
	}
	shown := struct {
		Jobs []shownJob `json:"jobs"`
		Next string     `json:"next,omitzero"`
	}{Jobs: make([]shownJob, len(page.Jobs)), Next: page.Next}
	for i, job := range page.Jobs {
		shown.Jobs[i] = showJob(job)
	}
	return answerJSON(c, http.StatusOK, shown)
}

// jobClient is whose jobs a request sees: its key's own where keys are
// configured, else everybody's.
func (s *server) jobClient(c *gin.Context) string {
	if !s.Auth {
		return ""
	}
	return callerOf(c).Client
}

// ownJob finds a job the request may see.
func (s *server) ownJob(c *gin.Context) (jobs.Job, error) {
	job, err := s.Jobs.Get(c.Request.Context(), c.Param("id"))
	if err != nil {
		return job, jobProblem(err)
	}
	if client := s.jobClient(c); client != "" && job.Client != client {
		return job, jobProblem(jobs.ErrNotFound)
	}
	return job, nil
}

func (s *server) cancelJob(c *gin.Context) error {
	if _, err := s.ownJob(c); err != nil {
		return err
	}
	job, err := s.Jobs.Cancel(c.Request.Context(), c.Param("id"))
	if err != nil {
		return jobProblem(err)
	}
	return answerJSON(c, http.StatusOK, showJob(job))
}

// retryJob runs a job's batch once more, as a new job.
func (s *server) retryJob(c *gin.Context) error {
	if _, err := s.ownJob(c); err != nil {
		return err
	}
	job, err := s.Jobs.Retry(c.Request.Context(), c.Param("id"))
	if err != nil {
		return jobProblem(err)
	}
	return s.accepted(c, job, http.StatusAccepted)
}

func limitOf(params url.Values, faults fetcher.Faults) (int, fetcher.Faults) {
	text := params.Get("limit")
	if text == "" {
		return 0, faults
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > 200 {
		faults = append(faults, fetcher.Fault{Pointer: "#/limit", Detail: "must be a whole number from 1 to 200"})
	}
	return limit, faults
}

func unknownParams(params url.Values, faults fetcher.Faults, known ...string) fetcher.Faults {
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if !slices.Contains(known, name) {
			faults = append(faults, fetcher.Fault{Pointer: "#/" + fetcher.PointerToken(name), Detail: "unknown parameter"})
		}
	}
	return faults
}

// answerJSON writes a value of this package as JSON.
func answerJSON(c *gin.Context, status int, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "no-store")
	c.Data(status, formJSON, append(text, '\n'))
	return nil
}
