package transport

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(100)
		if err := b.Reserve(t.Context(), 101); !errors.Is(err, ErrOverloaded) {
			t.Errorf("more than there is: %v", err)
		}
		if err := b.Reserve(t.Context(), 70); err != nil {
			t.Fatal(err)
		}
		var order []int64
		var mu sync.Mutex
		var all sync.WaitGroup
		for _, n := range []int64{80, 20, 60} {
			all.Go(func() {
				if err := b.Reserve(t.Context(), n); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, n)
				mu.Unlock()
			})
			synctest.Wait()
		}
		if len(order) != 0 {
			t.Errorf("%v overtook the first in line", order)
		}
		if !b.TryReserve(30) || b.TryReserve(1) {
			t.Error("what is free is to be had for who holds some, and no more")
		}
		b.Release(30)
		b.Release(70)
		synctest.Wait()
		if !slices.Equal(order, []int64{80, 20}) && !slices.Equal(order, []int64{20, 80}) || b.Used() != 100 {
			t.Errorf("served %v, %d used", order, b.Used())
		}
		b.Release(80)
		all.Wait()
		b.Release(20)
		b.Release(60)
		if b.Used() != 0 {
			t.Errorf("%d used at the end", b.Used())
		}
	})
}

// One who gives up the first place in line lets the next one through.
func TestBudgetGivingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(100)
		if err := b.Reserve(t.Context(), 50); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		first, second := make(chan error, 1), make(chan error, 1)
		go func() { first <- b.Reserve(ctx, 60) }()
		synctest.Wait()
		go func() { second <- b.Reserve(t.Context(), 50) }()
		synctest.Wait()
		cancel()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		if err := <-second; err != nil || b.Used() != 100 {
			t.Errorf("the next in line: %v, %d used", err, b.Used())
		}
		timed, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		if err := b.Reserve(timed, 1); !errors.Is(err, ErrOverloaded) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("at the deadline: %v", err)
		}
	})
}
