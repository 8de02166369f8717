package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// readEnv applies the variables whose names are derived from key paths.
func (l *loader) readEnv() {
	for _, key := range leaves() {
		name, alias := EnvName(key.path), envAlias(key.path)
		if text, ok := l.env[name]; ok {
			l.setText(key, text, Origin{Kind: KindEnv, Name: name})
		}
		if text, ok := l.env[alias]; ok && alias != name {
			if _, both := l.env[name]; both {
				l.faults.add(Origin{Kind: KindEnv, Name: alias}, key.path, "is set by "+name+" as well")
				continue
			}
			l.setText(key, text, Origin{Kind: KindEnv, Name: alias})
		}
	}
}

func (l *loader) readFlags() {
	known := leaves()
	for _, path := range slices.Sorted(maps.Keys(l.src.Flags)) {
		origin := Origin{Kind: KindFlag, Name: path}
		i := slices.IndexFunc(known, func(k leaf) bool { return k.path == path })
		if i < 0 {
			l.faults.add(origin, "", "is not a key"+didYouMean(path, KeyPaths()))
			continue
		}
		l.setText(known[i], l.src.Flags[path], origin)
	}
}

// setText sets a key from one line of text. A list is written with commas, or
// as YAML in brackets; a list of mappings is written as YAML (or JSON).
func (l *loader) setText(key leaf, text string, origin Origin) {
	v := reflect.ValueOf(l.cfg).Elem().FieldByIndex(key.index)
	l.origins.forget(key.path)
	if v.Kind() != reflect.Slice {
		l.origins.set(key.path, origin)
		if message := setScalar(v, text, key.rules); message != "" {
			l.faults.add(origin, key.path, message)
		}
		return
	}
	trimmed := strings.TrimSpace(text)
	if v.Type().Elem().Kind() == reflect.Struct || strings.HasPrefix(trimmed, "[") || strings.Contains(trimmed, "\n") {
		l.decode([]byte(text), origin, v, key.path, key.rules)
		return
	}
	list := &node{kind: sequenceNode}
	for part := range strings.SplitSeq(trimmed, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list.items = append(list.items, &node{text: part, plain: true})
		}
	}
	doc := &document{origin: origin, faults: l.faults}
	(&decoder{doc: doc, origins: l.origins}).decode(list, v, key.path, key.rules)
}

// refuseUnknownEnv reports variables that look like keys and are none: a
// misspelt limit must not be silently without effect.
func (l *loader) refuseUnknownEnv() {
	known := map[string]bool{EnvFile: true}
	var names []string
	for _, key := range leaves() {
		names = append(names, EnvName(key.path))
		known[envAlias(key.path)] = true
	}
	for _, name := range slices.Concat(names, l.src.OtherEnv, l.cfg.secretNames()) {
		known[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(l.env)) {
		if strings.HasPrefix(name, EnvPrefix) && !known[name] && !serviceLink.MatchString(name) {
			l.faults.add(Origin{Kind: KindEnv, Name: name}, "", "is not a key"+didYouMean(name, names))
		}
	}
}
