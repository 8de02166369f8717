package handlers

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"gather/fetcher"
)

// encoder writes a batch as it goes. Its methods are called one at a time.
type encoder interface {
	begin()
	response(*fetcher.Response)
	end(*fetcher.Summary)
}

func newEncoder(form string, w *batchWriter, total int) encoder {
	if form == formEvents {
		return &eventEncoder{w: w, total: total}
	}
	return &lineEncoder{w: w}
}

// lineEncoder writes NDJSON: one response a line, the summary last.
type lineEncoder struct{ w *batchWriter }

func (e *lineEncoder) begin() { e.w.flush() }

func (e *lineEncoder) response(r *fetcher.Response) {
	e.w.buf = append(r.AppendJSON(e.w.buf), '\n')
	e.w.flush()
}

func (e *lineEncoder) end(s *fetcher.Summary) {
	e.w.buf = append(e.w.buf, `{"summary":`...)
	e.w.buf = append(s.AppendJSON(e.w.buf), '}', '\n')
	e.w.flush()
}

// eventEncoder writes server-sent events: response, progress and summary.
type eventEncoder struct {
	w           *batchWriter
	done, total int
}

func (e *eventEncoder) begin() {
	e.progress()
	e.w.flush()
}

func (e *eventEncoder) response(r *fetcher.Response) {
	e.w.buf = append(e.w.buf, "event: response\ndata: "...)
	e.w.buf = append(r.AppendJSON(e.w.buf), "\n\n"...)
	e.done++
	e.progress()
	e.w.flush()
}

func (e *eventEncoder) progress() { e.w.buf = appendProgress(e.w.buf, e.done, e.total) }

func appendProgress(dst []byte, done, total int) []byte {
	dst = append(dst, "event: progress\ndata: {\"done\":"...)
	dst = strconv.AppendInt(dst, int64(done), 10)
	dst = append(dst, `,"total":`...)
	dst = strconv.AppendInt(dst, int64(total), 10)
	return append(dst, "}\n\n"...)
}

func (e *eventEncoder) end(s *fetcher.Summary) {
	e.w.buf = append(e.w.buf, "event: summary\ndata: "...)
	e.w.buf = append(s.AppendJSON(e.w.buf), "\n\n"...)
	e.w.flush()
}

// spill is how much is put together before it is written.
const spill = 256 << 10

// batchWriter puts pieces of an answer together and writes them out. Errors of
// the connection are left to the request's context, which ends with it.
type batchWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	buf     []byte
	begun   bool
	// mu keeps heartbeats out of the middle of an event.
	mu sync.Mutex
}

// buffers keep the memory that answers were put together in for the next ones.
type buffers struct{ pool sync.Pool }

func (p *buffers) writer(w http.ResponseWriter) *batchWriter {
	buf, ok := p.pool.Get().(*[]byte)
	if !ok {
		buf = new([]byte)
	}
	return &batchWriter{w: w, control: http.NewResponseController(w), buf: (*buf)[:0]}
}

// free takes the writer's buffer back, unless one large answer has made it large.
func (p *buffers) free(w *batchWriter) {
	if cap(w.buf) <= 4*spill {
		p.pool.Put(&w.buf)
	}
}

// write hands the pieces to the connection; small answers then go in one.
func (b *batchWriter) write() {
	_, _ = b.w.Write(b.buf)
	b.begun = true
	b.buf = b.buf[:0]
}

// flush sends what there is now.
func (b *batchWriter) flush() {
	if len(b.buf) > 0 {
		b.write()
	}
	_ = b.control.Flush()
}

// whole writes the answer of a batch as one JSON.
func (b *batchWriter) whole(responses []*fetcher.Response, summary *fetcher.Summary) {
	b.buf = append(b.buf, `{"responses":[`...)
	for i, response := range responses {
		if i > 0 {
			b.buf = append(b.buf, ',')
		}
		b.buf = response.AppendJSON(b.buf)
		if len(b.buf) > spill {
			b.write()
		}
	}
	b.buf = append(b.buf, `],"summary":`...)
	b.buf = append(summary.AppendJSON(b.buf), '}', '\n')
	if !b.begun {
		b.w.Header().Set("Content-Length", strconv.Itoa(len(b.buf)))
	}
	b.write()
}

// beat writes a comment at an interval, so that neither end takes a stream
// without news for a dead one, until stop is called.
func (b *batchWriter) beat(interval time.Duration) (stop func()) {
	done := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				b.mu.Lock()
				b.buf = append(b.buf, ": still here\n\n"...)
				b.flush()
				b.mu.Unlock()
			}
		}
	})
	return func() {
		close(done)
		ended.Wait()
	}
}
