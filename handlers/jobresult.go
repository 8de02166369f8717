package handlers

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"gather/fetcher"
	"gather/jobs"
)

// getJob answers with a job and, once there is one, its result: every response
// stored so far, in the order of the batch, read and written piece by piece. As
// NDJSON it is the responses alone, then the summary.
func (s *server) getJob(c *gin.Context) error {
	form := preferred(c.Request.Header, formJSON, formNDJSON)
	if form == "" {
		return notAcceptable()
	}
	job, err := s.ownJob(c)
	if err != nil {
		return err
	}
	c.Header("Content-Type", form)
	c.Header("Cache-Control", "no-store")
	c.Writer.Header().Add("Vary", "Accept")
	if !job.State.Ended() {
		c.Header("Retry-After", "1")
	}
	w := s.buffers.writer(c.Writer)
	defer s.buffers.free(w)
	if form == formNDJSON {
		return s.resultLines(c, w, job)
	}
	head, err := json.Marshal(showJob(job))
	if err != nil {
		return err
	}
	w.buf = append(w.buf, head[:len(head)-1]...)
	w.buf = append(w.buf, `,"result":`...)
	if job.State.Ended() {
		if err := s.result(c, w, job); err != nil {
			return err
		}
	} else {
		w.buf = append(w.buf, "null"...)
	}
	w.buf = append(w.buf, '}', '\n')
	w.write()
	return nil
}

func (s *server) result(c *gin.Context, w *batchWriter, job jobs.Job) error {
	w.buf = append(w.buf, `{"responses":[`...)
	first := true
	err := s.eachResponse(c, job, func(response []byte) {
		if !first {
			w.buf = append(w.buf, ',')
		}
		first = false
		w.buf = append(w.buf, response...)
		if len(w.buf) > spill {
			w.write()
		}
	})
	if err != nil {
		return err
	}
	w.buf = append(w.buf, ']')
	if len(job.Summary) > 0 {
		w.buf = append(append(w.buf, `,"summary":`...), job.Summary...)
	}
	w.buf = append(w.buf, '}')
	return nil
}

func (s *server) resultLines(c *gin.Context, w *batchWriter, job jobs.Job) error {
	err := s.eachResponse(c, job, func(response []byte) {
		w.buf = append(append(w.buf, response...), '\n')
		if len(w.buf) > spill {
			w.write()
		}
	})
	if err != nil {
		return err
	}
	if len(job.Summary) > 0 {
		w.buf = append(append(append(w.buf, `{"summary":`...), job.Summary...), '}', '\n')
	}
	w.write()
	return nil
}

// eachResponse gives the responses of a job in the order of its batch. Of a job
// that has ended every item has one: what was not fetched before is cancelled.
func (s *server) eachResponse(c *gin.Context, job jobs.Job, give func(response []byte)) error {
	var ids []string
	if job.State.Ended() && job.Done < job.Total {
		var err error
		if ids, err = s.itemIDs(c, job); err != nil {
			return err
		}
	}
	next := 0
	missing := func(until int) {
		for ; next < min(until, len(ids)); next++ {
			response := fetcher.Unfetched(ids[next])
			give(response.AppendJSON(nil))
		}
	}
	for stored, err := range s.Jobs.Responses(c.Request.Context(), job.ID) {
		if err != nil {
			return jobProblem(err)
		}
		missing(stored.Index)
		give(stored.Response)
		next = stored.Index + 1
	}
	missing(job.Total)
	return nil
}

// itemIDs are the ids of a job's items, in the order of its batch.
func (s *server) itemIDs(c *gin.Context, job jobs.Job) ([]string, error) {
	text, err := s.Jobs.Batch(c.Request.Context(), job.ID)
	if err != nil {
		return nil, jobProblem(err)
	}
	work, err := fetcher.UnmarshalWork(text)
	if err != nil {
		return nil, err
	}
	return work.IDs()
}

// heartbeat is how often a stream without news shows that it is alive.
const heartbeat = 15 * time.Second

// jobEvents streams what happens to a job, from after the event that the client
// saw last. It ends when the job has.
func (s *server) jobEvents(c *gin.Context) error {
	if preferred(c.Request.Header, formEvents) == "" {
		return notAcceptable()
	}
	var after int64
	if last := c.GetHeader("Last-Event-ID"); last != "" {
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil || n < 0 {
			return fetcher.Faults{{Pointer: "#/Last-Event-ID", Detail: "is not an event of this stream"}}
		}
		after = n
	}
	job, err := s.ownJob(c)
	if err != nil {
		return err
	}
	c.Header("Content-Type", formEvents)
	c.Header("Cache-Control", "no-store")
	c.Header("X-Accel-Buffering", "no")
	c.Status(http.StatusOK)
	w := s.buffers.writer(c.Writer)
	defer s.buffers.free(w)
	w.flush()
	stop := w.beat(heartbeat)
	defer stop()
	// A service that stops ends its streams at once: their clients come back, with
	// the event they saw last, to whichever instance answers.
	ctx, cancel := context.WithCancel(c.Request.Context())
	defer cancel()
	defer context.AfterFunc(s.Stopping, cancel)()
	for event, err := range s.Jobs.Events(ctx, job.ID, after) {
		if err != nil {
			return jobProblem(err)
		}
		w.event(event)
	}
	return nil
}

// event writes one event of a job in the words of a batch's stream, and the
// job's state beside them.
func (b *batchWriter) event(e jobs.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.ID > 0 {
		b.buf = append(b.buf, "id: "...)
		b.buf = strconv.AppendInt(b.buf, e.ID, 10)
		b.buf = append(b.buf, '\n')
	}
	if e.Response != nil {
		b.buf = append(append(b.buf, "event: response\ndata: "...), e.Response...)
		b.buf = append(b.buf, "\n\n"...)
		b.buf = appendProgress(b.buf, e.Done, e.Job.Total)
		b.flush()
		return
	}
	state, err := json.Marshal(showJob(e.Job))
	if err != nil {
		return
	}
	b.buf = append(append(append(b.buf, "event: state\ndata: "...), state...), "\n\n"...)
	if e.Job.State.Ended() && len(e.Job.Summary) > 0 {
		b.buf = append(append(append(b.buf, "event: summary\ndata: "...), e.Job.Summary...), "\n\n"...)
	}
	b.flush()
}
