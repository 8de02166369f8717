// Package cachetest is the conformance suite that every cache.Store must pass.
//
// It owns what the Store contract means, shown by tests; it never looks inside a store.
package cachetest

import (
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"testing"
	"time"

	"gather/cache"
)

// Harness makes the stores under test.
type Harness struct {
	// New returns an empty store that has room for at least 1 MiB and 64 variants a key, and
	// is to be closed, if need be, by t.Cleanup.
	New func(t *testing.T) cache.Store
	// Wait lets the store's time pass.
	Wait func(time.Duration)
	// Around runs each test, as synctest.Test does, where Wait is time.Sleep in a bubble of
	// fake time. nil: as it is.
	Around func(*testing.T, func(*testing.T))
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	around := h.Around
	if around == nil {
		around = func(t *testing.T, test func(*testing.T)) { test(t) }
	}
	for name, test := range map[string]func(*testing.T, Harness){
		"nothing is stored at first":              empty,
		"what is stored comes back":               roundTrip,
		"all fields come back":                    fields,
		"the same variant is replaced":            replace,
		"variants stand side by side":             variants,
		"partitions do not meet":                  partitions,
		"keys do not meet":                        keys,
		"a partition's name is no part of a URL":  ambiguous,
		"what was kept long enough is gone":       lifetime,
		"each variant has its own time":           lifetimes,
		"delete reaches every variant and part":   deleteURL,
		"delete leaves other URLs":                deleteOther,
		"clear removes everything":                clearAll,
		"nothing is stored for no time":           noTime,
		"all at once":                             concurrent,
		"what was handed out is not changed":      immutable,
		"what comes back after delete can be put": putAgain,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			around(t, func(t *testing.T) { test(t, h) })
		})
	}
}

const url = "http://api.test/a"

var key = cache.Key{URL: url}

// response is a stored response with that variant and content.
func response(variant, content string) *cache.StoredResponse {
	return &cache.StoredResponse{
		Status: http.StatusOK, Header: http.Header{"A": {"1", "2"}}, Body: []byte(content), Variant: variant,
		Received: time.Now().Round(0), Lifetime: time.Hour,
	}
}

func put(t *testing.T, s cache.Store, k cache.Key, r *cache.StoredResponse, keep time.Duration) {
	t.Helper()
	if !s.Put(t.Context(), k, r, keep) {
		t.Fatalf("Put(%v) did not store", k)
	}
}

// wantBodies compares the bodies under the key, the latest stored first.
func wantBodies(t *testing.T, s cache.Store, k cache.Key, want ...string) {
	t.Helper()
	got := []string{}
	for _, r := range s.Get(t.Context(), k) {
		got = append(got, string(r.Body))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("Get(%v) has bodies %q, want %q", k, got, want)
	}
}

func empty(t *testing.T, h Harness) {
	s := h.New(t)
	wantBodies(t, s, key)
	s.Delete(t.Context(), url)
	s.Clear(t.Context())
	wantBodies(t, s, key)
}

func roundTrip(t *testing.T, h Harness) {
	s := h.New(t)
	put(t, s, key, response("", "x"), time.Minute)
	wantBodies(t, s, key, "x")
	wantBodies(t, s, key, "x")
}

func fields(t *testing.T, h Harness) {
	s := h.New(t)
	want := response("v", "x")
	want.Status = http.StatusPartialContent
	want.Range = &cache.ContentRange{First: 1, Last: 1, Total: 3}
	want.Selecting = []cache.Selecting{{Name: "Accept", Value: "a", Line: "A"}, {Name: "Foo", Value: "\x00"}}
	want.Date, want.InitialAge = want.Received.Add(-time.Second), 3*time.Second
	want.StaleIfError, want.StaleWhileRevalidate = 4*time.Second, 5*time.Second
	want.NoCache, want.MustRevalidate, want.KeyDigest = true, true, "0011"
	put(t, s, key, want, time.Minute)
	all := s.Get(t.Context(), key)
	if len(all) != 1 {
		t.Fatalf("Get has %d responses, want 1", len(all))
	}
	got := *all[0]
	if !got.Date.Equal(want.Date) || !got.Received.Equal(want.Received) {
		t.Errorf("times are %v and %v, want %v and %v", got.Date, got.Received, want.Date, want.Received)
	}
	got.Date, got.Received = want.Date, want.Received
	if !reflect.DeepEqual(got, *want) {
		t.Errorf("got %+v, want %+v", got, *want)
	}
}

func replace(t *testing.T, h Harness) {
	s := h.New(t)
	put(t, s, key, response("", "x"), time.Minute)
	put(t, s, key, response("", "y"), time.Minute)
	wantBodies(t, s, key, "y")
}

func variants(t *testing.T, h Harness) {
	s := h.New(t)
	put(t, s, key, response("1", "x"), time.Minute)
	put(t, s, key, response("2", "y"), time.Minute)
	wantBodies(t, s, key, "y", "x")
	put(t, s, key, response("1", "z"), time.Minute)
	wantBodies(t, s, key, "z", "y")
}

