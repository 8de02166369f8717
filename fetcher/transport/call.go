package transport

import (
	"context"
	"net/url"
	"sync"
	"time"
)

// Call travels in the request's context through the chain, one per item and all its hops: who asks, what is allowed, what was seen. The
// exported fields are set before the first hop and not changed afterwards. A nil *Call is one that nobody asked for and nobody reads.
type Call struct {
	Client      string // fairness and partition key: API key name, else address, else ""
	Weight      int    // weighted round robin; less than 1 counts as 1
	Batch       uint64 // fairness within a client
	Low         bool   // background job: yields to interactive batches
	Attempts    int    // most attempts of one hop; 0: the host's rule (1 + retries)
	RetryUnsafe bool   // retry although the method is not idempotent
	MaxBody     int64  // decoded bytes of one response; 0: the server's limit, which it cannot exceed
	Decode      bool   // decode the gzip or zstd we asked for (fetch); false: leave the upstream's coding alone (raw)

	mu     sync.Mutex
	trace  Trace
	scheme string // with name: what host was resolved for
	name   string
	host   *Host
}

// Trace is what a Call has seen so far. The durations are sums over all attempts and hops; of a hedged attempt only the winner counts, and its
// head start's wait is part of Wait.
type Trace struct {
	Attempts int  // exchanges begun with upstreams: hops and retries, not hedges, not answers from a cache
	Retries  int  // those of Attempts that repeated one that had failed
	Hedges   int  // second tries sent beside an attempt
	Reused   bool // the last exchange found its connection in the pool

	Queued  time.Duration // waiting for rate, concurrency and memory
	Backoff time.Duration // waiting between attempts
	DNS     time.Duration
	Connect time.Duration
	TLS     time.Duration
	Wait    time.Duration // from the connection to the end of the response's header section
	Receive time.Duration // from there to the end of the body
	Bytes   int64         // body bytes received, as coded by the upstream
}

func (t *Trace) add(u Trace) {
	t.Attempts += u.Attempts
	t.Retries += u.Retries
	t.Hedges += u.Hedges
	t.Reused = u.Reused
	t.Queued += u.Queued
	t.Backoff += u.Backoff
	t.DNS += u.DNS
	t.Connect += u.Connect
	t.TLS += u.TLS
	t.Wait += u.Wait
	t.Receive += u.Receive
	t.Bytes += u.Bytes
}

// since is what was added to an earlier Trace to get t.
func (t Trace) since(before Trace) Trace {
	t.Attempts -= before.Attempts
	t.Retries -= before.Retries
	t.Hedges -= before.Hedges
	t.Queued -= before.Queued
	t.Backoff -= before.Backoff
	t.DNS -= before.DNS
	t.Connect -= before.Connect
	t.TLS -= before.TLS
	t.Wait -= before.Wait
	t.Receive -= before.Receive
	t.Bytes -= before.Bytes
	return t
}

type callKey struct{}

// WithCall puts c into the context of its requests.
func WithCall(ctx context.Context, c *Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallFrom is the Call in ctx, or nil; the methods of a nil Call do nothing.
func CallFrom(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// Trace is a snapshot of what was seen so far; it may be taken at any time, also while the call runs.
func (c *Call) Trace() Trace {
	if c == nil {
		return Trace{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trace
}

func (c *Call) queued(d time.Duration) {
	if c == nil || d <= 0 {
		return
	}
	c.mu.Lock()
	c.trace.Queued += d
	c.mu.Unlock()
}

func (c *Call) retried(backoff time.Duration) {
	if c == nil {
		return
	}
	c.mu.Lock()
	c.trace.Retries++
	c.trace.Backoff += backoff
	c.mu.Unlock()
}

func (c *Call) hedged() {
	if c == nil {
		return
	}
	c.mu.Lock()
	c.trace.Hedges++
	c.mu.Unlock()
}

func (c *Call) record(t Trace) {
	if c == nil {
		return
	}
	c.mu.Lock()
	c.trace.add(t)
	c.mu.Unlock()
}

// fork is a Call on the same terms with a record of its own, for one of two tries of which only the winner's record is kept.
func (c *Call) fork() *Call {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return &Call{
		Client: c.Client, Weight: c.Weight, Batch: c.Batch, Low: c.Low, Attempts: c.Attempts, RetryUnsafe: c.RetryUnsafe,
		MaxBody: c.MaxBody, Decode: c.Decode, scheme: c.scheme, name: c.name, host: c.host,
	}
}

// cachedHost is the Host resolved last, if it was for u. A Call may serve requests to several hosts at once: a stale answer revalidated in the
// background while the next hop runs.
func (c *Call) cachedHost(u *url.URL) *Host {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.host == nil || c.scheme != u.Scheme || c.name != u.Host {
		return nil
	}
	return c.host
}

func (c *Call) cacheHost(u *url.URL, h *Host) {
	if c == nil {
		return
	}
	c.mu.Lock()
	c.scheme, c.name, c.host = u.Scheme, u.Host, h
	c.mu.Unlock()
}
