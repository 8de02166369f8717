package collections

import (
	"slices"
	"sort"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gather/fetcher"
)

// Definition is a batch with a name. It is not changed once it is in a Book.
type Definition struct {
	Name        string
	Description string
	Params      map[string]Param
	// Batch is the JSON form of the batch, with {{params.name}} in it.
	Batch jsontext.Value
	// Timeout bounds a run whose batch names none; 0: the server's.
	Timeout time.Duration
	// Cache is the mode of items that name none.
	Cache string
	// Keys are the API keys that may run it; none: all.
	Keys []string
}

// Param is a typed parameter: how it is described to people, and who judges its
// values.
type Param struct {
	// Type is "string", "integer", "number" or "boolean".
	Type        string
	Description string
	// Min and Max bound an integer or number, Enum lists the only values allowed;
	// all are JSON, empty for no bound.
	Min, Max jsontext.Value
	Enum     []jsontext.Value
	// Pattern is a regular expression for a whole string, MaxLength its most
	// characters; "" and 0 for no bound.
	Pattern   string
	MaxLength int
	Checker   Checker
}

// Checker judges the values of one parameter.
type Checker interface {
	// Required reports whether a run needs a value; else Default is its JSON.
	Required() bool
	Default() []byte
	// Text gives the JSON that a text stands for, Value judges JSON; their errors
	// are sentences for the client.
	Text(text string) ([]byte, error)
	Value(value []byte) error
}

// MayRun reports whether the API key of that name may run the collection.
func (d *Definition) MayRun(key string) bool {
	return len(d.Keys) == 0 || slices.Contains(d.Keys, key)
}

// Work is a run of the collection with parameters that Bind has accepted.
func (d *Definition) Work(params jsontext.Value) fetcher.Work {
	return fetcher.Work{Batch: d.Batch, Params: params, TimeoutMs: d.Timeout.Milliseconds(), Cache: d.Cache}
}

// Book is the set of collections in force. It is safe for concurrent use.
type Book struct {
	current atomic.Pointer[map[string]*Definition]
}

// NewBook returns a book of definitions.
func NewBook(definitions []Definition) *Book {
	b := new(Book)
	b.Replace(definitions)
	return b
}

// Replace puts other definitions in force, all at once. Runs under way go on
// with what they began with.
func (b *Book) Replace(definitions []Definition) {
	byName := make(map[string]*Definition, len(definitions))
	for i := range definitions {
		byName[definitions[i].Name] = &definitions[i]
	}
	b.current.Store(&byName)
}

// Find returns a collection by its name, or nil.
func (b *Book) Find(name string) *Definition { return (*b.current.Load())[name] }

// All lists the collections by name.
func (b *Book) All() []*Definition {
	byName := *b.current.Load()
	list := make([]*Definition, 0, len(byName))
	for _, d := range byName {
		list = append(list, d)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}
