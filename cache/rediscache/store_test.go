package rediscache

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"gather/cache"
	"gather/cache/cachetest"
	"gather/redisclient/redistest"
)

// patient is for tests on machines that are busy with other tests.
const patient = 10 * time.Second

func TestStoreConforms(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	cachetest.Run(t, cachetest.Harness{
		New: func(t *testing.T) cache.Store {
			return New(redistest.Client(t, server.URL(t)), Limits{Variants: 64, Timeout: patient})
		},
		Wait: time.Sleep, // Redis has a clock of its own
	})
}

func sized(n int, variant string) *cache.StoredResponse {
	return &cache.StoredResponse{
		Status: http.StatusOK, Header: http.Header{"A": {"b"}}, Body: make([]byte, n), Variant: variant, Received: time.Now(),
	}
}

var key = cache.Key{URL: "http://api.test/a?token=secret"}

// pair is two instances that share a database, and a client to look at it.
func pair(t *testing.T, limits Limits) (a, b *Store, client *redis.Client) {
	t.Helper()
	url := redistest.Start(t).URL(t)
	limits.Timeout = patient
	return New(redistest.Client(t, url), limits), New(redistest.Client(t, url), limits), redistest.Client(t, url)
}

func count(t *testing.T, s *Store, k cache.Key) int {
	t.Helper()
	return len(s.Get(t.Context(), k))
}

func TestInstancesShare(t *testing.T) {
	t.Parallel()
	a, b, _ := pair(t, Limits{})
	private := cache.Key{URL: key.URL, Partition: "p"}
	for _, k := range []cache.Key{key, private} {
		if !a.Put(t.Context(), k, sized(10, ""), time.Minute) || count(t, b, k) != 1 {
			t.Fatalf("%v: what one instance stored is not there for the other", k)
		}
	}
	b.Delete(t.Context(), key.URL)
	if count(t, a, key) != 0 || count(t, a, private) != 0 {
		t.Error("what one instance deleted is still there for the other")
	}
	a.Put(t.Context(), private, sized(10, ""), time.Minute)
	b.Clear(t.Context())
	if count(t, a, private) != 0 {
		t.Error("what one instance cleared is still there for the other")
	}
}

// What was stored longest ago makes room, and what is too large is not stored.
func TestKeyIsBounded(t *testing.T) {
	t.Parallel()
	s, _, client := pair(t, Limits{KeyBytes: 10_000, Variants: 3})
	for i := range 5 {
		if !s.Put(t.Context(), key, sized(100, fmt.Sprint(i)), time.Minute) {
			t.Fatal("not stored")
		}
	}
	if got := s.Get(t.Context(), key); len(got) != 3 || got[0].Variant != "4" || got[2].Variant != "2" {
		t.Errorf("%d variants are left, want the latest 3", len(got))
	}
	if keys := client.DBSize(t.Context()).Val(); keys != 6 {
		t.Errorf("%d keys, want epoch, life, index and 3 responses", keys)
	}
	if s.Put(t.Context(), key, sized(10_000, "large"), time.Minute) {
		t.Error("a response above the limit was stored")
	}
	s.Put(t.Context(), key, sized(6000, "5"), time.Minute)
	if got := s.Get(t.Context(), key); len(got) != 3 || got[0].Variant != "5" {
		t.Errorf("%d variants, want 3", len(got))
	}
	s.Put(t.Context(), key, sized(6000, "6"), time.Minute)
	for i, r := range s.Get(t.Context(), key) {
		if i == 0 && r.Variant != "6" || r.Variant == "5" {
			t.Errorf("variant %s is number %d: two of 6000 bytes do not fit into 10000", r.Variant, i)
		}
	}
}

func TestClearLeavesWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	s, _, client := pair(t, Limits{})
	for _, foreign := range []string{"else", "gather:other", root + "0", root + "0:x"} {
		client.Set(t.Context(), foreign, "x", 0)
	}
	for i := range 50 {
		s.Put(t.Context(), cache.Key{URL: fmt.Sprint("http://api.test/", i), Partition: fmt.Sprint(i % 3)}, sized(1, ""), time.Minute)
	}
	s.Clear(t.Context())
	if keys := client.Keys(t.Context(), "*").Val(); len(keys) != 5 {
		t.Errorf("left are %q, want the foreign 4 and the epoch", keys)
	}
}

// A key Redis has dropped for want of memory is a miss, and nothing deleted comes back with it.
func TestDroppedKeysAreMisses(t *testing.T) {
	t.Parallel()
	s, _, client := pair(t, Limits{})
	for dropped := range 4 {
		s.Put(t.Context(), key, sized(10, ""), time.Minute)
		keys := client.Keys(t.Context(), root+"*").Val()
		for _, k := range keys {
			if strings.Count(k, ":")-2 == []int{0, 2, 4, 5}[dropped] {
				client.Del(t.Context(), k)
			}
		}
		if n := count(t, s, key); n != 0 {
			t.Errorf("%d responses although %q lost a key", n, keys)
		}
		s.Put(t.Context(), key, sized(10, ""), time.Minute)
		if n := count(t, s, key); n != 1 {
			t.Errorf("%d responses after storing again", n)
		}
	}
}

