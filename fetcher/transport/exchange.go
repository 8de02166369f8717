package transport

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"net/textproto"
	"sync"
	"time"
)

// maxInterim is the most 1xx responses of one exchange that are handed to a hook. Without a hook net/http counts their bytes against the
// header cap; with one it leaves the bound to the hook.
const maxInterim = 32

// exchange is one request and its answer as net/http reports them. It is the context its request is sent with, so that the pool's dialer finds
// it: DNS and connecting are watched only where there is a dial, which is seldom. Its hooks may be called after the exchange is over, by a
// dial that was begun for it and lost to a pooled connection, so they check whether it is sealed.
type exchange struct {
	context.Context
	begun time.Time
	hooks httptrace.ClientTrace

	mu       sync.Mutex
	sealed   bool
	gotConn  bool
	reused   bool
	dnsStart time.Duration // since begun, as all below; 0: not reached
	dnsDone  time.Duration
	dialled  time.Duration
	dialDone time.Duration
	tlsStart time.Duration
	tlsDone  time.Duration
	interim  int
}

type exchangeKey struct{}

// Value finds the exchange itself.
func (x *exchange) Value(key any) any {
	if key == (exchangeKey{}) {
		return x
	}
	return x.Context.Value(key)
}

// begin starts an exchange's clock and gives the context its request is to be sent with. end must be called when it is over.
func begin(ctx context.Context) (x *exchange, traced context.Context, end func()) {
	x, end = &exchange{Context: ctx, begun: time.Now()}, func() {}
	x.hooks.GotConn = x.got
	x.hooks.TLSHandshakeStart = func() { x.mark(&x.tlsStart) }
	x.hooks.TLSHandshakeDone = func(_ tls.ConnectionState, err error) { x.markIf(err == nil, &x.tlsDone) }
	if outer := httptrace.ContextClientTrace(ctx); outer != nil && outer.Got1xxResponse != nil {
		// Composed hooks lose the inner one's error, hence the cancel.
		bounded, cancel := context.WithCancelCause(ctx)
		x.hooks.Got1xxResponse = func(int, textproto.MIMEHeader) error {
			x.mu.Lock()
			defer x.mu.Unlock()
			if x.interim++; x.interim > maxInterim {
				cancel(errInterimFlood)
			}
			return nil
		}
		x.Context, end = bounded, func() { cancel(nil) }
	}
	return x, httptrace.WithClientTrace(x, &x.hooks), end
}

// watchDial is the context to dial with, such that the exchange the dial is for, if any, sees its phases.
func watchDial(ctx context.Context) context.Context {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok {
		return ctx
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart:     func(httptrace.DNSStartInfo) { x.mark(&x.dnsStart) },
		DNSDone:      func(info httptrace.DNSDoneInfo) { x.markIf(info.Err == nil, &x.dnsDone) },
		ConnectStart: func(_, _ string) { x.mark(&x.dialled) },
		ConnectDone:  func(_, _ string, err error) { x.markIf(err == nil, &x.dialDone) },
	})
}

func (x *exchange) mark(at *time.Duration) { x.markIf(true, at) }

// markIf notes the first time something happened.
func (x *exchange) markIf(happened bool, at *time.Duration) {
	x.mu.Lock()
	if happened && !x.sealed && *at == 0 {
		*at = max(1, time.Since(x.begun))
	}
	x.mu.Unlock()
}

func (x *exchange) got(info httptrace.GotConnInfo) {
	x.mu.Lock()
	if !x.sealed {
		x.gotConn, x.reused = true, info.Reused
	}
	x.mu.Unlock()
}

// seal ends the exchange: headers is when its response's header section was whole, and received the bytes of the body. What was not spent on
// DNS, connecting or TLS before the headers counts as waiting, so that the parts add up to the whole.
func (x *exchange) seal(headers time.Duration, received int64) Trace {
	total := time.Since(x.begun)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sealed = true
	t := Trace{Attempts: 1, Reused: x.reused, Bytes: received}
	if headers == 0 {
		headers = total // it failed before
	}
	if !x.reused {
		t.DNS = span(x.dnsStart, x.dnsDone, headers)
		t.Connect = span(x.dialled, x.dialDone, headers)
		t.TLS = span(x.tlsStart, x.tlsDone, headers)
	}
	t.Wait = max(0, headers-t.DNS-t.Connect-t.TLS)
	t.Receive = max(0, total-headers)
	return t
}

// span is from start to done, or to the end if it never got done.
func span(start, done, end time.Duration) time.Duration {
	switch {
	case start == 0:
		return 0
	case done == 0:
		done = end
	}
	return max(0, done-start)
}

// stage says how far the exchange got.
func (x *exchange) stage() (connected, inTLS bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.gotConn, x.tlsStart > 0 && x.tlsDone == 0
}
