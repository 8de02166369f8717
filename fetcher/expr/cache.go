package expr

import (
	"container/list"
	"context"
	"runtime"
	"strings"
	"sync"
)

// maxCompiled is how many compiled expressions are kept. The largest takes about 1 MiB, a usual one 20 KiB.
const maxCompiled = 512

// The package's only state: what every caller shares, because it is the process that has the processors and the memory.
var (
	compiled = newQueries(maxCompiled)
	running  = newSlots(runtime.GOMAXPROCS(0))
)

// queries is a cache of compiled expressions, the least recently used of which leaves first.
type queries struct {
	mu     sync.Mutex
	size   int
	recent *list.List // of *kept, the last used in front
	bySrc  map[string]*list.Element
}

type kept struct {
	src   string
	query *Query
}

func newQueries(size int) *queries {
	return &queries{size: size, recent: list.New(), bySrc: make(map[string]*list.Element)}
}

// get compiles outside of the lock: two callers may do the same work once, and nobody waits for a hostile expression.
func (c *queries) get(src string) (*Query, error) {
	if q := c.find(src); q != nil {
		return q, nil
	}
	q, err := compile(src)
	if err != nil {
		return nil, err
	}
	src = strings.Clone(src) // it may be part of a whole request's memory
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.bySrc[src]; ok {
		return e.Value.(*kept).query, nil
	}
	c.bySrc[src] = c.recent.PushFront(&kept{src, q})
	if c.recent.Len() > c.size {
		oldest := c.recent.Back()
		delete(c.bySrc, c.recent.Remove(oldest).(*kept).src)
	}
	return q, nil
}

func (c *queries) find(src string) *Query {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.bySrc[src]
	if !ok {
		return nil
	}
	c.recent.MoveToFront(e)
	return e.Value.(*kept).query
}

// slots bound how many expressions run at once, and with that the memory they can take together. More than there are
// processors would only make each slower.
type slots chan struct{}

func newSlots(n int) slots { return make(slots, n) }

func (s slots) acquire(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	default:
	}
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s slots) release() { <-s }