func TestNothingReadableInNames(t *testing.T) {
	t.Parallel()
	s, _, client := pair(t, Limits{})
	s.Put(t.Context(), cache.Key{URL: key.URL, Partition: "client/alice"}, sized(10, ""), time.Minute)
	for _, k := range client.Keys(t.Context(), "*").Val() {
		if strings.Contains(k, "api.test") || strings.Contains(k, "secret") || strings.Contains(k, "alice") {
			t.Errorf("the name %q tells what is stored", k)
		}
		if k != root && client.TTL(t.Context(), k).Val() <= 0 {
			t.Errorf("%q is kept for ever", k)
		}
	}
}

func TestBrokenValuesAreMisses(t *testing.T) {
	t.Parallel()
	s, _, client := pair(t, Limits{})
	s.Put(t.Context(), key, sized(10, "good"), time.Minute)
	s.Put(t.Context(), key, sized(10, "bad"), time.Minute)
	for _, k := range client.Keys(t.Context(), root+"*:bad").Val() {
		client.Set(t.Context(), k, "\x01\xff rubbish", time.Minute)
	}
	if got := s.Get(t.Context(), key); len(got) != 1 || got[0].Variant != "good" {
		t.Errorf("%d responses, want the one that is good", len(got))
	}
	for _, k := range client.Keys(t.Context(), root+"*").Val() {
		client.Del(t.Context(), k)
		client.LPush(t.Context(), k, "of another type")
	}
	if n := count(t, s, key); n != 0 {
		t.Errorf("%d responses out of lists", n)
	}
}

// silent accepts connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() { _, _ = io.Copy(io.Discard, conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); group.Wait() })
	return "redis://" + l.Addr().String()
}

// A Redis that does not answer costs three operations their deadline and the others nothing.
func TestSlowRedisIsAMiss(t *testing.T) {
	t.Parallel()
	url := silent(t)
	s := New(redistest.Client(t, url), Limits{})
	begin := time.Now()
	for range 1000 {
		if s.Put(t.Context(), key, sized(10, ""), time.Minute) || count(t, s, key) != 0 {
			t.Fatal("something was stored nowhere")
		}
	}
	if took := time.Since(begin); took > 20*time.Second { // 200 s if each waited for its deadline
		t.Errorf("2000 operations took %v, want 3 deadlines of 100 ms and little else", took)
	} else {
		t.Logf("2000 operations took %v", took)
	}
}

// Callers who are gone say nothing about Redis.
func TestLateCallersDoNotOpenTheBreaker(t *testing.T) {
	t.Parallel()
	s, _, _ := pair(t, Limits{})
	s.Put(t.Context(), key, sized(10, ""), time.Minute)
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for range 10 {
		if len(s.Get(late, key)) != 0 {
			t.Fatal("an answer after the deadline")
		}
	}
	if count(t, s, key) != 1 {
		t.Error("a hit is a miss for those who come in time")
	}
}

func TestDeadRedisIsAMiss(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := New(redistest.Client(t, server.URL(t)), Limits{})
	server.Stop()
	if s.Put(t.Context(), key, sized(10, ""), time.Minute) || count(t, s, key) != 0 {
		t.Fatal("something was stored nowhere")
	}
	s.Delete(t.Context(), key.URL)
	s.Clear(t.Context())
}

// What was deleted while Redis did not answer is gone when it does again, before anything is read.
func TestDeletionsAreOwed(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(context.Context, *Store){
		"delete": func(ctx context.Context, s *Store) { s.Delete(ctx, key.URL) },
		"clear":  func(ctx context.Context, s *Store) { s.Clear(ctx) },
		"many": func(ctx context.Context, s *Store) {
			for i := range mostDebts + 1 {
				s.Delete(ctx, fmt.Sprint(i))
			}
			s.Delete(ctx, key.URL)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, other, _ := pair(t, Limits{})
			s.Put(t.Context(), key, sized(10, ""), time.Minute)
			client := s.client
			s.client = redistest.Client(t, "redis://127.0.0.1:1")
			forget(t.Context(), s)
			if count(t, s, key) != 0 || s.Put(t.Context(), key, sized(10, ""), time.Minute) {
				t.Error("something was stored nowhere")
			}
			s.client = client
			if count(t, s, key) != 0 {
				t.Error("what was deleted came back")
			}
			if count(t, other, key) != 0 {
				t.Error("the other instance was never told")
			}
			if !s.Put(t.Context(), key, sized(10, ""), time.Minute) || count(t, s, key) != 1 {
				t.Error("nothing can be stored any more")
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	s := New(redistest.Client(b, redistest.Start(b).URL(b)), Limits{Timeout: patient})
	r := sized(0, "")
	r.Body = bytes.Repeat([]byte("x"), 4096)
	s.Put(b.Context(), key, r, time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		if len(s.Get(b.Context(), key)) != 1 {
			b.Fatal("a miss")
		}
	}
}
