package transport

import (
	"math"
	"testing"
	"time"
)

func TestBackoffDelay(t *testing.T) {
	t.Parallel()
	b := Backoff{Base: 100 * time.Millisecond, Cap: 5 * time.Second}
	almost := math.Nextafter(1, 0)
	for _, tt := range []struct {
		n      int
		random float64
		want   time.Duration
	}{
		{1, 0, 0}, {1, 0.5, 50 * time.Millisecond}, {2, 0.5, 100 * time.Millisecond}, {5, 0.5, 800 * time.Millisecond},
		{6, 0.5, 1600 * time.Millisecond}, {7, 0.5, 2500 * time.Millisecond}, {1000, 0.5, 2500 * time.Millisecond},
		{math.MaxInt, 0.5, 2500 * time.Millisecond}, {1000, 0, 0},
	} {
		if got := b.Delay(tt.n, tt.random); got != tt.want {
			t.Errorf("Delay(%d, %v) = %v, want %v", tt.n, tt.random, got, tt.want)
		}
	}
	if got := (Backoff{Base: 1 << 62, Cap: math.MaxInt64}).Delay(9, almost); got < 0 {
		t.Errorf("overflow: %v", got)
	}
}
