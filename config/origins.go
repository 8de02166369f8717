package config

import "strings"

// Origins tells where each value of a configuration came from.
type Origins struct {
	places map[string]Origin
}

func newOrigins() *Origins { return &Origins{places: map[string]Origin{}} }

// Of returns the origin of the value at a key path such as upstreams[0].rate;
// a path that was set nowhere itself has the origin of the nearest element or
// section around it that was, or KindDefault.
func (o *Origins) Of(path string) Origin {
	for p := path; p != ""; p = parentPath(p) {
		if at, ok := o.places[p]; ok {
			return at
		}
	}
	return Origin{}
}

// Pointer returns the origin of what a JSON pointer (RFC 6901, with or without
// the leading #) names inside the raw value at path, such as
// ("collections[0].batch", "#/requests/0/url").
func (o *Origins) Pointer(path, pointer string) Origin {
	pointer = strings.TrimPrefix(pointer, "#")
	for {
		if at, ok := o.places[path+"#"+pointer]; ok {
			return at
		}
		cut := strings.LastIndexByte(pointer, '/')
		if cut < 0 {
			return o.Of(path)
		}
		pointer = pointer[:cut]
	}
}

// exact reports the origin recorded for path itself.
func (o *Origins) exact(path string) (Origin, bool) {
	at, ok := o.places[path]
	return at, ok
}

func (o *Origins) set(path string, at Origin) { o.places[path] = at }

// forget drops path and everything below it: a list set by the environment
// replaces the file's, origins included.
func (o *Origins) forget(path string) {
	for p := range o.places {
		if rest, ok := strings.CutPrefix(p, path); ok && (rest == "" || strings.ContainsRune(".[#", rune(rest[0]))) {
			delete(o.places, p)
		}
	}
}

func parentPath(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
