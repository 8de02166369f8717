package limiter

// lowEvery is the small share background work keeps: while both kinds wait, every tenth turn is theirs.
const lowEvery = 10

// queue is a fair order over callers: background work yields to the rest, clients take turns by weight, a client's batches
// take turns one by one, and a batch is first in, first out. All its operations but ahead and clone take constant time.
type queue[T any] struct {
	classes [2]class[T] // interactive, low
	len     int
	streak  int // interactive turns since the last low one, counted while low entries wait
}

// class holds the clients of one kind of work.
type class[T any] struct {
	clients map[string]*client[T]
	turns   ring[*client[T]]
	credit  int // turns the client at the cursor still has in this round
	len     int
}

type client[T any] struct {
	link    link[*client[T]]
	key     string
	weight  int
	batches map[uint64]*batch[T]
	turns   ring[*batch[T]]
	len     int
}

type batch[T any] struct {
	link    link[*batch[T]]
	id      uint64
	entries ring[T]
	client  *client[T]
	class   *class[T]
}

// entry is a place in a queue, to be embedded in what waits.
type entry[T any] struct {
	link  link[T]
	batch *batch[T] // nil while not in a queue
}

func (e *entry[T]) queued() bool { return e.batch != nil }

const (
	interactive = iota
	low
)

func (c Caller) class() int {
	if c.Low {
		return low
	}
	return interactive
}

// push puts e, holding v, at its caller's end.
func (q *queue[T]) push(e *entry[T], v T, c Caller) { q.add(e, v, q.batch(c)) }

// batch finds or makes the caller's batch. One that was made must be added to at once: a queue has no empty batches.
func (q *queue[T]) batch(c Caller) *batch[T] {
	k := &q.classes[c.class()]
	cl := k.clients[c.Client]
	if cl == nil {
		cl = k.join(c)
	}
	cl.weight = c.weight()
	b := cl.batches[c.Batch]
	if b == nil {
		b = &batch[T]{id: c.Batch, client: cl, class: k}
		b.link.value = b
		cl.batches[c.Batch] = b
		cl.turns.add(&b.link)
	}
	return b
}

func (q *queue[T]) add(e *entry[T], v T, b *batch[T]) {
	e.link.value, e.batch = v, b
	b.entries.add(&e.link)
	b.client.len++
	b.class.len++
	q.len++
}

func (k *class[T]) join(c Caller) *client[T] {
	if k.clients == nil {
		k.clients = make(map[string]*client[T])
	}
	cl := &client[T]{key: c.Client, batches: make(map[uint64]*batch[T])}
	cl.link.value = cl
	if k.turns.len == 0 {
		k.credit = c.weight()
	}
	k.clients[c.Client] = cl
	k.turns.add(&cl.link)
	return cl
}

// remove takes e out, wherever it stands.
func (q *queue[T]) remove(e *entry[T]) {
	b := e.batch
	k, cl := b.class, b.client
	b.entries.remove(&e.link)
	e.batch = nil
	cl.len--
	k.len--
	q.len--
	if b.entries.len == 0 {
		cl.turns.remove(&b.link)
		delete(cl.batches, b.id)
	}
	if cl.len == 0 {
		k.leave(cl)
	}
}

func (k *class[T]) leave(cl *client[T]) {
	had := k.turns.cursor == &cl.link
	k.turns.remove(&cl.link)
	delete(k.clients, cl.key)
	if had && k.turns.len > 0 {
		k.credit = k.turns.cursor.value.weight
	}
}

// turn is the class that is served next; the queue must not be empty.
func (q *queue[T]) turn() *class[T] {
	hi, lo := &q.classes[interactive], &q.classes[low]
	if hi.len == 0 || lo.len > 0 && q.streak >= lowEvery-1 {
		return lo
	}
	return hi
}

// peek is what pop would return. Only pop, the removal of that very entry, and an interactive entry arriving where none was change it.
func (q *queue[T]) peek() T {
	return q.turn().turns.cursor.value.turns.cursor.value.entries.cursor.value
}

// pop serves the next entry in the fair order; the queue must not be empty. The caller passes peek's entry, which only it can find from T.
func (q *queue[T]) pop(e *entry[T]) {
	b := e.batch
	k, cl := b.class, b.client
	switch {
	case k == &q.classes[low], q.classes[low].len == 0:
		q.streak = 0
	default:
		q.streak++
	}
	if b.entries.len > 1 {
		cl.turns.advance() // an emptied batch leaves, which moves the cursor by itself
	}
	k.credit--
	if spent := k.credit <= 0; spent && cl.len > 1 {
		k.turns.advance()
		k.credit = k.turns.cursor.value.weight
	}
	q.remove(e)
}
