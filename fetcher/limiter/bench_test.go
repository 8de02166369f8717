package limiter

import (
	"context"
	"net/http"
	"testing"
)

// A call that need not wait: the case every request pays for.
func BenchmarkAcquireAtOnce(b *testing.B) {
	l := New(Rules{Rate: 1e9, Burst: 1 << 30, Concurrency: 256}, Options{Gate: NewGate(256)})
	c := Caller{Client: "ci", Batch: 7}
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		p, err := l.Acquire(ctx, c)
		if err != nil {
			b.Fatal(err)
		}
		p.Release()
	}
}

func BenchmarkObserve(b *testing.B) {
	h := http.Header{"Content-Type": {"application/json"}, "Date": {"Mon, 04 May 2026 12:00:00 GMT"}, "Etag": {`"x"`}}
	limited := h.Clone()
	limited.Set("X-RateLimit-Remaining", "4999")
	limited.Set("X-RateLimit-Reset", "1777896017")
	for _, bb := range []struct {
		name string
		h    http.Header
	}{{"plain", h}, {"X-RateLimit", limited}} {
		b.Run(bb.name, func(b *testing.B) {
			l := New(Rules{Rate: 1e9, Burst: 1 << 30}, Options{})
			p, _ := l.Acquire(context.Background(), Caller{})
			b.ReportAllocs()
			for b.Loop() {
				p.Observe(http.StatusOK, bb.h)
			}
		})
	}
}

// A call that joins a queue of 10,000 with a deadline, and one that leaves it for a turn.
func BenchmarkQueue(b *testing.B) {
	var q queue[*mark]
	for range 10_000 {
		m := &mark{}
		q.push(&m.entry, m, Caller{Client: "a", Batch: 1})
	}
	m := &mark{}
	b.ReportAllocs()
	for b.Loop() {
		q.push(&m.entry, m, Caller{Client: "b", Batch: 2})
		q.ahead(Caller{Client: "c", Batch: 3})
		q.remove(&m.entry)
		next := q.peek()
		q.pop(&next.entry)
		q.push(&next.entry, next, Caller{Client: "a", Batch: 1})
	}
}

// Looking through a queue of 20,000 for waits that have become impossible.
func BenchmarkSweep(b *testing.B) {
	var q queue[*mark]
	for i := range 20_000 {
		m := &mark{}
		q.push(&m.entry, m, Caller{Client: string(rune('a' + i%20)), Batch: uint64(i % 100)})
	}
	b.ReportAllocs()
	for b.Loop() {
		for range q.drain {
		}
	}
}
