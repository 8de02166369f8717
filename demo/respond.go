package demo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	contentType = "application/json; charset=utf-8"
	noStore     = "no-store"
)

// payload is a body with its strong validator (RFC 9110 section 8.8.3): equal tags mean equal bytes.
type payload struct {
	bytes []byte
	etag  string
}

func newPayload(b []byte) payload {
	sum := sha256.Sum256(b)
	return payload{bytes: b, etag: `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// write answers 200, or 206, 304, 412 and 416 where the request's conditions and ranges ask for them.
func (a *api) write(w http.ResponseWriter, r *http.Request, p payload) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", a.cacheControl)
	h.Set("ETag", p.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.bytes))
}

// writeFresh answers what was just made up for this one request, so that no cache keeps it.
func writeFresh(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", noStore)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has left is no fault of ours
}

// writeEmpty answers with the empty object that json-server sends for everything without a record.
func writeEmpty(w http.ResponseWriter, status int) { writeFresh(w, status, []byte("{}")) }

func writeError(w http.ResponseWriter, status int, text string) {
	writeFresh(w, status, indent(map[string]string{"error": text}))
}

// allowed answers OPTIONS and methods the route does not have, and reports whether the route is to go on.
func allowed(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	if slices.Contains(methods, r.Method) {
		return true
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return false
	}
	writeEmpty(w, http.StatusMethodNotAllowed)
	return false
}

// renderIndex names every collection with the number of its records.
func renderIndex(collections map[string]*collection) payload {
	type entry struct {
		Path    string `json:"path"`
		Records int    `json:"records"`
	}
	entries := make([]entry, 0, len(collections))
	for _, name := range slices.Sorted(maps.Keys(collections)) {
		entries = append(entries, entry{Path: "/" + name, Records: len(collections[name].records)})
	}
	return newPayload(indent(entries))
}

// indent renders as json-server does: two spaces, no HTML escapes.
func indent(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // only this package's own plain types come here: they always encode
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
