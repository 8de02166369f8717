package cache_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gather/cache"
	"gather/cache/cachetest"
)

func TestMemoryStoreConforms(t *testing.T) {
	t.Parallel()
	cachetest.Run(t, cachetest.Harness{
		New:    func(*testing.T) cache.Store { return cache.NewMemoryStore(cache.MemoryLimits{Variants: 64}) },
		Wait:   time.Sleep,
		Around: synctest.Test,
	})
}

func sized(n int, variant string) *cache.StoredResponse {
	return &cache.StoredResponse{Status: http.StatusOK, Header: http.Header{"A": {"b"}}, Body: make([]byte, n), Variant: variant}
}

func keyOf(i int) cache.Key { return cache.Key{URL: fmt.Sprintf("http://api.test/%d", i)} }

// Whatever is put, read, replaced and deleted by many at once, the budget and the entry cap hold
// at every moment, and nothing is left in the count when the store is empty.
func TestMemoryStoreBudgetIsExact(t *testing.T) {
	t.Parallel()
	limits := cache.MemoryLimits{Bytes: 1 << 20, Entries: 300, Variants: 4}
	m := cache.NewMemoryStore(limits)
	check := func() {
		if u := m.Usage(); u.Bytes > limits.Bytes || u.Entries > limits.Entries || u.Bytes < 0 || u.Entries < 0 {
			t.Errorf("usage %+v passes the limits %+v", u, limits)
		}
	}
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			for range 2000 {
				k := keyOf(random.IntN(200))
				if random.IntN(3) == 0 {
					k.Partition = "p"
				}
				switch random.IntN(6) {
				case 0:
					m.Delete(t.Context(), k.URL)
				case 1:
					m.Get(t.Context(), k)
				default:
					m.Put(t.Context(), k, sized(random.IntN(20_000), fmt.Sprint(random.IntN(6))), time.Minute)
				}
				check()
			}
		})
	}
	group.Wait()
	if m.Usage().Evictions == 0 {
		t.Error("nothing was evicted: the test shows nothing")
	}
	m.Clear(t.Context())
	if u := m.Usage(); u.Bytes != 0 || u.Entries != 0 {
		t.Errorf("an empty store counts %+v", u)
	}
}

func TestMemoryStoreCountsWhatItHolds(t *testing.T) {
	t.Parallel()
	m := cache.NewMemoryStore(cache.MemoryLimits{})
	m.Put(t.Context(), keyOf(1), sized(1000, ""), time.Minute)
	first := m.Usage()
	if first.Bytes < 1000+int64(len(keyOf(1).URL)) || first.Entries != 1 {
		t.Errorf("usage %+v after one response of 1000 bytes", first)
	}
	m.Put(t.Context(), keyOf(1), sized(1000, ""), time.Minute)
	if got := m.Usage(); got != first {
		t.Errorf("usage %+v after the same again, want %+v", got, first)
	}
	m.Put(t.Context(), keyOf(1), sized(1000, "b"), time.Minute)
	if got := m.Usage(); got.Entries != 2 || got.Bytes < first.Bytes+1000 || got.Bytes > 2*first.Bytes {
		t.Errorf("usage %+v after another variant", got)
	}
}

func TestMemoryStoreEvictsTheLeastRecentlyUsed(t *testing.T) {
	t.Parallel()
	m := cache.NewMemoryStore(cache.MemoryLimits{Entries: 100})
	// All on one URL's shard cannot be arranged from outside; using one key all along must
	// keep it whatever else comes.
	for i := range 1000 {
		m.Put(t.Context(), keyOf(i), sized(10, ""), time.Minute)
		if len(m.Get(t.Context(), keyOf(0))) == 0 {
			t.Fatalf("the key that is always used was evicted after %d", i)
		}
	}
	if u := m.Usage(); u.Entries != 100 || u.Evictions != 900 {
		t.Errorf("usage %+v, want 100 entries and 900 evictions", u)
	}
}

func TestMemoryStoreRefusesWhatTakesTooMuch(t *testing.T) {
	t.Parallel()
	m := cache.NewMemoryStore(cache.MemoryLimits{Bytes: 1 << 20})
	m.Put(t.Context(), keyOf(1), sized(1000, ""), time.Minute)
	if m.Put(t.Context(), keyOf(2), sized(1<<18, ""), time.Minute) {
		t.Error("a response larger than a quarter of the budget was stored")
	}
	if m.Put(t.Context(), cache.Key{URL: strings.Repeat("u", 1<<18)}, sized(1, ""), time.Minute) {
		t.Error("a key larger than a quarter of the budget was stored")
	}
	if u := m.Usage(); u.Evictions != 0 || u.Entries != 1 {
		t.Errorf("usage %+v: a refusal cost others", u)
	}
}

func TestMemoryStoreCapsTheVariantsOfAKey(t *testing.T) {
	t.Parallel()
	m := cache.NewMemoryStore(cache.MemoryLimits{Bytes: 1 << 20, Variants: 8})
	m.Put(t.Context(), keyOf(1), sized(10, ""), time.Minute)
	for i := range 5000 {
		m.Put(t.Context(), keyOf(2), sized(10, fmt.Sprint(i)), time.Minute)
	}
	if got := m.Get(t.Context(), keyOf(2)); len(got) != 8 || got[0].Variant != "4999" || got[7].Variant != "4992" {
		t.Errorf("%d variants are kept", len(got))
	}
	for i := range 50 {
		m.Put(t.Context(), keyOf(3), sized(100_000, fmt.Sprint(i)), time.Minute)
	}
	if got := m.Get(t.Context(), keyOf(3)); len(got) != 2 {
		t.Errorf("%d variants of 100,000 bytes are kept in a quarter of 1 MiB, want 2", len(got))
	}
	if len(m.Get(t.Context(), keyOf(1))) != 1 {
		t.Error("another key paid for the variants")
	}
}

// A variant that has outlived its time does not count any more once its key is written to.
func TestMemoryStoreDropsOldVariants(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := cache.NewMemoryStore(cache.MemoryLimits{})
		m.Put(t.Context(), keyOf(1), sized(10, "long"), time.Hour)
		m.Put(t.Context(), keyOf(1), sized(10, "short"), time.Second)
		time.Sleep(2 * time.Second)
		m.Put(t.Context(), keyOf(1), sized(10, "new"), time.Hour)
		if u := m.Usage(); u.Entries != 2 {
			t.Errorf("%d entries, want 2", u.Entries)
		}
	})
}

// What has outlived its time gives its bytes back when its shard is next written to.
func TestMemoryStoreSweeps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := cache.NewMemoryStore(cache.MemoryLimits{})
		for i := range 500 {
			m.Put(t.Context(), keyOf(i), sized(10, ""), time.Second)
		}
		time.Sleep(2 * time.Minute)
		for i := range 500 {
			m.Put(t.Context(), keyOf(i+1000), sized(10, ""), time.Minute)
		}
		if u := m.Usage(); u.Entries != 500 || u.Evictions != 0 {
			t.Errorf("usage %+v, want the 500 new ones only", u)
		}
	})
}
