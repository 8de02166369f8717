package fetcher

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Fault is one thing wrong with a batch. Detail never repeats a submitted value
// that may be secret (a URL, a header value, a body).
type Fault struct {
	// Detail is a sentence for a person.
	Detail string
	// Pointer is the place, as a JSON Pointer in URI fragment form
	// (RFC 6901 section 6), such as "#/requests/0/url".
	Pointer string
}

// Faults is every fault of a batch at once. It is an error so that decoding and
// compiling report alike; an empty Faults is never returned as an error.
type Faults []Fault

// Error lists the faults, one a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Pointer + ": " + fault.Detail
	}
	return strings.Join(lines, "\n")
}

// orNil returns f as an error, or nil when nothing is wrong.
func (f Faults) orNil() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Merge joins the faults found in reading a batch with those found in judging it,
// less those of places already reported: what could not be read is also missing.
func (f Faults) Merge(later error) error {
	var more Faults
	if !errors.As(later, &more) {
		return f.orNil()
	}
	joined := slices.Clone(f)
	for _, fault := range more {
		reported := slices.ContainsFunc(f, func(first Fault) bool {
			return first.Pointer == fault.Pointer || strings.HasPrefix(fault.Pointer, first.Pointer+"/")
		})
		if !reported {
			joined = append(joined, fault)
		}
	}
	return joined.orNil()
}

// SyntaxError says that a batch could not be read as JSON at all.
type SyntaxError struct {
	// Detail is a sentence for a person.
	Detail string
	// Line and Column count from 1; Column counts bytes.
	Line, Column int
}

// Error gives the detail and the position.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Detail)
}

// maxFaults bounds a problem document: a million wrong items need no million lines.
const maxFaults = 100

// faultList collects faults up to maxFaults.
type faultList struct {
	faults Faults
}

func (l *faultList) add(pointer, detail string) {
	switch {
	case len(l.faults) < maxFaults:
		l.faults = append(l.faults, Fault{Detail: detail, Pointer: pointer})
	case len(l.faults) == maxFaults:
		l.faults = append(l.faults, Fault{Detail: "there are more faults than these", Pointer: "#"})
	}
}

func (l *faultList) addf(pointer, format string, args ...any) {
	l.add(pointer, fmt.Sprintf(format, args...))
}

// full reports whether further checking would add nothing.
func (l *faultList) full() bool { return len(l.faults) > maxFaults }

// place is a field of a request, or a member of it. A batch of ten thousand
// requests has a hundred thousand of them and hardly ever a fault, so that their
// pointers are only written when asked for.
type place struct {
	request     int
	field, name string
}

func (p place) pointer() string {
	if p.name == "" {
		return requestPointer(p.request, p.field)
	}
	return requestPointer(p.request, p.field+"/"+PointerToken(p.name))
}

// requestPointer points at a field of the i-th request, or at the request itself.
func requestPointer(i int, field string) string {
	p := "#/requests/" + strconv.Itoa(i)
	if field == "" {
		return p
	}
	return p + "/" + field
}
