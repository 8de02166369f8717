package config

import (
	"reflect"
	"regexp"
	"strings"
	"unicode"
)

// EnvPrefix starts the name of every environment variable that is a key.
const EnvPrefix = "GATHER_"

// EnvFile names the configuration file where --config does not.
const EnvFile = EnvPrefix + "CONFIG"

// EnvName is the environment variable of a key path: its words in capitals,
// joined by underscores, so fetch.maxRequests is GATHER_FETCH_MAX_REQUESTS.
func EnvName(path string) string {
	var b strings.Builder
	b.WriteString(EnvPrefix)
	for _, r := range path {
		switch {
		case r == '.':
			b.WriteByte('_')
		case unicode.IsUpper(r):
			b.WriteByte('_')
			b.WriteRune(r)
		default:
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return b.String()
}

// envAlias is the same name with the words of a key run together, which is what
// many write: GATHER_FETCH_MAXREQUESTS.
func envAlias(path string) string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// leaf is a key that environment and flags can set: a single value, or a list
// as a whole.
type leaf struct {
	path  string
	index []int // of the field, from Config
	rules rules
}

// leaves lists every leaf in the order of the structs.
func leaves() []leaf { return leavesOf(reflect.TypeFor[Config](), "", nil) }

func leavesOf(t reflect.Type, path string, index []int) []leaf {
	var out []leaf
	for _, f := range fieldsOf(t) {
		at := append(append([]int(nil), index...), f.index...)
		name := join(path, f.name)
		if inner := t.FieldByIndex(f.index).Type; inner.Kind() == reflect.Struct {
			out = append(out, leavesOf(inner, name, at)...)
			continue
		}
		out = append(out, leaf{path: name, index: at, rules: f.rules})
	}
	return out
}

// KeyPaths lists every key path that environment and flags can set.
func KeyPaths() []string {
	all := leaves()
	paths := make([]string, len(all))
	for i, l := range all {
		paths[i] = l.path
	}
	return paths
}

// serviceLink matches the variables that Kubernetes sets in every container
// beside a service named gather.
var serviceLink = regexp.MustCompile(`^GATHER_(SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)
