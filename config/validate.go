package config

import (
	"fmt"
	"regexp"
	"slices"
)

// validate judges what single values cannot tell: references, sums, and what
// is unsafe together.
func validate(l *loader) {
	l.validateServer()
	l.validateAuth()
	l.validateFetch()
	for i := range l.cfg.Upstreams {
		l.validateUpstream(&l.cfg.Upstreams[i], fmt.Sprintf("upstreams[%d].", i))
	}
	l.uniqueNames("upstreams", len(l.cfg.Upstreams), func(i int) string { return l.cfg.Upstreams[i].Name })
	l.validateStores()
	l.uniqueNames("callbacks", len(l.cfg.Callbacks), func(i int) string { return l.cfg.Callbacks[i].Name })
	for i, c := range l.cfg.Callbacks {
		path := fmt.Sprintf("callbacks[%d].", i)
		l.validateTarget(path+"url", c.URL)
		l.validatePrefixes(path+"allow", c.Allow)
	}
	l.uniqueNames("collections", len(l.cfg.Collections), func(i int) string { return l.cfg.Collections[i].Name })
	l.validateCollections()
	l.uniqueNames("hooks", len(l.cfg.Hooks), func(i int) string { return l.cfg.Hooks[i].Name })
	l.validateHooks()
}

// fault reports what is wrong with the value at path, once: a value that could
// not be decoded is not judged again.
func (l *loader) fault(path, message string) {
	if !l.faulty(path) {
		l.faults.add(l.origins.Of(path), path, message)
	}
}

func (l *loader) faulty(path string) bool {
	return slices.ContainsFunc(l.faults.List, func(f Fault) bool { return f.Key == path })
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// uniqueNames judges the names of a list's elements.
func (l *loader) uniqueNames(list string, n int, name func(i int) string) {
	first := make(map[string]int, n)
	for i := range n {
		path := fmt.Sprintf("%s[%d].name", list, i)
		if !l.validName(path, name(i)) {
			continue
		}
		if earlier, again := first[name(i)]; again {
			l.fault(path, fmt.Sprintf("%s is the name of %s[%d] already", quote(name(i)), list, earlier))
			continue
		}
		first[name(i)] = i
	}
}

func (l *loader) validName(path, name string) bool {
	switch {
	case name == "":
		l.fault(path, "is missing")
	case !namePattern.MatchString(name):
		l.fault(path, quote(name)+" is not a name; use 1 to 64 of A-Z, a-z, 0-9, _ and -")
	default:
		return true
	}
	return false
}

// reference reports a name that is not one of the known ones.
func (l *loader) reference(path, name, list string, known []string) {
	if slices.Contains(known, name) || l.faults.full() {
		return
	}
	l.fault(path, quote(name)+" is not in "+list+didYouMean(name, known))
}

func namesOf[T any](list []T, name func(T) string) []string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = name(e)
	}
	return out
}
