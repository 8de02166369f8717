package config

import (
	"fmt"
	"reflect"
)

// decoder writes nodes into structs. It goes on after a fault, so that one run
// finds them all, and records the place of every value it sets.
type decoder struct {
	doc     *document
	origins *Origins
}

func (d *decoder) fault(n *node, path, message string) {
	d.doc.faults.add(d.doc.place(n.line, n.column), path, message)
}

// decode sets v, which must be settable, to what n says.
func (d *decoder) decode(n *node, v reflect.Value, path string, r rules) {
	if path != "" {
		d.origins.set(path, d.doc.place(n.line, n.column))
	}
	switch v.Interface().(type) {
	case Raw:
		d.decodeRaw(n, v, path)
		return
	case StringList:
		if n.kind == scalarNode {
			n = &node{kind: sequenceNode, items: []*node{n}, line: n.line, column: n.column}
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if n.kind == nullNode {
			v.SetZero()
			return
		}
		v.Set(newElement(v.Type().Elem()))
		d.decode(n, v.Elem(), path, r)
	case reflect.Struct:
		d.decodeStruct(n, v, path)
	case reflect.Slice:
		d.decodeSlice(n, v, path, r)
	case reflect.Map:
		d.decodeMap(n, v, path, r)
	default:
		d.decodeScalar(n, v, path, r)
	}
}

// newElement returns a pointer to a new t with the defaults of its kind.
func newElement(t reflect.Type) reflect.Value {
	p := reflect.New(t)
	if e, ok := p.Interface().(defaulter); ok {
		e.setDefaults()
	}
	return p
}

func (d *decoder) decodeStruct(n *node, v reflect.Value, path string) {
	if n.kind == nullNode {
		return // a key with nothing below it: all defaults
	}
	if n.kind != mappingNode {
		d.fault(n, path, "must be a mapping of keys, not "+n.what())
		return
	}
	fields := fieldsOf(v.Type())
	seen := map[string]*node{}
	for _, e := range n.entries {
		key := e.key.text
		if d.duplicate(seen, e.key, join(path, printable(key))) {
			continue
		}
		i := indexOf(fields, key)
		if i < 0 {
			d.fault(e.key, join(path, printable(key)), "is not a key"+didYouMean(key, fieldNames(fields)))
			continue
		}
		d.decode(e.value, v.FieldByIndex(fields[i].index), join(path, key), fields[i].rules)
	}
}

func indexOf(fields []field, name string) int {
	for i, f := range fields {
		if f.name == name {
			return i
		}
	}
	return -1
}

// duplicate reports a key that stands twice, with the place of the first.
func (d *decoder) duplicate(seen map[string]*node, key *node, path string) bool {
	if first, ok := seen[key.text]; ok {
		d.fault(key, path, fmt.Sprintf("stands twice; first at line %d", first.line))
		return true
	}
	seen[key.text] = key
	return false
}

func (d *decoder) decodeSlice(n *node, v reflect.Value, path string, r rules) {
	if n.kind == nullNode {
		v.SetZero()
		return
	}
	if n.kind != sequenceNode {
		d.fault(n, path, "must be a list, not "+n.what())
		return
	}
	out := reflect.MakeSlice(v.Type(), 0, len(n.items))
	for i, item := range n.items {
		e := newElement(v.Type().Elem()).Elem()
		d.decode(item, e, fmt.Sprintf("%s[%d]", path, i), r)
		out = reflect.Append(out, e)
	}
	v.Set(out)
}

func (d *decoder) decodeMap(n *node, v reflect.Value, path string, r rules) {
	if n.kind == nullNode {
		v.SetZero()
		return
	}
	if n.kind != mappingNode {
		d.fault(n, path, "must be a mapping, not "+n.what())
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), len(n.entries))
	seen := map[string]*node{}
	for _, e := range n.entries {
		if d.duplicate(seen, e.key, join(path, printable(e.key.text))) {
			continue
		}
		value := newElement(v.Type().Elem()).Elem()
		d.decode(e.value, value, join(path, printable(e.key.text)), r)
		out.SetMapIndex(reflect.ValueOf(e.key.text), value)
	}
	v.Set(out)
}

func (d *decoder) decodeScalar(n *node, v reflect.Value, path string, r rules) {
	switch {
	case n.kind == nullNode:
		d.fault(n, path, "has no value")
		return
	case n.kind != scalarNode:
		d.fault(n, path, "must be "+wanted(v.Type())+", not "+n.what())
		return
	case !n.plain && !isText(v):
		d.fault(n, path, "must be "+wanted(v.Type())+", not a quoted string")
		return
	}
	if message := setScalar(v, n.text, r); message != "" {
		d.fault(n, path, message)
	}
}

func (d *decoder) decodeRaw(n *node, v reflect.Value, path string) {
	j := jsonWriter{decoder: d, path: path}
	j.value(n, "")
	v.SetBytes(j.out)
}

// what names the sort of a node in a sentence.
func (n *node) what() string {
	switch n.kind {
	case mappingNode:
		return "a mapping"
	case sequenceNode:
		return "a list"
	case nullNode:
		return "nothing"
	default:
		return "a single value"
	}
}
