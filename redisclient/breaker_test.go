package redisclient

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// clocked is a breaker with a clock to be set and a log to be read.
func clocked(t *testing.T) (*breaker, *time.Time, *bytes.Buffer) {
	t.Helper()
	now, log := time.Unix(1_780_000_000, 0), new(bytes.Buffer)
	return newBreaker("the shared cache", slog.New(slog.NewTextHandler(log, nil)), func() time.Time { return now }), &now, log
}

var refused = &net.OpError{Op: "dial", Addr: &net.TCPAddr{IP: net.IPv4(10, 9, 8, 7), Port: 6379}, Err: errors.New("connection refused")}

func TestBreakerOpensAndProbes(t *testing.T) {
	t.Parallel()
	b, now, log := clocked(t)
	for range failuresInARow {
		if err := b.Allow(); err != nil {
			t.Fatal(err)
		}
		b.ReportResult(refused)
	}
	for range 10 {
		for range 100 {
			if err := b.Allow(); !errors.Is(err, ErrLost) {
				t.Fatalf("got %v, want ErrLost", err)
			}
		}
		*now = now.Add(probeAfter)
		if err := b.Allow(); err != nil {
			t.Fatalf("no probe: %v", err)
		}
		b.ReportResult(context.DeadlineExceeded)
	}
	*now = now.Add(probeAfter)
	_ = b.Allow()
	b.ReportResult(redis.Nil)
	if err := b.Allow(); err != nil {
		t.Errorf("closed by an answer, it says %v", err)
	}
	text := log.String()
	if strings.Count(text, "\n") != 2 || strings.Count(text, "does not answer") != 1 || strings.Count(text, "is back") != 1 {
		t.Errorf("the log says more or less than lost and back:\n%s", text)
	}
	if strings.Contains(text, "10.9.8.7") {
		t.Errorf("the log tells the address:\n%s", text)
	}
}

func TestWhatIsNoFailure(t *testing.T) {
	t.Parallel()
	for name, harmless := range map[string]error{"success": nil, "no such key": redis.Nil, "cancelled": context.Canceled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _, _ := clocked(t)
			for range 100 {
				b.ReportResult(harmless)
			}
			if err := b.Allow(); err != nil {
				t.Error(err)
			}
		})
	}
	b, _, _ := clocked(t)
	for range 100 { // never three in a row
		b.ReportResult(refused)
		b.ReportResult(refused)
		b.ReportResult(nil)
	}
	if err := b.Allow(); err != nil {
		t.Error(err)
	}
}

func TestFaultyURLIsNotRepeated(t *testing.T) {
	t.Parallel()
	_, err := New("redis://:hunter2@cache:port", "x", slog.New(slog.DiscardHandler))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}