func partitions(t *testing.T, h Harness) {
	s := h.New(t)
	a, b := cache.Key{URL: url, Partition: "a"}, cache.Key{URL: url, Partition: "b"}
	put(t, s, a, response("", "of a"), time.Minute)
	wantBodies(t, s, b)
	wantBodies(t, s, key)
	put(t, s, b, response("", "of b"), time.Minute)
	put(t, s, key, response("", "of all"), time.Minute)
	wantBodies(t, s, a, "of a")
	wantBodies(t, s, b, "of b")
	wantBodies(t, s, key, "of all")
}

func keys(t *testing.T, h Harness) {
	s := h.New(t)
	for i := range 100 {
		put(t, s, cache.Key{URL: fmt.Sprint(url, i)}, response("", fmt.Sprint(i)), time.Minute)
	}
	for i := range 100 {
		wantBodies(t, s, cache.Key{URL: fmt.Sprint(url, i)}, fmt.Sprint(i))
	}
}

func ambiguous(t *testing.T, h Harness) {
	s := h.New(t)
	put(t, s, cache.Key{URL: url, Partition: "b"}, response("", "x"), time.Minute)
	for _, k := range []cache.Key{{URL: url + "b"}, {URL: "b" + url}, {URL: url + " b"}, {URL: "b " + url}, {URL: url + "/b"}} {
		wantBodies(t, s, k)
	}
}

func lifetime(t *testing.T, h Harness) {
	s := h.New(t)
	put(t, s, key, response("", "x"), 2*time.Second)
	h.Wait(time.Second)
	wantBodies(t, s, key, "x")
	h.Wait(time.Second + 100*time.Millisecond)
	wantBodies(t, s, key)
	put(t, s, key, response("", "y"), time.Minute)
	wantBodies(t, s, key, "y")
}

func lifetimes(t *testing.T, h Harness) {
	s := h.New(t)
	put(t, s, key, response("1", "short"), 2*time.Second)
	put(t, s, key, response("2", "long"), 10*time.Second)
	h.Wait(3 * time.Second)
	wantBodies(t, s, key, "long")
	put(t, s, key, response("3", "short"), 2*time.Second)
	h.Wait(3 * time.Second)
	wantBodies(t, s, key, "long")
}

func deleteURL(t *testing.T, h Harness) {
	s := h.New(t)
	part := cache.Key{URL: url, Partition: "a"}
	put(t, s, key, response("1", "x"), time.Minute)
	put(t, s, key, response("2", "y"), time.Minute)
	put(t, s, part, response("", "z"), time.Minute)
	s.Delete(t.Context(), url)
	wantBodies(t, s, key)
	wantBodies(t, s, part)
}

func deleteOther(t *testing.T, h Harness) {
	s := h.New(t)
	others := []cache.Key{{URL: url + "b"}, {URL: url + "?b"}, {URL: "http://api.test/"}, {URL: url + "b", Partition: "a"}}
	put(t, s, key, response("", "x"), time.Minute)
	for _, k := range others {
		put(t, s, k, response("", "y"), time.Minute)
	}
	s.Delete(t.Context(), url)
	for _, k := range others {
		wantBodies(t, s, k, "y")
	}
}

func clearAll(t *testing.T, h Harness) {
	s := h.New(t)
	all := []cache.Key{key, {URL: url + "b"}, {URL: url, Partition: "a"}}
	for _, k := range all {
		put(t, s, k, response("", "x"), time.Minute)
	}
	s.Clear(t.Context())
	for _, k := range all {
		wantBodies(t, s, k)
	}
}

func noTime(t *testing.T, h Harness) {
	s := h.New(t)
	if s.Put(t.Context(), key, response("", "x"), 0) {
		t.Error("Put stored for no time")
	}
	wantBodies(t, s, key)
}

func concurrent(t *testing.T, h Harness) {
	s := h.New(t)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 100 {
				k := cache.Key{URL: fmt.Sprint(url, i%7)}
				switch (worker + i) % 5 {
				case 0, 1:
					s.Put(t.Context(), k, response(fmt.Sprint(i%3), k.URL), time.Minute)
				case 2:
					s.Delete(t.Context(), k.URL)
				default:
					for _, r := range s.Get(t.Context(), k) {
						if string(r.Body) != k.URL {
							t.Errorf("Get(%v) has body %q", k, r.Body)
						}
					}
				}
			}
		})
	}
	group.Wait()
}

func immutable(t *testing.T, h Harness) {
	s := h.New(t)
	put(t, s, key, response("1", "x"), time.Minute)
	before := s.Get(t.Context(), key)
	put(t, s, key, response("2", "y"), time.Minute)
	put(t, s, key, response("1", "z"), time.Minute)
	s.Delete(t.Context(), url)
	if len(before) != 1 || string(before[0].Body) != "x" {
		t.Errorf("what Get had returned is now %v", before)
	}
}

func putAgain(t *testing.T, h Harness) {
	s := h.New(t)
	part := cache.Key{URL: url, Partition: "a"}
	for range 3 {
		put(t, s, part, response("", "x"), time.Minute)
		wantBodies(t, s, part, "x")
		s.Delete(t.Context(), url)
		wantBodies(t, s, part)
	}
}
