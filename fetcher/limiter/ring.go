package limiter

// ring is a circular list with a cursor at the element whose turn it is. Adding puts an element at the end of the round,
// which for a ring that is only ever served at its cursor makes it a FIFO.
type ring[T any] struct {
	cursor *link[T]
	len    int
}

// link is one place in a ring; embedded in what the ring holds, it costs no allocation.
type link[T any] struct {
	value      T
	prev, next *link[T]
}

func (r *ring[T]) add(l *link[T]) {
	if r.cursor == nil {
		l.prev, l.next = l, l
		r.cursor = l
	} else {
		l.prev, l.next = r.cursor.prev, r.cursor
		l.prev.next, l.next.prev = l, l
	}
	r.len++
}

// remove takes l out; a cursor that stood there moves on.
func (r *ring[T]) remove(l *link[T]) {
	if r.cursor == l {
		r.cursor = l.next
	}
	l.prev.next, l.next.prev = l.next, l.prev
	l.prev, l.next = nil, nil
	if r.len--; r.len == 0 {
		r.cursor = nil
	}
}

func (r *ring[T]) advance() { r.cursor = r.cursor.next }

// all visits every element once, the one whose turn it is first.
func (r *ring[T]) all(yield func(T) bool) {
	for i, l := 0, r.cursor; i < r.len; i, l = i+1, l.next {
		if !yield(l.value) {
			return
		}
	}
}
