package rediscache

import (
	"encoding/binary"
	"net/http"
	"time"

	"gather/cache"
)

// version is the first byte of every stored response. Other layouts get another and are not read:
// what an older or newer instance stored is not there.
const version = 1

// Bits of the flags byte.
const (
	flagRange = 1 << iota
	flagNoCache
	flagMustRevalidate
	flagsKnown = 1<<iota - 1
)

// encode writes a response: numbers as varints, texts and lists with their length before them,
// times as seconds and nanoseconds; the body last.
func encode(r *cache.StoredResponse) []byte {
	b := make([]byte, 0, r.Size())
	var flags byte
	if r.Range != nil {
		flags |= flagRange
	}
	if r.NoCache {
		flags |= flagNoCache
	}
	if r.MustRevalidate {
		flags |= flagMustRevalidate
	}
	b = append(b, version, flags)
	b = binary.AppendVarint(b, int64(r.Status))
	if r.Range != nil {
		for _, n := range [...]int64{r.Range.First, r.Range.Last, r.Range.Total} {
			b = binary.AppendVarint(b, n)
		}
	}
	b = appendTime(b, r.Date)
	b = appendTime(b, r.Received)
	for _, d := range [...]time.Duration{r.InitialAge, r.Lifetime, r.StaleWhileRevalidate, r.StaleIfError} {
		b = binary.AppendVarint(b, int64(d))
	}
	b = appendText(b, r.Variant)
	b = appendText(b, r.KeyDigest)
	b = appendFields(b, r.Header)
	b = binary.AppendUvarint(b, uint64(len(r.Selecting)))
	for _, s := range r.Selecting {
		b = appendText(appendText(appendText(b, s.Name), s.Value), s.Line)
	}
	return append(b, r.Body...)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendTime(b []byte, t time.Time) []byte {
	return binary.AppendUvarint(binary.AppendVarint(b, t.Unix()), uint64(t.Nanosecond()))
}

func appendFields(b []byte, h http.Header) []byte {
	b = binary.AppendUvarint(b, uint64(len(h)))
	for name, values := range h {
		b = binary.AppendUvarint(appendText(b, name), uint64(len(values)))
		for _, v := range values {
			b = appendText(b, v)
		}
	}
	return b
}
