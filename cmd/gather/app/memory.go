package app

import (
	"math"
	"os"
	"runtime/debug"

	"gather/config"
)

const (
	// gcPercent lets garbage grow to several times of what lives. Nearly all that a
	// call allocates is garbage when it ends, and little of what lives is there to
	// be marked again and again; the limit below bounds what that costs.
	gcPercent = 400
	// ownMemory is what the service needs beside bodies and cache.
	ownMemory = 128 << 20
)

// tuneMemory sets the garbage collector by the configured budgets, unless the
// environment does (GOGC, GOMEMLIMIT). restore puts back what was before.
func tuneMemory(cfg *config.Config) (restore func()) {
	percent, limit := -2, int64(-1) // a negative limit only asks
	if os.Getenv("GOGC") == "" {
		percent = debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		limit = debug.SetMemoryLimit(memoryLimit(cfg))
	}
	return func() {
		if percent != -2 {
			debug.SetGCPercent(percent)
		}
		debug.SetMemoryLimit(limit)
	}
}

// memoryLimit is from where on the collector works harder rather than let the heap
// grow: half as much again as may live, so that full budgets do not keep it busy.
// It is no cap; the budgets are.
func memoryLimit(cfg *config.Config) int64 {
	budgets := float64(cfg.Fetch.MemoryBytes) + float64(cfg.Cache.Bytes)
	return int64(min(budgets*1.5+ownMemory, math.MaxInt64/2))
}
