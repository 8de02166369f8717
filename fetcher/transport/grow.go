package transport

import "io"

// scratchSize is what a body of unknown length is read into first: most fit, and are then copied to their exact size. Scratch is not
// accounted for in the budget; there is one for each call in flight at most.
const scratchSize = 32 << 10

// readUnknown reads a body that does not say how long it is.
func (in *intake) readUnknown(r io.Reader) (*Body, error) {
	scratch := in.scratch.Get().(*[scratchSize]byte)
	defer in.scratch.Put(scratch)
	g := grower{budget: in.opts.Budget, limit: in.limit}
	body, err := g.readAll(r, scratch[:], 0)
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

// readAll returns the whole of r, or r's error, ErrBodyTooLarge or ErrOverloaded. expected is how long r says it is, 0 if it does not: right,
// it spares the growing, and the attempt where there is no room; wrong, it costs memory within the limit and the budget until the end.
func (g *grower) readAll(r io.Reader, scratch []byte, expected int64) (*Body, error) {
	body := &Body{budget: g.budget}
	if expected > 0 && expected <= g.limit && !g.move(body, expected) {
		return nil, ErrOverloaded
	}
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
		last := err == io.EOF
		if !g.append(body, scratch[:n], last) {
			_ = body.Close()
			return nil, ErrOverloaded
		}
		if last {
			g.trim(body)
			return body, nil
		}
	}
}

// append adds p to body. While more may come, the memory doubles.
func (g *grower) append(body *Body, p []byte, last bool) bool {
	need := int64(len(body.bytes) + len(p))
	if need > int64(cap(body.bytes)) {
		size := need
		if !last {
			size = min(2*need, g.limit)
		}
		if !g.move(body, size) {
			return false
		}
	}
	body.bytes = append(body.bytes, p...)
	return true
}

// trim gives back what doubling left unused, if that is much: whoever stores the bytes stores their whole memory.
func (g *grower) trim(body *Body) {
	if need := int64(len(body.bytes)); body.share-need > need/4 {
		g.move(body, need) // if there is no room for the move, the bytes stay where they are
	}
}

// move takes body's bytes to memory of another size. Both are held while they are copied.
func (g *grower) move(body *Body, size int64) bool {
	if !g.budget.TryReserve(size) {
		return false
	}
	body.bytes = append(make([]byte, 0, size), body.bytes...)
	g.budget.Release(body.share)
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
