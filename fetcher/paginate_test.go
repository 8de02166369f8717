package fetcher_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"gather/fetcher"
	"gather/fetcher/fetchertest"
)

// book is an upstream of ten numbers in pages of three, in every way there is.
func book(t *testing.T) *recorder {
	t.Helper()
	const size, all = 3, 10
	return record(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		from := 0
		if n, err := strconv.Atoi(q.Get("page")); err == nil {
			from = (n - 1) * size
		}
		for _, name := range []string{"offset", "cursor"} {
			if n, err := strconv.Atoi(q.Get(name)); err == nil {
				from = n
			}
		}
		numbers := []string{}
		for n := from; n < min(from+size, all); n++ {
			numbers = append(numbers, strconv.Itoa(n))
		}
		items, next := "["+strings.Join(numbers, ",")+"]", from+size
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/link":
			if next < all {
				w.Header().Add("Link", fmt.Sprintf(`</link?offset=%d>; rel="prev first", <?offset=%d>; title="a, b"; rel="last next"`, 0, next))
			}
			_, _ = fmt.Fprint(w, items)
		case "/next":
			link := "null"
			if next < all {
				link = fmt.Sprintf("%q", "/next?offset="+strconv.Itoa(next))
			}
			_, _ = fmt.Fprintf(w, `{"data": %s, "next": %s}`, items, link)
		case "/cursor":
			cursor := "null"
			if next < all {
				cursor = strconv.Itoa(next)
			}
			_, _ = fmt.Fprintf(w, `{"data": %s, "meta": {"cursor": %s}}`, items, cursor)
		case "/total":
			w.Header().Set("X-Total-Count", strconv.Itoa(all))
			_, _ = fmt.Fprint(w, items)
		case "/counted":
			_, _ = fmt.Fprintf(w, `{"data": %s, "meta": {"total": %d}}`, items, all)
		case "/deaf": // to any number of a page
			w.Header().Set("X-Total-Count", "1000")
			_, _ = fmt.Fprint(w, `[1, 2]`)
		case "/broken":
			if from >= 6 {
				w.WriteHeader(http.StatusInternalServerError)
			}
			_, _ = fmt.Fprint(w, items)
		case "/stuck":
			_, _ = fmt.Fprint(w, `{"data": [1], "next": "?offset=3"}`)
		case "/odd":
			_, _ = fmt.Fprint(w, `{"data": {"not": "a list"}, "next": 7}`)
		default:
			_, _ = fmt.Fprint(w, items)
		}
	})
}

func TestPaginate(t *testing.T) {
	t.Parallel()
	const all = `[0,1,2,3,4,5,6,7,8,9]`
	for name, tt := range map[string]struct {
		path, paginate string
		want           string
		calls          int
	}{
		"link":                        {"/link", `{"next": "link"}`, all, 4},
		"jq next":                     {"/next", `{"next": ".next", "items": ".data"}`, all, 4},
		"jq next that is empty":       {"/next", `{"next": ".next // empty", "items": ".data"}`, all, 4},
		"cursor":                      {"/cursor", `{"next": ".meta.cursor", "param": "cursor", "items": ".data"}`, all, 4},
		"page":                        {"/", `{"param": "page"}`, all, 5},
		"page from the second":        {"/?page=2", `{"param": "page"}`, `[3,4,5,6,7,8,9]`, 4},
		"offset":                      {"/", `{"param": "offset"}`, all, 5},
		"offset from the second":      {"/?offset=2", `{"param": "offset"}`, `[2,3,4,5,6,7,8,9]`, 4},
		"page with X-Total-Count":     {"/total", `{"param": "page"}`, all, 4},
		"offset with a counted total": {"/counted", `{"param": "offset", "items": ".data", "total": ".meta.total"}`, all, 4},
		"at most so many":             {"/link", `{"next": "link", "maxPages": 2}`, `[0,1,2,3,4,5]`, 2},
		"at most so many, counted":    {"/total", `{"param": "page", "maxPages": 3}`, `[0,1,2,3,4,5,6,7,8]`, 3},
		"one page":                    {"/total", `{"param": "page", "maxPages": 1}`, `[0,1,2]`, 1},
		"none":                        {"/?page=9", `{"param": "page"}`, `[]`, 1},
		"items made by jq":            {"/next", `{"next": ".next", "items": "[.data[] | {n: .}]", "maxPages": 1}`, `[{"n":0},{"n":1},{"n":2}]`, 1},
		"a page seen before":          {"/stuck", `{"next": ".next", "items": ".data"}`, `[1]`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up := book(t)
			got := start(t, setup{local: []string{up.URL}}).one(t, `{"url": "`+up.URL+tt.path+`", "paginate": `+tt.paginate+`}`)
			got.wantBody(t, tt.want)
			calls := len(up.requests())
			if calls != tt.calls || len(got.Pages) != calls || got.Attempts != calls || got.Status != 200 || got.URL != up.URL+tt.path {
				t.Errorf("%d calls, want %d; %+v", calls, tt.calls, got)
			}
		})
	}
}

// The other parameters stay as they are written: some upstreams sign them.
func TestPaginateLeavesTheQueryAsItIs(t *testing.T) {
	t.Parallel()
	up := book(t)
	start(t, setup{local: []string{up.URL}}).one(t, `{"url": "`+up.URL+`/?z=%7E&page=1&a=b+c&page=4", "paginate": {"param": "page", "maxPages": 2}}`)
	if sent := up.requests()[1].target; sent != "/?z=%7E&page=2&a=b+c" {
		t.Errorf("sent %s", sent)
	}
}

