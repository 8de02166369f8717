package fetcher

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"gather/fetcher/expr"
	"gather/fetcher/guard"
)

// headers judges an item's header fields and puts ours beside them.
func (c *compiler) headers(i int, r *Request, it *item) {
	it.header = make(http.Header, len(r.Headers)+4)
	if it.upstream != nil {
		for name, values := range it.upstream.Header {
			it.header[name] = values
		}
	}
	given := make(map[string]bool, len(r.Headers))
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		value := r.Headers[name]
		at := place{i, "headers", name}
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case given[canonical]:
			c.add(at.pointer(), "stands here twice, in different cases")
			continue
		case it.upstream != nil && it.upstream.Credential.field() == canonical:
			c.add(at.pointer(), "carries the upstream's own credential")
			continue
		}
		given[canonical] = true
		it.personal = it.personal || tellsWho(canonical)
		if !expr.IsTemplate(value) {
			if err := guard.CheckHeader(name, value); err != nil {
				c.add(at.pointer(), err.Error())
				continue
			}
			it.header[canonical] = []string{value}
			continue
		}
		if err := guard.CheckHeader(name, ""); err != nil {
			c.add(at.pointer(), err.Error())
			continue
		}
		compiled, err := expr.CompileHeader(value)
		if err != nil {
			c.add(at.pointer(), err.Error())
			continue
		}
		it.fields = append(it.fields, field{name: canonical, value: compiled})
		c.refer(it, at, compiled.Refs())
	}
	setDefault(it.header, "Accept", "*/*")
	setDefault(it.header, "User-Agent", c.engine.userAgent)
	setDefault(it.header, "Accept-Encoding", acceptedCodings)
	if it.upstream != nil && !it.elsewhere {
		it.upstream.Credential.apply(it.header)
	}
}

// tellsWho reports whether a request field may say on whose behalf a call is made:
// all may, but those that only say what is wanted.
func tellsWho(canonical string) bool {
	for _, prefix := range []string{"Accept", "User-Agent", "Cache-Control", "Content-", "If-", "Range"} {
		if strings.HasPrefix(canonical, prefix) {
			return false
		}
	}
	return true
}

func setDefault(h http.Header, name, value string) {
	if _, set := h[name]; !set {
		h[name] = []string{value}
	}
}

// body takes any JSON as it stands, or a string as the content itself where the
// item names a content type.
func (c *compiler) body(i int, r *Request, it *item) {
	if r.Body == nil {
		return
	}
	at := place{i, "body", ""}
	if it.method == http.MethodGet || it.method == http.MethodHead {
		c.add(at.pointer(), "a "+it.method+" has no body")
		return
	}
	if r.Body.Kind() == '"' && c.typed(r) {
		it.text = true
	} else {
		setDefault(it.header, "Content-Type", "application/json")
	}
	if expr.IsTemplate(string(r.Body)) {
		compiled, err := expr.CompileJSON(r.Body)
		if err != nil {
			c.add(at.pointer(), err.Error())
			return
		}
		it.template = compiled
		c.refer(it, at, compiled.Refs())
		return
	}
	it.body = it.content(r.Body)
}

// typed reports whether the item itself names its content's type.
func (c *compiler) typed(r *Request) bool {
	for name := range r.Headers {
		if strings.EqualFold(name, "Content-Type") {
			return true
		}
	}
	return false
}

// content is what is sent for a body: the JSON itself, or the text of a string.
func (it *item) content(value jsontext.Value) []byte {
	if !it.text || value.Kind() != '"' {
		return value
	}
	text, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		return value
	}
	return text
}

// refer notes the references of an expression as dependencies.
func (c *compiler) refer(it *item, at place, refs []expr.Ref) {
	for _, ref := range refs {
		if ref.Root == "each" {
			if c.batch.Requests[at.request].ForEach == "" {
				c.add(at.pointer(), "{{each}} needs forEach")
			}
			continue
		}
		if reserved[ref.Root] {
			if _, given := c.opts.Roots[ref.Root]; !given {
				c.addf(at.pointer(), "there is no %q here", ref.Root)
			}
			continue
		}
		if to, ok := c.depend(it, at, ref.Root); ok {
			c.plan.items[to].read = true
		}
	}
}

// depend notes that an item needs another one first.
func (c *compiler) depend(it *item, at place, id string) (to int, ok bool) {
	to, ok = c.byID[id]
	switch {
	case !ok:
		c.addf(at.pointer(), "there is no request %q", clip(id))
	case to == at.request:
		c.add(at.pointer(), "a request cannot depend on itself")
		ok = false
	case c.neededBy[to] != at.request+1:
		c.neededBy[to] = at.request + 1
		it.dependsOn = append(it.dependsOn, to)
		c.plan.items[to].dependents = append(c.plan.items[to].dependents, at.request)
		c.plan.linked = true
	}
	return to, ok
}

// clip keeps a submitted name short enough to be repeated.
func clip(s string) string {
	if len(s) > 64 {
		return s[:61] + "..."
	}
	return s
}

// PointerToken writes a key as a token of a Fault's pointer, clipped where it is long.
func PointerToken(key string) string {
	key = strings.ReplaceAll(strings.ReplaceAll(clip(key), "~", "~0"), "/", "~1")
	return strings.TrimPrefix(fragment(jsontext.Pointer(key)), "#")
}
