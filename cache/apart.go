package cache

import (
	"hash/maphash"
	"sync"
	"time"
)

const (
	// apartFor is how long, at least, requests for a key go each their own way once an answer
	// could not be shared, so that they do not wait for one another in turn.
	apartFor = time.Minute
	// maxApart bounds the keys remembered in one such time.
	maxApart = 8192
)

// apart remembers keys whose answers are not to be shared, for apartFor to twice that. It keeps
// their hashes only, since keys may be long; two that have the same are both kept apart.
type apart struct {
	seed         maphash.Seed
	mu           sync.Mutex
	turned       time.Time
	young, older map[uint64]struct{}
}

func newApart() *apart { return &apart{seed: maphash.MakeSeed()} }

func (a *apart) add(k Key, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turn(now)
	if len(a.young) < maxApart {
		if a.young == nil {
			a.young = make(map[uint64]struct{})
		}
		a.young[maphash.Comparable(a.seed, k)] = struct{}{}
	}
}

func (a *apart) has(k Key, now time.Time) bool {
	hash := maphash.Comparable(a.seed, k)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turn(now)
	_, young := a.young[hash]
	_, older := a.older[hash]
	return young || older
}

func (a *apart) turn(now time.Time) {
	switch age := now.Sub(a.turned); {
	case age >= 2*apartFor:
		a.young, a.older, a.turned = nil, nil, now
	case age >= apartFor:
		a.young, a.older, a.turned = nil, a.young, now
	}
}
