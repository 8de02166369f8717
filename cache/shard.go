package cache

import (
	"sync"
	"time"

	gocache "github.com/patrickmn/go-cache"
)

const (
	// groupSize is what a key takes beside its text: its place in go-cache and in the list.
	groupSize = 256
	// sweepEvery is how often a shard that is written to drops what has outlived its time.
	sweepEvery = time.Minute
)

func keySize(k Key) int64 { return groupSize + 2*int64(len(k.URL)+len(k.Partition)) }

// shard is one part of a MemoryStore.
type shard struct {
	store *MemoryStore

	mu    sync.Mutex
	items *gocache.Cache                 // storage name → *group, with the lifetime
	used  group                          // sentinel of the ring of groups: next is the latest used
	parts map[string]map[string]struct{} // URL → private partitions that hold it
	swept time.Time
}

// group is all variants of one key.
type group struct {
	key        Key
	variants   []variant
	responses  []*StoredResponse // of variants; replaced, never changed, so Get can hand it out
	bytes      int64
	until      time.Time // the last variant's
	moved      bool      // its bytes are another group's now
	prev, next *group
}

type variant struct {
	size  int64
	until time.Time
}

func (s *shard) init(m *MemoryStore) {
	s.store = m
	s.items = gocache.New(gocache.NoExpiration, 0)
	s.used.prev, s.used.next = &s.used, &s.used
	s.parts = make(map[string]map[string]struct{})
	s.items.OnEvicted(func(_ string, v any) { s.dropped(v.(*group)) })
}

// storageName is the key's in go-cache. No URL holds a line feed.
func storageName(k Key) string {
	if k.Partition == "" {
		return k.URL
	}
	return k.URL + "\n" + k.Partition
}

func (s *shard) get(k Key) []*StoredResponse {
	name := storageName(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.items.Get(name)
	if !ok {
		return nil
	}
	g := v.(*group)
	g.unlink()
	s.push(g)
	now := time.Now()
	for i := range g.variants {
		if !g.variants[i].until.After(now) {
			return g.alive(now)
		}
	}
	return g.responses
}

// alive is the responses whose time has not passed.
func (g *group) alive(now time.Time) []*StoredResponse {
	var out []*StoredResponse
	for i, v := range g.variants {
		if v.until.After(now) {
			out = append(out, g.responses[i])
		}
	}
	return out
}

// put stores r, for which the store has claimed one entry of size plus keySize.
func (s *shard) put(k Key, r *StoredResponse, size int64, keep time.Duration) {
	name := storageName(k)
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.swept) >= sweepEvery {
		s.items.DeleteExpired()
		s.swept = now
	}
	old := &group{}
	if v, ok := s.items.Get(name); ok {
		old = v.(*group)
		old.moved = true
	}
	s.items.Delete(name) // it, or what is left of an earlier life
	g := &group{key: k, bytes: size + keySize(k)}
	g.add(r, variant{size: size, until: now.Add(keep)})
	for i, v := range old.variants {
		if len(g.variants) >= s.store.limits.Variants || g.bytes+v.size > s.store.limits.KeyBytes {
			break
		}
		if old.responses[i].Variant != r.Variant && v.until.After(now) {
			g.add(old.responses[i], v)
			g.bytes += v.size
		}
	}
	// What the old group and the claim hold more than the new group needs goes back; at no
	// moment is it less.
	s.store.refund(len(old.variants)+1-len(g.variants), old.bytes+size+keySize(k)-g.bytes)
	s.push(g)
	if k.Partition != "" {
		if s.parts[k.URL] == nil {
			s.parts[k.URL] = make(map[string]struct{})
		}
		s.parts[k.URL][k.Partition] = struct{}{}
	}
	s.items.Set(name, g, g.until.Sub(now))
}

func (g *group) add(r *StoredResponse, v variant) {
	g.responses = append(g.responses, r)
	g.variants = append(g.variants, v)
	if v.until.After(g.until) {
		g.until = v.until
	}
}

// remove takes the group out; go-cache tells dropped.
func (s *shard) remove(g *group) { s.items.Delete(storageName(g.key)) }

// dropped is called by go-cache, with the shard locked, for every group that leaves it.
func (s *shard) dropped(g *group) {
	g.unlink()
	if !g.moved {
		s.store.refund(len(g.variants), g.bytes)
	}
	if g.key.Partition != "" {
		delete(s.parts[g.key.URL], g.key.Partition)
		if len(s.parts[g.key.URL]) == 0 {
			delete(s.parts, g.key.URL)
		}
	}
}

func (s *shard) evictOldest() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest := s.used.prev
	if oldest == &s.used {
		return false
	}
	s.remove(oldest)
	return true
}

func (s *shard) deleteURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items.Delete(url)
	for partition := range s.parts[url] {
		s.items.Delete(storageName(Key{URL: url, Partition: partition}))
	}
}

func (s *shard) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.used.prev != &s.used {
		s.remove(s.used.prev)
	}
}

// push makes the group the latest used.
func (s *shard) push(g *group) {
	g.prev, g.next = &s.used, s.used.next
	g.next.prev, s.used.next = g, g
}

func (g *group) unlink() {
	g.prev.next, g.next.prev = g.next, g.prev
	g.prev, g.next = nil, nil
}
