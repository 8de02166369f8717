package cache

import (
	"context"
	"hash/maphash"
	"sync/atomic"
	"time"
)

// shardCount parts the memory store so that hits on different keys seldom meet on one lock.
const shardCount = 16

// MemoryLimits bound a MemoryStore. Zero values mean the defaults.
type MemoryLimits struct {
	// Bytes is the budget for everything stored: body, fields, key and bookkeeping. It is
	// never passed. Default 64 MiB.
	Bytes int64
	// KeyBytes bounds all variants of one key together, and so one response, lest a single
	// key takes the whole budget. Default a quarter of Bytes.
	KeyBytes int64
	// Entries bounds the stored responses, each variant counted. Default 100,000.
	Entries int64
	// Variants bounds those of one key; the one stored longest ago goes first. Default 32.
	Variants int
}

func (l MemoryLimits) withDefaults() MemoryLimits {
	if l.Bytes <= 0 {
		l.Bytes = 64 << 20
	}
	if l.KeyBytes <= 0 {
		l.KeyBytes = l.Bytes / 4
	}
	if l.Entries <= 0 {
		l.Entries = 100_000
	}
	if l.Variants <= 0 {
		l.Variants = 32
	}
	return l
}

// MemoryStore is a Store in this process. go-cache keeps the lifetimes; beside it a list per
// shard keeps the keys in the order they were used, and one counter the bytes, so that the
// budget is exact whatever the lifetimes are. It has no goroutines: what has outlived its time
// goes when its shard is written to.
type MemoryStore struct {
	limits    MemoryLimits
	seed      maphash.Seed
	shards    [shardCount]shard
	bytes     atomic.Int64
	entries   atomic.Int64
	evictions atomic.Uint64
}

// NewMemoryStore returns an empty store.
func NewMemoryStore(limits MemoryLimits) *MemoryStore {
	m := &MemoryStore{limits: limits.withDefaults(), seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i].init(m)
	}
	return m
}

// shardOf keeps all partitions of a URL together.
func (m *MemoryStore) shardOf(url string) int {
	return int(maphash.String(m.seed, url) % shardCount)
}

// Get implements Store.
func (m *MemoryStore) Get(_ context.Context, key Key) []*StoredResponse {
	return m.shards[m.shardOf(key.URL)].get(key)
}

// Put implements Store. Room is made before anything is stored: the budget holds at every
// moment.
func (m *MemoryStore) Put(_ context.Context, key Key, r *StoredResponse, keep time.Duration) bool {
	size := r.Size()
	need := size + keySize(key)
	if keep <= 0 || need > m.limits.KeyBytes {
		return false
	}
	i := m.shardOf(key.URL)
	if !m.reserve(i, need) {
		return false
	}
	m.shards[i].put(key, r, size, keep)
	return true
}

// Delete implements Store.
func (m *MemoryStore) Delete(_ context.Context, url string) { m.shards[m.shardOf(url)].deleteURL(url) }

// Clear implements Store.
func (m *MemoryStore) Clear(context.Context) {
	for i := range m.shards {
		m.shards[i].clear()
	}
}

// Usage is what the store holds now.
func (m *MemoryStore) Usage() Usage {
	return Usage{Bytes: m.bytes.Load(), Entries: m.entries.Load(), Evictions: m.evictions.Load()}
}

// reserve claims one entry of n bytes, evicting the keys used longest ago, those of the entry's
// own shard before others'. false only if others have claimed all there is.
func (m *MemoryStore) reserve(own int, n int64) bool {
	for !m.claim(n) {
		evicted := false
		for k := range shardCount {
			if m.shards[(own+k)%shardCount].evictOldest() {
				m.evictions.Add(1)
				evicted = true
				break
			}
		}
		if !evicted {
			return false
		}
	}
	return true
}

func (m *MemoryStore) claim(n int64) bool {
	if m.entries.Add(1) > m.limits.Entries {
		m.entries.Add(-1)
		return false
	}
	for {
		used := m.bytes.Load()
		if used+n > m.limits.Bytes {
			m.entries.Add(-1)
			return false
		}
		if m.bytes.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

func (m *MemoryStore) refund(entries int, bytes int64) {
	m.entries.Add(-int64(entries))
	m.bytes.Add(-bytes)
}
