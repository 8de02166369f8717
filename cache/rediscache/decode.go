package rediscache

import (
	"encoding/binary"
	"net/http"
	"time"

	"gather/cache"
)

// decode reads what encode wrote; false for anything else. The response's body is part of b.
func decode(b []byte) (*cache.StoredResponse, bool) {
	if len(b) < 2 || b[0] != version || b[1] > flagsKnown {
		return nil, false
	}
	flags := b[1]
	d := decoder{rest: b[2:]}
	r := &cache.StoredResponse{
		Status:         int(d.number()),
		NoCache:        flags&flagNoCache != 0,
		MustRevalidate: flags&flagMustRevalidate != 0,
	}
	if flags&flagRange != 0 {
		r.Range = &cache.ContentRange{First: d.number(), Last: d.number(), Total: d.number()}
	}
	r.Date, r.Received = d.time(), d.time()
	for _, to := range [...]*time.Duration{&r.InitialAge, &r.Lifetime, &r.StaleWhileRevalidate, &r.StaleIfError} {
		*to = time.Duration(d.number())
	}
	r.Variant, r.KeyDigest = d.text(), d.text()
	r.Header = d.fields()
	r.Selecting = d.selecting()
	r.Body = d.rest[:len(d.rest):len(d.rest)]
	return r, !d.broken && valid(r)
}

// longest is more than any duration stored, and little enough for sums of them.
const longest = 100 * 365 * 24 * time.Hour

// valid reports whether the response is one a cache can have stored: what is wrong here could
// break those who rely on it.
func valid(r *cache.StoredResponse) bool {
	if r.Status < 200 || r.Status > 999 || r.Received.Unix() < 0 {
		return false
	}
	for _, d := range [...]time.Duration{r.InitialAge, r.Lifetime, r.StaleWhileRevalidate, r.StaleIfError} {
		if d < 0 || d > longest {
			return false
		}
	}
	if c := r.Range; c != nil {
		return c.First >= 0 && c.First <= c.Last && c.Last < c.Total && c.Last-c.First == int64(len(r.Body))-1
	}
	return true
}

// decoder takes values off the front of rest. After the first fault all it yields is zero.
type decoder struct {
	rest   []byte
	broken bool
}

func (d *decoder) fail() {
	d.rest, d.broken = nil, true
}

func (d *decoder) number() int64 {
	n, size := binary.Varint(d.rest)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

// mostMembers bounds every list; a member takes more memory than the byte it may be here.
const mostMembers = 1 << 16

// members is the length of a list.
func (d *decoder) members() int {
	n := d.length()
	if n > mostMembers {
		d.fail()
		return 0
	}
	return n
}

// length is that of a text or a list, whose members take a byte at least: never more than there is
// left.
func (d *decoder) length() int {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 || n > uint64(len(d.rest)-size) {
		d.fail()
		return 0
	}
	d.rest = d.rest[size:]
	return int(n)
}

func (d *decoder) text() string {
	n := d.length()
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) time() time.Time {
	seconds := d.number()
	nanoseconds, size := binary.Uvarint(d.rest)
	if size <= 0 || nanoseconds > 999_999_999 {
		d.fail()
		return time.Time{}
	}
	d.rest = d.rest[size:]
	return time.Unix(seconds, int64(nanoseconds)).UTC()
}

func (d *decoder) fields() http.Header {
	h := http.Header{}
	for range d.members() {
		name := d.text()
		var values []string
		for range d.members() {
			values = append(values, d.text())
		}
		h[name] = values
		if d.broken {
			break
		}
	}
	return h
}

func (d *decoder) selecting() []cache.Selecting {
	var list []cache.Selecting
	for range d.members() {
		list = append(list, cache.Selecting{Name: d.text(), Value: d.text(), Line: d.text()})
		if d.broken {
			break
		}
	}
	return list
}
