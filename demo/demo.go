// Package demo is a sample API in jsonplaceholder's shape, for a first run without any network.
//
// It owns six collections of made-up records (posts, comments, albums, photos, todos, users), the same bytes on every
// start, and the query language of json-server as far as a client of jsonplaceholder meets it: filters by any field,
// nested routes, pages with Link and X-Total-Count, slices, sorting, conditional and range requests. Two parameters of
// its own make it a good upstream to show things with: _delay waits before the answer, _status answers with a failure.
//
// It never keeps what is written to it: POST, PUT, PATCH and DELETE are answered as if they had been done. It never
// reads a file or calls another host.
package demo

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxDelay bounds both Options.Delay and the _delay parameter.
const MaxDelay = 30 * time.Second

// DefaultMaxAge is how long answers say they stay fresh where Options do not say otherwise.
const DefaultMaxAge = time.Minute

// Options are the settings of the sample API. The zero value answers at once.
type Options struct {
	// Delay is waited before every answer; a request's own _delay replaces it. At most MaxDelay.
	Delay time.Duration
	// MaxAge is sent as Cache-Control's max-age, in whole seconds. Zero: DefaultMaxAge; negative: no-store.
	MaxAge time.Duration
}

// New returns the sample API. Records are generated here, once; serving them changes nothing, so the handler may be
// called from any number of goroutines.
func New(opts Options) http.Handler {
	a := &api{delay: min(opts.Delay, MaxDelay), cacheControl: cacheControl(opts.MaxAge), collections: map[string]*collection{}}
	for _, c := range generate() {
		a.collections[c.name] = c
	}
	a.index = renderIndex(a.collections)
	return a
}

func cacheControl(maxAge time.Duration) string {
	switch {
	case maxAge < 0:
		return noStore
	case maxAge == 0:
		maxAge = DefaultMaxAge
	}
	return "max-age=" + strconv.FormatInt(int64(maxAge/time.Second), 10)
}

type api struct {
	delay        time.Duration
	cacheControl string
	collections  map[string]*collection
	index        payload
}

// ServeHTTP waits, fails if asked to, and hands the request to the route its path names.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	f, err := parseFault(query, a.delay)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	if !f.wait(r.Context()) {
		return // the client has left; there is nobody to answer
	}
	if f.status != 0 {
		writeEmpty(w, f.status)
		return
	}
	a.route(w, r, query)
}

// route knows /, /{collection}, /{collection}/{id} and /{collection}/{id}/{nested}.
func (a *api) route(w http.ResponseWriter, r *http.Request, query map[string][]string) {
	path := strings.Trim(r.URL.Path, "/")
	if path == "" {
		a.serveIndex(w, r)
		return
	}
	parts := strings.Split(path, "/")
	c := a.collections[parts[0]]
	switch {
	case c == nil || len(parts) > 3:
		writeEmpty(w, http.StatusNotFound)
	case len(parts) == 1:
		a.serveCollection(w, r, c, query, nil)
	case len(parts) == 2:
		a.serveRecord(w, r, c, parts[1])
	default:
		nested := a.collections[parts[2]]
		if nested == nil || !nested.has(c.parentField()) {
			writeEmpty(w, http.StatusNotFound)
			return
		}
		query[c.parentField()] = []string{parts[1]}
		a.serveCollection(w, r, nested, query, fields{{c.parentField(), scalar(parts[1])}})
	}
}

func (a *api) serveIndex(w http.ResponseWriter, r *http.Request) {
	if allowed(w, r, http.MethodGet, http.MethodHead) {
		a.write(w, r, a.index)
	}
}

// serveCollection serves a list, or one parent's part of it: parent is then the field a new record gets from the path.
func (a *api) serveCollection(w http.ResponseWriter, r *http.Request, c *collection, query map[string][]string, parent fields) {
	if !allowed(w, r, http.MethodGet, http.MethodHead, http.MethodPost) {
		return
	}
	if r.Method == http.MethodPost {
		create(w, r, c, parent)
		return
	}
	v := parseView(c, query)
	page := v.apply(c)
	v.setHeaders(w.Header(), r, page)
	a.write(w, r, page.payload)
}

func (a *api) serveRecord(w http.ResponseWriter, r *http.Request, c *collection, id string) {
	if !allowed(w, r, http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete) {
		return
	}
	rec, ok := c.find(id)
	if !ok {
		writeEmpty(w, http.StatusNotFound)
		return
	}
	switch r.Method {
	case http.MethodPut:
		replace(w, r, rec)
	case http.MethodPatch:
		patch(w, r, rec)
	case http.MethodDelete:
		writeEmpty(w, http.StatusOK)
	default:
		a.write(w, r, newPayload(rec.object))
	}
}
