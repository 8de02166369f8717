package rediscache

import (
	"net/http"
	"reflect"
	"testing"
	"time"

	"gather/cache"
)

func full() *cache.StoredResponse {
	received := time.Unix(1_780_000_000, 123).UTC()
	return &cache.StoredResponse{
		Status: http.StatusPartialContent, Header: http.Header{"A": {"1", ""}, "Age": nil}, Body: []byte("xyz"),
		Range:     &cache.ContentRange{First: 1, Last: 3, Total: 9},
		Selecting: []cache.Selecting{{Name: "Accept", Value: "a", Line: "A"}, {Name: "Foo", Value: "\x00"}},
		Variant:   "v", Date: received.Add(-time.Second), Received: received, InitialAge: 3, Lifetime: time.Hour,
		StaleWhileRevalidate: 4, StaleIfError: 5, NoCache: true, MustRevalidate: true, KeyDigest: "0011",
	}
}

// Every field is stored: one that is added to the struct fails here until it is.
func TestEveryFieldIsStored(t *testing.T) {
	t.Parallel()
	want := full()
	for i := range reflect.TypeFor[cache.StoredResponse]().NumField() {
		field := reflect.TypeFor[cache.StoredResponse]().Field(i)
		if field.IsExported() && reflect.ValueOf(*want).Field(i).IsZero() { // what is not is this process's own
			t.Errorf("%s is zero: it proves nothing", field.Name)
		}
	}
	for _, part := range []reflect.Type{reflect.TypeFor[cache.Selecting](), reflect.TypeFor[cache.ContentRange]()} {
		if part.NumField() != 3 {
			t.Errorf("%v has %d fields", part, part.NumField())
		}
	}
	got, ok := decode(encode(want))
	if !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: got %+v, want %+v", ok, got, want)
	}
}

func TestZeroTimesStayZero(t *testing.T) {
	t.Parallel()
	got, ok := decode(encode(&cache.StoredResponse{Status: 200, Received: time.Unix(0, 0)}))
	if !ok || !got.Date.IsZero() || got.Range != nil || got.Selecting != nil {
		t.Errorf("%v: %+v", ok, got)
	}
}

func TestOtherVersionsAreNotRead(t *testing.T) {
	t.Parallel()
	for _, v := range []byte{0, version + 1, 255} {
		b := encode(full())
		b[0] = v
		if _, ok := decode(b); ok {
			t.Errorf("version %d was read", v)
		}
	}
}

// Cut off anywhere before the body's end, nothing is read: the range tells the body's length.
func TestCutOffIsNotRead(t *testing.T) {
	t.Parallel()
	b := encode(full())
	for n := range len(b) {
		if _, ok := decode(b[:n]); ok {
			t.Errorf("%d of %d bytes were read", n, len(b))
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(full()))
	f.Add([]byte("\x01\x00\x90\x0300\xff\u06cf\xf9\xce000000\x00\x00\x00\x00")) // received before there was time: its age overflows
	f.Add(encode(&cache.StoredResponse{Status: 200, Received: time.Unix(9, 9), Header: http.Header{}, Body: []byte("{}")}))
	f.Add([]byte{version, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, ok := decode(b)
		if !ok {
			return
		}
		if r.Size() > 100_000+100*int64(len(b)) {
			t.Errorf("%d bytes became %d", len(b), r.Size())
		}
		now := time.Now()
		if r.Age(now) < 0 {
			t.Errorf("age %v", r.Age(now))
		}
		again, ok := decode(encode(r))
		if !ok || !reflect.DeepEqual(again, r) {
			t.Errorf("%+v became %+v", r, again)
		}
	})
}
