package jobs

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
)

// A job of 10,000 items keeps on disk what it fetched, and not in memory: neither
// while it runs, nor when its result is read.
func TestBigJobInBoundedMemory(t *testing.T) {
	// Not parallel: the heap is everybody's.
	const (
		items = 10_000
		lanes = 32
		limit = 32 << 20
	)
	response := append(append([]byte(`{"body":"`), bytes.Repeat([]byte("x"), 8<<10)...), `"}`...) // 80 MB in all
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	check := func(when string, i int) {
		if i%2500 != 0 {
			return
		}
		if grown := heap() - before; grown > limit {
			t.Errorf("%s item %d the heap has grown by %d MiB", when, i, grown>>20)
		}
	}
	s := startService(t, Options{Database: newSQLite(t), Runner: runnerFunc(
		func(_ context.Context, _ RunInput, sink func(int, []byte) error) ([]byte, error) {
			next := make(chan int)
			errs := make([]error, lanes)
			var wg sync.WaitGroup
			for lane := range lanes {
				wg.Go(func() {
					for i := range next {
						errs[lane] = errors.Join(errs[lane], sink(i, response))
						check("storing", i)
					}
				})
			}
			for i := range items {
				next <- i
			}
			close(next)
			wg.Wait()
			return nil, errors.Join(errs...)
		})})
	id := submit(t, s, batch(items)).ID
	events := 0
	for e, err := range s.Events(t.Context(), id, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Response != nil {
			events++
			check("watching", events)
		}
	}
	n := 0
	for r, err := range s.Responses(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Index != n || len(r.Response) != len(response) {
			t.Fatalf("response %d is item %d of %d bytes", n, r.Index, len(r.Response))
		}
		n++
		check("reading", n)
	}
	if n != items || events != items {
		t.Errorf("%d responses, %d events", n, events)
	}
}
