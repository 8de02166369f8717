package config

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonWriter turns a node into the JSON it stands for, with every digit of its
// numbers, and records the place of each part under its JSON pointer.
type jsonWriter struct {
	decoder *decoder
	path    string
	out     []byte
}

var (
	jsonNumber   = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
	oddNumber    = regexp.MustCompile(`^[+-]?(0[0-7]+|0o[0-7]+|0x[0-9a-fA-F]+|0b[01]+|[0-9][0-9_]*(\.[0-9_]*)?([eE][+-]?[0-9]+)?|\.[0-9]+([eE][+-]?[0-9]+)?|\.(inf|Inf|INF))$|^\.(nan|NaN|NAN)$`)
	pointerToken = strings.NewReplacer("~", "~0", "/", "~1")
)

func (j *jsonWriter) value(n *node, pointer string) {
	at := j.decoder.doc.place(n.line, n.column)
	j.decoder.origins.set(j.path+"#"+pointer, at)
	switch n.kind {
	case nullNode:
		j.out = append(j.out, "null"...)
	case mappingNode:
		j.object(n, pointer)
	case sequenceNode:
		j.out = append(j.out, '[')
		for i, item := range n.items {
			if i > 0 {
				j.out = append(j.out, ',')
			}
			j.value(item, pointer+"/"+strconv.Itoa(i))
		}
		j.out = append(j.out, ']')
	default:
		j.scalar(n, pointer)
	}
}

func (j *jsonWriter) object(n *node, pointer string) {
	j.out = append(j.out, '{')
	seen := map[string]*node{}
	for _, e := range n.entries {
		at := pointer + "/" + pointerToken.Replace(e.key.text)
		if j.decoder.duplicate(seen, e.key, j.path+"#"+at) {
			continue
		}
		if len(seen) > 1 {
			j.out = append(j.out, ',')
		}
		j.string(e.key, at)
		j.out = append(j.out, ':')
		j.value(e.value, at)
	}
	j.out = append(j.out, '}')
}

// scalar resolves a plain scalar after the core schema of YAML 1.2, except
// that numbers JSON cannot spell are faults: whoever writes 010 or 0x10 must
// say whether a number or a string is meant.
func (j *jsonWriter) scalar(n *node, pointer string) {
	switch text := n.text; {
	case !n.plain:
		j.string(n, pointer)
	case text == "true", text == "false":
		j.out = append(j.out, text...)
	case text == "True", text == "TRUE":
		j.out = append(j.out, "true"...)
	case text == "False", text == "FALSE":
		j.out = append(j.out, "false"...)
	case jsonNumber.MatchString(text):
		j.out = append(j.out, text...)
	case oddNumber.MatchString(text):
		j.out = append(j.out, "null"...)
		j.fault(n, pointer, quote(text)+" is not a number in JSON; write it in decimal, or in quotes if it is a string")
	default:
		j.string(n, pointer)
	}
}

func (j *jsonWriter) string(n *node, pointer string) {
	if !utf8.ValidString(n.text) {
		j.fault(n, pointer, "is not UTF-8")
	}
	quoted, err := json.Marshal(n.text)
	if err != nil { // a string always marshals
		quoted = []byte(`""`)
	}
	j.out = append(j.out, quoted...)
}

func (j *jsonWriter) fault(n *node, pointer, message string) {
	path := j.path
	if pointer != "" {
		path += "#" + pointer
	}
	j.decoder.fault(n, path, message)
}
