package cache

import (
	"net/http"
	"sync/atomic"
)

// Stats counts what a Transport did since its start, and what its store holds now.
type Stats struct {
	Hits          uint64 // answered without forwarding, stale ones included
	Stale         uint64 // answered with a stale response, forwarded or not
	Misses        uint64 // forwarded, collapsed ones not included
	Collapsed     uint64 // answered by another request's exchange
	Bypassed      uint64 // of the misses: not for the cache to handle
	Stored        uint64 // responses stored
	Revalidations uint64 // stored responses the origin confirmed
	Usage
}

type counters struct {
	hits, stale, misses, collapsed, bypassed, stored, revalidations atomic.Uint64
}

// note counts one request and tells the observer.
func (t *Transport) note(r *http.Request, o Outcome) {
	c := &t.counters
	switch {
	case o.Hit:
		c.hits.Add(1)
	case o.Collapsed:
		c.collapsed.Add(1)
	case o.Fwd != "":
		c.misses.Add(1)
		if o.Fwd == fwdBypass || o.Fwd == fwdMethod {
			c.bypassed.Add(1)
		}
	}
	if o.Stale {
		c.stale.Add(1)
	}
	t.options.Observe(r, o)
}

// Stats returns a snapshot.
func (t *Transport) Stats() Stats {
	c := &t.counters
	s := Stats{
		Hits: c.hits.Load(), Stale: c.stale.Load(), Misses: c.misses.Load(), Collapsed: c.collapsed.Load(),
		Bypassed: c.bypassed.Load(), Stored: c.stored.Load(), Revalidations: c.revalidations.Load(),
	}
	if u, ok := t.store.(interface{ Usage() Usage }); ok {
		s.Usage = u.Usage()
	}
	return s
}
