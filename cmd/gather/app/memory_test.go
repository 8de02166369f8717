package app

import (
	"math"
	"runtime/debug"
	"testing"

	"gather/config"
)

// Not parallel: the collector is the whole process's.
func TestTheEnvironmentTunesTheCollectorFirst(t *testing.T) {
	cfg := config.Default()
	percent := debug.SetGCPercent(77)
	defer debug.SetGCPercent(percent)
	for _, tt := range []struct {
		name, gogc, limit string
		wantPercent       int
		wantLimit         int64
	}{
		{"neither is set", "", "", gcPercent, memoryLimit(cfg)},
		{"GOGC is", "77", "", 77, memoryLimit(cfg)},
		{"GOMEMLIMIT is", "", "off", gcPercent, math.MaxInt64},
		{"both are", "77", "off", 77, math.MaxInt64},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("GOGC", tt.gogc)
			t.Setenv("GOMEMLIMIT", tt.limit)
			before := debug.SetMemoryLimit(math.MaxInt64)
			defer debug.SetMemoryLimit(before)
			restore := tuneMemory(cfg)
			now := debug.SetGCPercent(1)
			debug.SetGCPercent(now)
			if limit := debug.SetMemoryLimit(-1); now != tt.wantPercent || limit != tt.wantLimit {
				t.Errorf("GOGC %d, limit %d; want %d, %d", now, limit, tt.wantPercent, tt.wantLimit)
			}
			restore()
			if now := debug.SetGCPercent(77); now != 77 || debug.SetMemoryLimit(-1) != math.MaxInt64 {
				t.Errorf("GOGC %d, limit %d after it", now, debug.SetMemoryLimit(-1))
			}
		})
	}
}

func TestMemoryLimitLeavesRoomBesideTheBudgets(t *testing.T) {
	t.Parallel()
	cfg := config.Default()
	budgets := int64(cfg.Fetch.MemoryBytes) + int64(cfg.Cache.Bytes)
	if limit := memoryLimit(cfg); limit <= budgets || limit > 2*budgets {
		t.Errorf("%d for budgets of %d", limit, budgets)
	}
	cfg.Fetch.MemoryBytes = math.MaxInt64
	if limit := memoryLimit(cfg); limit <= 0 {
		t.Errorf("%d for a budget without end", limit)
	}
}
