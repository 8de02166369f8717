package handlers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"gather/fetcher"
)

// fetch answers GET and POST /v1/fetch: the whole batch as one JSON, or each
// response the moment it is done, or a job.
func (s *server) fetch(c *gin.Context) error {
	form := preferred(c.Request.Header, formJSON, formNDJSON, formEvents)
	if form == "" {
		return notAcceptable()
	}
	text, err := s.bindBatch(c)
	if err != nil {
		return err
	}
	c.Writer.Header().Add("Vary", "Accept, Prefer")
	if prefersAsync(c.Request.Header) {
		return s.submit(c, fetcher.Work{Batch: text}, "", nil)
	}
	who := callerOf(c)
	plan, batch, err := s.Engine.CompileText(text, fetcher.CompileOptions{Caller: who.Caller, MaxRequests: who.maxRequests})
	if err != nil {
		return err
	}
	if batch.Callback != nil {
		return callbackNeedsJob()
	}
	s.run(c, form, plan, who.Caller)
	return nil
}

// run executes a plan and writes what comes in the form asked for.
func (s *server) run(c *gin.Context, form string, plan *fetcher.Plan, caller fetcher.Caller) {
	switch form {
	case formJSON:
		s.answerWhole(c, plan, caller)
	default:
		s.stream(c, form, plan, caller)
	}
}

// answerWhole runs a plan and answers with one JSON, in the order of the plan.
func (s *server) answerWhole(c *gin.Context, plan *fetcher.Plan, caller fetcher.Caller) {
	began := time.Now()
	responses := make([]*fetcher.Response, plan.Len())
	defer func() {
		for _, response := range responses {
			response.Release()
		}
	}()
	summary := s.Engine.Run(c.Request.Context(), plan, fetcher.RunOptions{Caller: caller, Keep: true},
		func(i int, response *fetcher.Response) { responses[i] = response })
	if c.Request.Context().Err() != nil {
		return // nobody is there to read it
	}
	addTiming(c, "fetch", time.Since(began))
	c.Header("Content-Type", formJSON)
	c.Header("Cache-Control", "no-store")
	c.Status(http.StatusOK)
	w := s.buffers.writer(c.Writer)
	defer s.buffers.free(w)
	w.whole(responses, &summary)
}

// stream runs a plan and writes each response the moment it is done.
func (s *server) stream(c *gin.Context, form string, plan *fetcher.Plan, caller fetcher.Caller) {
	c.Header("Content-Type", form)
	c.Header("Cache-Control", "no-store")
	c.Header("X-Accel-Buffering", "no")
	c.Status(http.StatusOK)
	w := s.buffers.writer(c.Writer)
	defer s.buffers.free(w)
	encoder := newEncoder(form, w, plan.Len())
	encoder.begin()
	summary := s.Engine.Run(c.Request.Context(), plan, fetcher.RunOptions{Caller: caller},
		func(_ int, response *fetcher.Response) { encoder.response(response) })
	encoder.end(&summary)
}

func notAcceptable() error {
	return &problem{
		status: http.StatusNotAcceptable,
		detail: "this is answered as application/json, application/x-ndjson or text/event-stream",
	}
}
