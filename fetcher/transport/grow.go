package transport

import (
	"io"
)

// scratchSize is what a body of unknown length is read into first: most fit, and are then copied to their exact size. Scratch is not
// accounted for in the budget; there is one for each call in flight at most.
const scratchSize = 32 << 10

// readUnknown reads a body that does not say how long it is.
func (in *intake) readUnknown(r io.Reader) (*Body, error) {
	scratch := in.scratch.Get().(*[scratchSize]byte)
	defer in.scratch.Put(scratch)
	g := grower{budget: in.opts.Budget, limit: in.limit}
	body, err := g.readAll(r, scratch[:])
	in.received = g.total
	if err == nil || err == ErrBodyTooLarge || err == ErrOverloaded {
		return body, err
	}
	return nil, in.readError(err)
}

// grower reads to the end into memory it reserves as it goes. It holds bytes while it asks for more, so it never waits for them.
type grower struct {
	budget *Budget
	limit  int64
	total  int64 // bytes read
}

// readAll returns the whole of r, or r's error, ErrBodyTooLarge or ErrOverloaded.
func (g *grower) readAll(r io.Reader, scratch []byte) (*Body, error) {
	body := &Body{budget: g.budget}
	for {
		n, err := fill(r, scratch[:min(int64(len(scratch)), g.limit-g.total+1)])
		g.total += int64(n)
		if g.total > g.limit {
			_ = body.Close()
			return nil, ErrBodyTooLarge
		}
		if err != nil && err != io.EOF {
			_ = body.Close()
			return nil, err
		}
		if !g.append(body, scratch[:n], err == io.EOF) {
			_ = body.Close()
			return nil, ErrOverloaded
		}
		if err == io.EOF {
			return body, nil
		}
	}
}

// append adds p to body. While more may come, the memory doubles; the last piece makes it exact only where that is cheap.
func (g *grower) append(body *Body, p []byte, last bool) bool {
	need := len(body.bytes) + len(p)
	if need <= cap(body.bytes) {
		body.bytes = append(body.bytes, p...)
		return true
	}
	size := int64(need)
	if !last {
		size = min(max(2*int64(need), 2*int64(cap(body.bytes))), g.limit)
	}
	if !g.budget.TryReserve(size) {
		return false
	}
	grown := append(make([]byte, 0, size), body.bytes...)
	body.bytes = append(grown, p...)
	g.budget.Release(body.share) // the old bytes: both were held while they were copied
	body.share = size
	return true
}

// fill reads until p is full or r ends; unlike io.ReadFull it reports the end as io.EOF always.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	return n, err
}
