package cache

import (
	"net/http"
	"testing"
	"time"
)

// A key is kept apart for a minute at least and two at most, and the memory of it is bounded.
func TestApart(t *testing.T) {
	t.Parallel()
	a := newApart()
	now := time.Unix(1e9, 0)
	one := Key{URL: "http://api.test/a"}
	a.add(one, now)
	for after, want := range map[time.Duration]bool{0: true, apartFor - 1: true} {
		if got := a.has(one, now.Add(after)); got != want {
			t.Errorf("after %v: %v", after, got)
		}
	}
	if !a.has(one, now.Add(apartFor)) {
		t.Error("forgotten after one turn")
	}
	if a.has(one, now.Add(2*apartFor)) {
		t.Error("remembered after two turns")
	}
	for i := range 3 * maxApart {
		a.add(Key{URL: "http://api.test/", Partition: string(rune(i))}, now.Add(2*apartFor))
	}
	if len(a.young) > maxApart {
		t.Errorf("%d keys are remembered", len(a.young))
	}
}

// No two different requests share a flight because their parts run together.
func TestFlightKeysAreUnambiguous(t *testing.T) {
	t.Parallel()
	request := func(h http.Header) *http.Request { return &http.Request{Method: http.MethodGet, Header: h} }
	plain := request(nil)
	keys := map[flightKey]int{}
	for i, k := range []flightKey{
		newFlightKey(plain, Key{URL: "http://a/", Partition: "b"}, false, 0),
		newFlightKey(plain, Key{URL: "http://a/b"}, false, 0),
		newFlightKey(plain, Key{URL: "http://a/b"}, true, 0),
		newFlightKey(plain, Key{URL: "http://a/b"}, false, 1),
		newFlightKey(request(http.Header{"A": {"1"}}), Key{URL: "http://a/b"}, false, 0),
		newFlightKey(request(http.Header{"A": {"1", "2"}}), Key{URL: "http://a/b"}, false, 0),
		newFlightKey(request(http.Header{"A": {"1, 2"}}), Key{URL: "http://a/b"}, false, 0),
		newFlightKey(request(http.Header{"A": {"1"}, "B": {"2"}}), Key{URL: "http://a/b"}, false, 0),
		newFlightKey(request(http.Header{"A": {"1B:2"}}), Key{URL: "http://a/b"}, false, 0),
	} {
		if other, ok := keys[k]; ok {
			t.Errorf("requests %d and %d have one key", other, i)
		}
		keys[k] = i
	}
}

// What is stored has no more memory behind it than is counted.
func TestCompact(t *testing.T) {
	t.Parallel()
	for _, spare := range []int{0, 100, 10_000} {
		got := compact(make([]byte, 1000, 1000+spare))
		if len(got) != 1000 || cap(got)-1000 > 1000/8 {
			t.Errorf("with %d bytes to spare: %d of %d", spare, len(got), cap(got))
		}
	}
}
