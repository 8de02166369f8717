package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxBody is the most that is read of a request's body, in bytes.
const maxBody = 100 << 10

var errBody = errors.New("the body is neither a JSON object nor a form")

// create answers as if the record had been added. The id is always the next one: nothing is kept.
func create(w http.ResponseWriter, r *http.Request, c *collection, parent fields) {
	members, ok := readFields(w, r)
	if !ok {
		return
	}
	for _, f := range parent {
		members = members.set(f.name, f.value)
	}
	id := strconv.Itoa(len(c.records) + 1)
	w.Header().Set("Location", "/"+c.name+"/"+id)
	writeFresh(w, http.StatusCreated, members.set("id", json.RawMessage(id)).render())
}

// replace answers with the new record; the id stays that of the path.
func replace(w http.ResponseWriter, r *http.Request, old record) {
	if members, ok := readFields(w, r); ok {
		writeFresh(w, http.StatusOK, members.set("id", parseFields(old.object).get("id")).render())
	}
}

// patch answers with the record and the new values of the fields named.
func patch(w http.ResponseWriter, r *http.Request, old record) {
	changes, ok := readFields(w, r)
	if !ok {
		return
	}
	merged := parseFields(old.object)
	id := merged.get("id")
	for _, f := range changes {
		merged = merged.set(f.name, f.value)
	}
	writeFresh(w, http.StatusOK, merged.set("id", id).render())
}

// fields are an object's members in the order they were sent, numbers untouched.
type fields []field

type field struct {
	name  string
	value json.RawMessage
}

func (fs fields) get(name string) json.RawMessage {
	if i := fs.index(name); i >= 0 {
		return fs[i].value
	}
	return nil
}

func (fs fields) set(name string, value json.RawMessage) fields {
	if i := fs.index(name); i >= 0 {
		fs[i].value = value
		return fs
	}
	return append(fs, field{name, value})
}

func (fs fields) index(name string) int {
	return slices.IndexFunc(fs, func(f field) bool { return f.name == name })
}

func (fs fields) render() []byte {
	b := []byte{'{'}
	for i, f := range fs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, indent(f.name)...)
		b = append(b, ':')
		b = append(b, f.value...)
	}
	b = append(b, '}')
	var out bytes.Buffer
	_ = json.Indent(&out, b, "", "  ") // every part was checked when it was read
	return out.Bytes()
}

// readFields reads the body as JSON or as a form, as the content type says. It answers a bad one itself.
func readFields(w http.ResponseWriter, r *http.Request) (fields, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		status := http.StatusBadRequest
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		writeEmpty(w, status)
		return nil, false
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return fields{}, true
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		if err == nil {
			return formFields(form), true
		}
	} else if json.Valid(body) {
		if fs := parseFields(body); fs != nil {
			return fs, true
		}
	}
	writeError(w, http.StatusBadRequest, errBody.Error())
	return nil, false
}

// scalar is a path segment as a JSON value: a number where it is one, else a string.
func scalar(segment string) json.RawMessage {
	if n, err := strconv.Atoi(segment); err == nil {
		return json.RawMessage(strconv.Itoa(n))
	}
	return indent(segment)
}

func formFields(form url.Values) fields {
	fs := fields{}
	for name, values := range form {
		fs = fs.set(name, indent(values[0]))
	}
	slices.SortFunc(fs, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return fs
}

// parseFields splits a valid JSON object; anything else gives nil. Of duplicate members the last value stands.
func parseFields(object []byte) fields {
	dec := json.NewDecoder(bytes.NewReader(object))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	fs := fields{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil
		}
		fs = fs.set(name.(string), value)
	}
	return fs
}
