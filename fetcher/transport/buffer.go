package transport

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

const defaultMaxBody = 10 << 20

// BufferOptions are what the buffer stage needs. The zero value is usable.
type BufferOptions struct {
	Budget  *Budget // shared by all that hold bodies; nil: unlimited
	MaxBody int64   // decoded bytes of one response; 0: 10 MiB
	Refusal error   // the dialer's refusal to connect (guard.ErrBlocked); passed through, and never taken for the upstream's fault
}

type buffer struct {
	next    http.RoundTripper
	opts    BufferOptions
	decoder *decoder
	scratch sync.Pool // of *[scratchSize]byte
}

// NewBuffer is the innermost stage: it exchanges one request for one response, reads the body whole into memory under the caps and the
// budget, decodes it where the Call asks for it, and times the phases. It returns a response whose Body is a [*Body] and whose trailers are
// there, or an error from this package, the context or the dialer.
func NewBuffer(next http.RoundTripper, opts BufferOptions) http.RoundTripper {
	if opts.MaxBody <= 0 {
		opts.MaxBody = defaultMaxBody
	}
	if opts.Budget == nil {
		opts.Budget = NewBudget(1<<63 - 1)
	}
	b := &buffer{next: next, opts: opts, decoder: newDecoder()}
	b.scratch.New = func() any { return new([scratchSize]byte) }
	return b
}

func (b *buffer) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	call := CallFrom(ctx)
	x, traced, end := begin(ctx)
	defer end()

	resp, err := b.next.RoundTrip(req.WithContext(traced))
	if err != nil {
		err = x.classify(traced, err, b.opts.Refusal)
		call.record(x.seal(0, 0))
		return nil, err
	}
	headers := time.Since(x.begun)
	in := intake{buffer: b, ctx: traced, limit: b.opts.MaxBody, decode: call != nil && call.Decode}
	if call != nil && call.MaxBody > 0 {
		in.limit = min(in.limit, call.MaxBody)
	}
	body, err := in.take(req, resp)
	_ = resp.Body.Close()
	record := x.seal(headers, in.received)
	record.Queued = in.waited
	record.Receive = max(0, record.Receive-in.waited)
	call.record(record)
	if err != nil {
		return nil, err
	}
	resp.Body, resp.Request = body, req
	return resp, nil
}

// intake is the taking in of one body.
type intake struct {
	*buffer
	ctx      context.Context
	limit    int64
	decode   bool
	received int64
	waited   time.Duration
}

func (in *intake) take(req *http.Request, resp *http.Response) (*Body, error) {
	if resp.StatusCode < 200 || resp.StatusCode > 599 {
		return nil, &failure{kind: ErrBadResponse, text: "the status code is not one of an answer"}
	}
	if req.Method == http.MethodHead || resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusNotModified {
		return NewBody(nil), nil
	}
	coding := identity
	// A part of a coded body cannot be decoded (RFC 9110 section 14.2: ranges are of the coded representation).
	if in.decode && resp.StatusCode != http.StatusPartialContent {
		var err error
		if coding, err = contentCoding(resp.Header); err != nil {
			return nil, err
		}
	}
	body, err := in.read(resp)
	if err != nil || coding == identity {
		return body, err
	}
	if len(body.bytes) > 0 { // an empty body is sent with a coding now and then
		decoded, err := in.decodeBody(coding, body)
		_ = body.Close()
		if err != nil {
			return nil, err
		}
		body = decoded
	}
	becomeDecoded(resp, len(body.bytes))
	return body, nil
}

// read reads the body as it comes, whole, reserving before it allocates.
func (in *intake) read(resp *http.Response) (*Body, error) {
	n := resp.ContentLength
	switch {
	case n > in.limit:
		return nil, ErrBodyTooLarge
	case n < 0:
		return in.readUnknown(resp.Body)
	}
	if err := in.reserve(n); err != nil {
		return nil, err
	}
	body := &Body{share: n, budget: in.opts.Budget}
	// A byte more, since the connection is free, and the trailers are there, only once the end was seen.
	whole := make([]byte, n+1)
	got, err := fill(resp.Body, whole)
	in.received = int64(got)
	if int64(got) == n && err == io.EOF {
		body.bytes = whole[:n]
		return body, nil
	}
	_ = body.Close()
	return nil, in.readError(err)
}

// reserve may wait, since nothing is held yet, but not for more than half of the time there is: a body let in at the last moment could not
// arrive, and batches whose collected bodies fill the budget while their other items wait for it must let go of each other.
func (in *intake) reserve(n int64) error {
	if in.opts.Budget.reserveInTurn(n) {
		return nil
	}
	begun := time.Now()
	ctx := in.ctx
	if deadline, ok := ctx.Deadline(); ok {
		halfway, cancel := context.WithDeadline(ctx, begun.Add(deadline.Sub(begun)/2))
		defer cancel()
		ctx = halfway
	}
	err := in.opts.Budget.Reserve(ctx, n)
	in.waited = time.Since(begun)
	return err
}

// readError is what a body that ended in err, or did not end where it should, was.
func (in *intake) readError(err error) error {
	if err == nil {
		return ErrBadResponse
	}
	if cause := ended(in.ctx); cause != nil {
		return cause
	}
	return brokenOff(err)
}
