package demo

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// record is one record, rendered once: serving copies bytes and encodes nothing.
type record struct {
	object  []byte   // as a document of its own
	element []byte   // the same, indented as an element of a list
	values  []string // by the collection's field numbers, for filters and sorting
}

// collection is a list of records with ids 1, 2, 3, …
type collection struct {
	name     string // "posts"
	singular string // "post"
	fields   map[string]int
	records  []record
	whole    payload // the list without any parameter, the one asked for most
}

// newCollection renders the records. All of them have the same fields.
func newCollection[T any](name, singular string, items []T) *collection {
	c := &collection{name: name, singular: singular, fields: map[string]int{}, records: make([]record, 0, len(items))}
	for _, item := range items {
		object := indent(item)
		c.records = append(c.records, record{
			object:  object,
			element: append([]byte("  "), bytes.ReplaceAll(object, []byte("\n"), []byte("\n  "))...),
			values:  c.flatten(object),
		})
	}
	c.whole = newPayload(join(c.records))
	return c
}

// flatten returns the scalar values of a rendered record and numbers each field's path ("address.geo.lat") on the way.
func (c *collection) flatten(object []byte) []string {
	dec := json.NewDecoder(bytes.NewReader(object))
	dec.UseNumber()
	var doc map[string]any
	_ = dec.Decode(&doc) // rendered by this package a moment ago
	values := make([]string, len(c.fields))
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, inner := range v {
				walk(strings.TrimPrefix(prefix+"."+key, "."), inner)
			}
			return
		case string:
			values = c.place(values, prefix, v)
		case json.Number:
			values = c.place(values, prefix, v.String())
		case bool:
			values = c.place(values, prefix, strconv.FormatBool(v))
		}
	}
	walk("", doc)
	return values
}

func (c *collection) place(values []string, path, value string) []string {
	n, ok := c.fields[path]
	if !ok {
		n = len(c.fields)
		c.fields[path] = n
		values = append(values, "")
	}
	values[n] = value
	return values
}

func (c *collection) has(field string) bool {
	_, ok := c.fields[field]
	return ok
}

// parentField is the field other collections point to this one with: "postId" for posts.
func (c *collection) parentField() string { return c.singular + "Id" }

// find returns the record with that id. Only the id's own spelling matches: "1", not "01" or "+1".
func (c *collection) find(id string) (record, bool) {
	n, err := strconv.Atoi(id)
	if err != nil || n < 1 || n > len(c.records) || strconv.Itoa(n) != id {
		return record{}, false
	}
	return c.records[n-1], true
}

// join renders a list of records.
func join(records []record) []byte {
	if len(records) == 0 {
		return []byte("[]")
	}
	size := len("[\n\n]")
	for _, r := range records {
		size += len(r.element) + len(",\n")
	}
	b := append(make([]byte, 0, size), "[\n"...)
	for i, r := range records {
		if i > 0 {
			b = append(b, ",\n"...)
		}
		b = append(b, r.element...)
	}
	return append(b, "\n]"...)
}