// What an upstream that hears no page number gives again and again is taken once,
// whatever it says of a total and in whatever order its answers come.
func TestPaginateADeafUpstream(t *testing.T) {
	t.Parallel()
	up := book(t)
	got := start(t, setup{local: []string{up.URL}}).one(t, `{"url": "`+up.URL+`/deaf", "paginate": {"param": "page", "maxPages": 20}}`)
	got.wantBody(t, `[1, 2]`)
	if len(got.Pages) != 2 {
		t.Errorf("%d pages are told of", len(got.Pages))
	}
}

func TestPaginateSelectsFromTheWhole(t *testing.T) {
	t.Parallel()
	up := book(t)
	r := start(t, setup{local: []string{up.URL}})
	got := r.fetch(t, `{"requests": [
		{"id": "all", "url": "`+up.URL+`/link", "paginate": {"next": "link"}, "select": "add"},
		{"url": "`+up.URL+`/?sum={{all.body}}"},
		{"url": "`+up.URL+`/?offset={{each}}", "forEach": "all.body | (., 8)", "paginate": {"param": "offset"}}
	]}`)
	got.Responses[0].wantBody(t, `45`)
	if got.Responses[1].URL != up.URL+"/?sum=45" {
		t.Errorf("%+v", got.Responses[1])
	}
	got.Responses[2].wantBody(t, `[[],[8,9]]`)
}

func TestPaginateKeepsWhatCameBeforeAFailure(t *testing.T) {
	t.Parallel()
	up := book(t)
	r := start(t, setup{local: []string{up.URL}})
	broken := r.one(t, `{"url": "`+up.URL+`/broken", "paginate": {"param": "page"}}`)
	if broken.Collected || broken.Status != 500 || broken.Error.Code != "" || string(broken.Body) != `[0,1,2,3,4,5]` {
		t.Errorf("%+v", broken)
	}
	var how []int
	for _, p := range broken.Pages {
		how = append(how, p.Status)
	}
	if !reflect.DeepEqual(how, []int{200, 200, 500}) {
		t.Errorf("the pages are told of as %v", how)
	}
	for _, paginate := range []string{`{"next": "link", "items": ".data"}`, `{"next": ".data | .[0]", "items": "[1]"}`, `{"next": ".next", "items": "[1]"}`} {
		r.one(t, `{"url": "`+up.URL+`/odd", "paginate": `+paginate+`}`).wantError(t, fetcher.CodeExpressionFailed, 422)
	}
}

func TestPaginateIsBounded(t *testing.T) {
	t.Parallel()
	up := book(t)
	r := start(t, setup{local: []string{up.URL}, limits: fetcher.Limits{MaxCalls: 6, MaxBatchBytes: 4096}})
	got := r.fetch(t, `{"requests": [
		{"id": "x", "url": "`+up.URL+`/"},
		{"url": "`+up.URL+`/total?{{each}}", "forEach": "x.body[]", "paginate": {"param": "page", "maxPages": 6}},
		{"url": "`+up.URL+`/next", "paginate": {"next": ".next", "items": "[range(900) + .data[0]]", "maxPages": 6}}
	]}`)
	got.Responses[1].wantError(t, fetcher.CodeExpressionFailed, 422)
	got.Responses[2].wantError(t, fetcher.CodeBodyTooLarge, 502)
	if calls := len(up.requests()); calls > 1+6+2 {
		t.Errorf("%d calls", calls)
	}
}

// Pages whose number is known are fetched at once: each waits for all others.
func TestCountedPagesRunAtOnce(t *testing.T) {
	t.Parallel()
	gate := fetchertest.NewGate()
	first := fetchertest.Reply(200, `[1]`, "Content-Type: application/json", "X-Total-Count: 8")
	up := fetchertest.Start(t, func(w *fetchertest.Wire, r *http.Request) {
		page := r.URL.Query().Get("page")
		if page == "" {
			first(w, r)
			return
		}
		if page == "8" {
			gate.Open()
		}
		gate.Answer(fetchertest.JSON("["+page+"]"))(w, r)
	})
	got := start(t, setup{local: []string{up.URL}}).one(t, `{"url": "`+up.URL+`/", "paginate": {"param": "page"}}`)
	got.wantBody(t, `[1,2,3,4,5,6,7,8]`)
}

func TestPaginateEndsWithTheBatch(t *testing.T) {
	t.Parallel()
	first := fetchertest.Reply(200, `[1]`, "Content-Type: application/json", "X-Total-Count: 40")
	up := fetchertest.Start(t, func(w *fetchertest.Wire, r *http.Request) {
		if r.URL.RawQuery == "" {
			first(w, r)
			return
		}
		fetchertest.Silent()(w, r)
	})
	r := start(t, setup{local: []string{up.URL}, limits: fetcher.Limits{PerHost: 2}})
	got := r.fetch(t, `{"timeout": "100ms", "requests": [{"url": "`+up.URL+`/", "paginate": {"param": "page"}}, {"url": "`+up.URL+`/", "dependsOn": ["0"]}]}`)
	got.Responses[0].wantError(t, fetcher.CodeTimeout, 504)
	if got.Responses[1].Collected {
		t.Errorf("%+v", got.Responses[1])
	}
}
