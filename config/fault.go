package config

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Kind says what sort of place a value came from.
type Kind int

// Where values come from, weakest first.
const (
	KindDefault Kind = iota
	KindInherited
	KindFile
	KindEnv
	KindFlag
)

// Origin is the place that a value came from.
type Origin struct {
	Kind Kind
	// Name is the file's path, the environment variable, the flag's key path,
	// or for KindInherited the key path of the value taken over.
	Name string
	// Line and Column are 1-based; 0 where there is none.
	Line, Column int
}

// String is "default", "from defaults.rate", "gather.yaml:3:5",
// "env GATHER_FETCH_TIMEOUT" or "flag fetch.timeout".
func (o Origin) String() string {
	switch o.Kind {
	case KindInherited:
		return "from " + o.Name
	case KindFile:
		return o.at()
	case KindEnv:
		return "env " + o.Name
	case KindFlag:
		return "flag " + o.Name
	default:
		return "default"
	}
}

func (o Origin) at() string {
	s := o.Name
	if o.Line > 0 {
		s += ":" + strconv.Itoa(o.Line) + ":" + strconv.Itoa(o.Column)
	}
	return s
}

// Fault is one thing wrong with the configuration.
type Fault struct {
	// Origin is where it stands.
	Origin Origin
	// Key is the key path, such as upstreams[0].rate; empty where the fault
	// is not about one key.
	Key string
	// Message is a sentence without a full stop. It never holds a secret.
	Message string
}

// String is "gather.yaml:3:5: fetch.timeout: message".
func (f Fault) String() string {
	var parts []string
	switch f.Origin.Kind {
	case KindFile:
		parts = append(parts, f.Origin.at())
	case KindEnv:
		parts = append(parts, "env "+f.Origin.at())
	case KindFlag, KindDefault, KindInherited:
		parts = append(parts, f.Origin.String())
	}
	if f.Key != "" {
		parts = append(parts, f.Key)
	}
	return strings.Join(append(parts, f.Message), ": ")
}

// Faults is every fault of a configuration, as one error.
type Faults struct {
	List []Fault
}

// Error writes one fault a line.
func (f *Faults) Error() string {
	lines := make([]string, len(f.List))
	for i, fault := range f.List {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// maxFaults bounds the report: a file of nothing but faults need not be read
// back whole.
const maxFaults = 100

func (f *Faults) add(o Origin, key, message string) {
	if !f.full() {
		f.List = append(f.List, Fault{Origin: o, Key: key, Message: message})
	}
}

func (f *Faults) full() bool { return len(f.List) >= maxFaults }

// sort puts files first, in the order of their lines, then the rest by name.
func (f *Faults) sort() {
	rank := func(k Kind) int {
		if k == KindFile {
			return -1
		}
		return int(k)
	}
	slices.SortStableFunc(f.List, func(a, b Fault) int {
		return cmp.Or(
			cmp.Compare(rank(a.Origin.Kind), rank(b.Origin.Kind)),
			cmp.Compare(a.Origin.Name, b.Origin.Name),
			cmp.Compare(a.Origin.Line, b.Origin.Line),
			cmp.Compare(a.Origin.Column, b.Origin.Column),
		)
	})
}
