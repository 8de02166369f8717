package limiter

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// mark is an entry with a name, as tests queue them.
type mark struct {
	entry entry[*mark]
	name  string
}

func pushMarks(q *queue[*mark], c Caller, names ...string) []*mark {
	var ms []*mark
	for _, n := range names {
		m := &mark{name: n}
		q.push(&m.entry, m, c)
		ms = append(ms, m)
	}
	return ms
}

func popAll(q *queue[*mark]) string {
	var names []string
	for q.len > 0 {
		m := q.peek()
		q.pop(&m.entry)
		names = append(names, m.name)
	}
	return strings.Join(names, " ")
}

func TestQueueOrder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		fill func(q *queue[*mark])
		want string
	}{
		{"first in, first out within a batch", func(q *queue[*mark]) {
			pushMarks(q, Caller{Client: "a"}, "1", "2", "3")
		}, "1 2 3"},
		{"batches of a client take turns", func(q *queue[*mark]) {
			pushMarks(q, Caller{Client: "a", Batch: 1}, "1", "2", "3")
			pushMarks(q, Caller{Client: "a", Batch: 2}, "x", "y")
		}, "1 x 2 y 3"},
		{"clients take turns, however many batches they have", func(q *queue[*mark]) {
			pushMarks(q, Caller{Client: "a", Batch: 1}, "1", "2")
			pushMarks(q, Caller{Client: "a", Batch: 2}, "x", "y")
			pushMarks(q, Caller{Client: "b", Batch: 3}, "B1", "B2")
		}, "1 B1 x B2 2 y"},
		{"by weight", func(q *queue[*mark]) {
			pushMarks(q, Caller{Client: "a", Weight: 3}, "1", "2", "3", "4", "5")
			pushMarks(q, Caller{Client: "b", Weight: 1}, "B1", "B2", "B3")
		}, "1 2 3 B1 4 5 B2 B3"},
		{"background work yields", func(q *queue[*mark]) {
			pushMarks(q, Caller{Client: "a", Low: true}, "L1", "L2")
			pushMarks(q, Caller{Client: "a"}, "1", "2", "3")
		}, "1 2 3 L1 L2"},
		{"but keeps a tenth", func(q *queue[*mark]) {
			pushMarks(q, Caller{Client: "a", Low: true}, "L1", "L2")
			pushMarks(q, Caller{Client: "b"}, strings.Fields("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20")...)
		}, "1 2 3 4 5 6 7 8 9 L1 10 11 12 13 14 15 16 17 18 L2 19 20"},
		{"who leaves mid-queue leaves no gap", func(q *queue[*mark]) {
			ms := pushMarks(q, Caller{Client: "a", Batch: 1}, "1", "2", "3")
			xs := pushMarks(q, Caller{Client: "b", Batch: 2}, "x")
			pushMarks(q, Caller{Client: "c", Batch: 3}, "c")
			q.remove(&ms[1].entry)
			q.remove(&xs[0].entry)
		}, "1 c 3"},
		{"who leaves at the cursor passes the turn on", func(q *queue[*mark]) {
			ms := pushMarks(q, Caller{Client: "a", Weight: 5}, "1")
			pushMarks(q, Caller{Client: "b", Weight: 1}, "b1", "b2")
			pushMarks(q, Caller{Client: "c", Weight: 2}, "c1", "c2", "c3")
			q.remove(&ms[0].entry)
		}, "b1 c1 c2 b2 c3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var q queue[*mark]
			tt.fill(&q)
			if got := popAll(&q); got != tt.want {
				t.Errorf("order %q, want %q", got, tt.want)
			}
			if q.len != 0 || len(q.classes[0].clients)+len(q.classes[1].clients) != 0 {
				t.Errorf("an empty queue keeps %d entries, clients %v %v", q.len, q.classes[0].clients, q.classes[1].clients)
			}
		})
	}
}

// What a waiter is told about its place must be where it really stands, in every state a queue can come to.
func TestQueueAheadIsThePlaceInTheOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var q queue[*mark]
		var in []*mark
		for range 120 {
			switch rng.IntN(5) {
			case 0:
				if q.len > 0 {
					m := q.peek()
					q.pop(&m.entry)
					in = slices.DeleteFunc(in, func(x *mark) bool { return x == m })
				}
			case 1:
				if len(in) > 0 {
					i := rng.IntN(len(in))
					q.remove(&in[i].entry)
					in = slices.Delete(in, i, i+1)
				}
			default:
				c := randomCaller(rng)
				want := q.ahead(c)
				m := &mark{}
				q.push(&m.entry, m, c)
				in = append(in, m)
				order := slices.Collect(q.drain)
				if got := slices.Index(order, m); got != want || len(order) != len(in) {
					t.Fatalf("seed %d: ahead says %d, it stands at %d of %d", seed, want, got, len(order))
				}
			}
		}
		order := slices.Collect(q.drain)
		for i := 0; q.len > 0; i++ {
			m := q.peek()
			q.pop(&m.entry)
			if order[i] != m {
				t.Fatalf("seed %d: served another than drain says at %d", seed, i)
			}
		}
	}
}

func randomCaller(rng *rand.Rand) Caller {
	client := rng.IntN(4)
	return Caller{Client: string(rune('a' + client)), Weight: client, Batch: rng.Uint64N(3), Low: rng.IntN(3) == 0}
}
