package cache

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"net/textproto"
	"sync"
	"time"
)

// flightContext is the context a flight's exchange runs with: the values of the request that
// started it, cancelled only when nobody waits any more, with the latest deadline of all that
// ever waited, or none if one of them has none. The deadline is told so that a stage can see
// that waiting is in vain; nothing needs to enforce it, since every waiter leaves at its own.
type flightContext struct {
	context.Context // without the starter's cancellation; cancelled by the flight
	trace           *httptrace.ClientTrace

	mu       sync.Mutex
	deadline time.Time
	endless  bool
}

// newFlightContext detaches parent. trace stands in for the parent's httptrace, if it has one.
func newFlightContext(parent context.Context, g *gate) (*flightContext, context.CancelFunc) {
	inner, cancel := context.WithCancel(context.WithoutCancel(parent))
	c := &flightContext{Context: inner}
	if trace := httptrace.ContextClientTrace(parent); trace != nil {
		c.trace = g.guard(trace)
	}
	return c, cancel
}

// await extends the deadline to that of one more waiter.
func (c *flightContext) await(ctx context.Context) {
	deadline, ok := ctx.Deadline()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !ok {
		c.endless = true
	} else if deadline.After(c.deadline) {
		c.deadline = deadline
	}
}

func (c *flightContext) Deadline() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.deadline, !c.endless && !c.deadline.IsZero()
}

func (c *flightContext) Value(key any) any {
	v := c.Context.Value(key)
	if _, ok := v.(*httptrace.ClientTrace); ok && c.trace != nil {
		return c.trace
	}
	return v
}

// gate lets the hooks of one request's httptrace run while that request is being waited for,
// and never after: a hook may write to a response that has ended.
type gate struct {
	mu   sync.Mutex
	shut bool
}

// close returns when no hook runs any more.
func (g *gate) close() {
	g.mu.Lock()
	g.shut = true
	g.mu.Unlock()
}

func (g *gate) through(hook func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.shut {
		hook()
	}
}

func (g *gate) guard(t *httptrace.ClientTrace) *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:              hook1(g, t.GetConn),
		GotConn:              hook1(g, t.GotConn),
		PutIdleConn:          hook1(g, t.PutIdleConn),
		GotFirstResponseByte: hook0(g, t.GotFirstResponseByte),
		Got100Continue:       hook0(g, t.Got100Continue),
		Got1xxResponse:       hook1xx(g, t.Got1xxResponse),
		DNSStart:             hook1(g, t.DNSStart),
		DNSDone:              hook1(g, t.DNSDone),
		ConnectStart:         hook2(g, t.ConnectStart),
		ConnectDone:          hook3(g, t.ConnectDone),
		TLSHandshakeStart:    hook0(g, t.TLSHandshakeStart),
		TLSHandshakeDone:     hook2[tls.ConnectionState, error](g, t.TLSHandshakeDone),
		WroteHeaderField:     hook2(g, t.WroteHeaderField),
		WroteHeaders:         hook0(g, t.WroteHeaders),
		Wait100Continue:      hook0(g, t.Wait100Continue),
		WroteRequest:         hook1(g, t.WroteRequest),
	}
}

func hook0(g *gate, f func()) func() {
	if f == nil {
		return nil
	}
	return func() { g.through(f) }
}

func hook1[A any](g *gate, f func(A)) func(A) {
	if f == nil {
		return nil
	}
	return func(a A) { g.through(func() { f(a) }) }
}

func hook2[A, B any](g *gate, f func(A, B)) func(A, B) {
	if f == nil {
		return nil
	}
	return func(a A, b B) { g.through(func() { f(a, b) }) }
}

func hook3[A, B, C any](g *gate, f func(A, B, C)) func(A, B, C) {
	if f == nil {
		return nil
	}
	return func(a A, b B, c C) { g.through(func() { f(a, b, c) }) }
}

func hook1xx(g *gate, f func(int, textproto.MIMEHeader) error) func(int, textproto.MIMEHeader) error {
	if f == nil {
		return nil
	}
	return func(code int, h textproto.MIMEHeader) (err error) {
		g.through(func() { err = f(code, h) })
		return err
	}
}
