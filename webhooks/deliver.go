package webhooks

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	// attemptTimeout is for one attempt as a whole, the answer's body included.
	attemptTimeout = 20 * time.Second
	// maxDrain is how much of an answer is read so that its connection can be
	// used again. Nothing of it is kept.
	maxDrain = 64 << 10
)

// A Message is what is delivered: the same over all attempts.
type Message struct {
	ID   string
	Body []byte // JSON
}

// An Outcome is what became of one attempt.
type Outcome struct {
	Status     int           // the receiver's; 0: no answer came
	Reason     string        // why it failed, from a short fixed list; "" when delivered
	RetryAfter time.Duration // what the receiver asked for; 0: nothing
	Gone       bool          // 410: the endpoint wants no more deliveries at all
	Duration   time.Duration
}

// Delivered reports whether the receiver took the message: 2xx and nothing else.
func (o Outcome) Delivered() bool { return o.Reason == "" }

// A Deliverer makes delivery attempts. It is safe for concurrent use.
type Deliverer struct {
	client *http.Client
	now    func() time.Time
}

// NewDeliverer returns a Deliverer over a client whose transport decides which
// addresses may be reached. Of the client only its transport is used: redirects
// are never followed (a 3xx is a failure, whatever it points at), no cookie is
// kept, and an attempt ends after 20 s.
func NewDeliverer(client *http.Client, now func() time.Time) *Deliverer {
	return &Deliverer{
		client: &http.Client{
			Transport:     client.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		now: now,
	}
}

// Deliver makes one attempt. It returns no error: every failure is an Outcome,
// and its Reason holds nothing of the URL, the address or the answer.
func (d *Deliverer) Deliver(ctx context.Context, url string, signer *Signer, m Message) Outcome {
	start := d.now()
	out := d.attempt(ctx, url, signer, m, start)
	out.Duration = d.now().Sub(start)
	return out
}

func (d *Deliverer) attempt(ctx context.Context, url string, signer *Signer, m Message, at time.Time) Outcome {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(m.Body))
	if err != nil {
		return Outcome{Reason: "unusable url"}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "gather")
	signer.Sign(req.Header, m.ID, at, m.Body)
	resp, err := d.client.Do(req)
	if err != nil {
		return Outcome{Reason: reason(ctx, err)}
	}
	// The status has been said: a body that breaks off or hangs changes nothing
	// but whether the connection is used again.
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxDrain)
	return outcome(resp, d.now())
}

func outcome(resp *http.Response, now time.Time) Outcome {
	out := Outcome{Status: resp.StatusCode}
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode <= 299:
		return out
	case resp.StatusCode == http.StatusGone:
		out.Gone, out.Reason = true, "gone"
	case resp.StatusCode >= 300 && resp.StatusCode <= 399:
		out.Reason = "redirected"
	default:
		out.Reason = "refused"
	}
	out.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), now)
	return out
}

// reason names the stage that failed. The error itself is not passed on: it
// holds the URL with its query, and the address resolved to.
func reason(ctx context.Context, err error) string {
	var (
		timeout interface{ Timeout() bool }
		dns     *net.DNSError
		record  tls.RecordHeaderError
		cert    *tls.CertificateVerificationError
		alert   tls.AlertError
		op      *net.OpError
	)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case ctx.Err() != nil:
		return "canceled"
	case errors.As(err, &dns):
		return "dns failure"
	case errors.As(err, &record), errors.As(err, &cert), errors.As(err, &alert):
		return "tls failure"
	case errors.As(err, &op):
		return "connect failure"
	default:
		return "no answer"
	}
}
