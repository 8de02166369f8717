package limiter

// ahead counts the entries that would be served before a new one by c, if nothing else came or went.
func (q *queue[T]) ahead(c Caller) int {
	n := q.classes[c.class()].ahead(c)
	hi, lo := q.classes[interactive].len, q.classes[low].len
	if c.Low {
		return n + min(hi, max(0, (n+1)*(lowEvery-1)-q.streak))
	}
	return n + min(lo, (n+q.streak)/(lowEvery-1))
}

// ahead is the same within one class. With turns served round by round it is enough to know in which round of each ring the new entry's
// own turn comes: elements between the cursor and its own had one turn more by then than those behind it.
func (k *class[T]) ahead(c Caller) int {
	own := k.clients[c.Client]
	n := 0
	if own != nil {
		n = own.ahead(c.Batch)
	}
	weight := c.weight()
	first := weight // turns of the client's own in the first round
	if own != nil && k.turns.cursor == &own.link {
		first = k.credit
	}
	rounds := 0 // rounds ended for it before the new entry's turn
	if n >= first {
		rounds = 1 + (n-first)/weight
	}
	before := true
	others := 0
	for cl := range k.turns.all {
		if cl == own {
			before = false
			continue
		}
		r := rounds
		if before {
			r++
		}
		served := r * cl.weight
		if k.turns.cursor == &cl.link && r > 0 {
			served += k.credit - cl.weight
		}
		others += min(cl.len, served)
	}
	return n + others
}

func (cl *client[T]) ahead(id uint64) int {
	own := cl.batches[id]
	n := 0
	if own != nil {
		n = own.entries.len
	}
	before := true
	others := 0
	for b := range cl.turns.all {
		switch {
		case b == own:
			before = false
		case before:
			others += min(b.entries.len, n+1)
		default:
			others += min(b.entries.len, n)
		}
	}
	return n + others
}

// crowder is the entry that should make room in a full queue for one by c: the last of the client with the most entries, first among
// background work. False: c's client would then have as many itself. It takes time linear in the clients.
func (q *queue[T]) crowder(c Caller) (last T, ok bool) {
	for i := len(q.classes) - 1; i >= c.class(); i-- {
		k := &q.classes[i]
		own := 0
		if cl := k.clients[c.Client]; cl != nil && i == c.class() {
			own = cl.len
		}
		var most *client[T]
		for cl := range k.turns.all {
			if most == nil || cl.len > most.len {
				most = cl
			}
		}
		if most != nil && (i != c.class() || most.len > own+1) {
			return most.turns.cursor.prev.value.entries.cursor.prev.value, true
		}
	}
	return last, false
}

// drain visits every entry in the fair order. It works on a copy, in time and space linear in the queue.
func (q *queue[T]) drain(yield func(T) bool) {
	copied, places := q.clone()
	for copied.len > 0 {
		i := copied.peek()
		copied.pop(&places[i].entry)
		if !yield(places[i].value) {
			return
		}
	}
}

// place is an entry of a copied queue, which holds indexes into the slice of its places.
type place[T any] struct {
	entry entry[int]
	value T
}

func (q *queue[T]) clone() (*queue[int], []place[T]) {
	places := make([]place[T], 0, q.len)
	copied := &queue[int]{streak: q.streak}
	for i := range q.classes {
		k := &q.classes[i]
		for cl := range k.turns.all {
			for b := range cl.turns.all {
				to := copied.batch(Caller{Client: cl.key, Weight: cl.weight, Batch: b.id, Low: i == low})
				for v := range b.entries.all {
					places = append(places, place[T]{value: v})
					copied.add(&places[len(places)-1].entry, len(places)-1, to)
				}
			}
		}
		copied.classes[i].credit = k.credit
	}
	return copied, places
}
