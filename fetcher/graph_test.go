package fetcher_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"gather/fetcher"
	"gather/fetcher/fetchertest"
	"gather/fetcher/transport"
)

// gates are answers that are held back until a test lets them go, by path.
type gates map[string]*fetchertest.Gate

func (g gates) open(path string) {
	if gate := g[path]; gate != nil {
		gate.Open()
	}
}

// gated is an upstream that holds the paths back and answers each with itself.
func gated(t *testing.T, paths ...string) (*fetchertest.Upstream, gates) {
	t.Helper()
	held := make(gates)
	answers := make(map[string]fetchertest.Answer)
	for _, path := range paths {
		held[path] = fetchertest.NewGate()
		answers[path] = held[path].Answer(fetchertest.JSON(quote(path)))
	}
	for _, path := range []string{"/free", "/free2", "/free3"} {
		answers[path] = fetchertest.JSON(quote(path))
	}
	return fetchertest.Start(t, fetchertest.Paths(answers)), held
}

// An item starts the moment its own dependencies are done, not a level later: slow
// is let go only once what hangs on quick, two steps down, has been answered.
func TestItemsStartWhenTheirOwnDependenciesAreDone(t *testing.T) {
	t.Parallel()
	up, held := gated(t, "/slow")
	r := start(t, setup{local: []string{up.URL}})
	u := `"url": "` + up.URL
	plan := r.compile(t, `{"requests": [
		{"id": "slow", `+u+`/slow"}, {"id": "quick", `+u+`/free"},
		{"id": "child", `+u+`/free?{{quick.body}}"}, {"id": "grandchild", `+u+`/free3", "dependsOn": ["child"]},
		{"id": "both", `+u+`/free2", "dependsOn": ["slow", "quick"]}
	]}`, fetcher.CompileOptions{})
	got := r.run(t, t.Context(), plan, fetcher.Caller{}, func(id string) {
		if id == "grandchild" {
			held.open("/slow")
		}
	})
	if got.Summary.Collected != 5 {
		t.Errorf("%d collected: %+v", got.Summary.Collected, got.Responses)
	}
	if want := []string{"quick", "child", "grandchild", "slow", "both"}; !reflect.DeepEqual(got.order, want) {
		t.Errorf("in the order %v, want %v", got.order, want)
	}
	if want := []string{"slow", "both"}; !reflect.DeepEqual(got.Summary.CriticalPath, want) {
		t.Errorf("critical path %v, want %v", got.Summary.CriticalPath, want)
	}
}

func TestFailedDependencyCostsWhatHangsOnItOnly(t *testing.T) {
	t.Parallel()
	up, _ := gated(t)
	r := start(t, setup{local: []string{up.URL}})
	u := `"url": "` + up.URL
	got := r.fetch(t, `{"requests": [
		{"id": "bad", `+u+`/missing"}, {"id": "good", `+u+`/free"},
		{"id": "child", `+u+`/free2", "dependsOn": ["bad", "good"]}, {"id": "grandchild", `+u+`/free2", "dependsOn": ["child"]},
		{"id": "other", `+u+`/free3", "dependsOn": ["good"]}
	]}`)
	if bad := got.Responses[0]; bad.Collected || bad.Status != 404 || bad.Error.Code != "" {
		t.Errorf("%+v", bad)
	}
	got.Responses[1].wantBody(t, `"/free"`)
	got.Responses[2].wantError(t, fetcher.CodeDependencyFailed, 424)
	got.Responses[3].wantError(t, fetcher.CodeDependencyFailed, 424)
	got.Responses[4].wantBody(t, `"/free3"`)
	if detail := got.Responses[3].Error.Detail; detail != "the request child was not collected" || up.Calls() != 3 {
		t.Errorf("%d calls; the last one says %q", up.Calls(), detail)
	}
}

func TestRequiredItemEndsTheRest(t *testing.T) {
	t.Parallel()
	up, _ := gated(t, "/never")
	r := start(t, setup{local: []string{up.URL}})
	u := `"url": "` + up.URL
	got := r.fetch(t, `{"requests": [
		{"id": "running", `+u+`/never"}, {"id": "done", `+u+`/free"}, {"id": "bad", "required": true, `+u+`/missing", "dependsOn": ["done"]},
		{"id": "waiting", `+u+`/free2", "dependsOn": ["running"]}
	]}`)
	got.Responses[1].wantBody(t, `"/free"`)
	if bad := got.Responses[2]; bad.Status != 404 || bad.Error.Code != "" {
		t.Errorf("the required item itself: %+v", bad)
	}
	for _, i := range []int{0, 3} {
		got.Responses[i].wantError(t, fetcher.CodeCanceled, 499)
		if detail := got.Responses[i].Error.Detail; detail != "a required request of the batch was not collected" {
			t.Errorf("it says %q", detail)
		}
	}
}

func TestConcurrencyOneIsInOrder(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Slow(time.Millisecond, fetchertest.JSON(`1`)))
	r := start(t, setup{local: []string{up.URL}})
	var items, want []string
	for i := range 30 {
		items = append(items, fmt.Sprintf(`{"url": "%s/%d"}`, up.URL, i))
		want = append(want, fmt.Sprint(i))
	}
	got := r.fetch(t, `{"concurrency": 1, "requests": [`+strings.Join(items, ",")+`]}`)
	if !reflect.DeepEqual(got.order, want) || up.MostInFlight() != 1 {
		t.Errorf("%d in flight, in the order %v", up.MostInFlight(), got.order)
	}
}

func TestConcurrencyIsAllThatIsInFlight(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Slow(5*time.Millisecond, fetchertest.JSON(`[1]`)))
	r := start(t, setup{local: []string{up.URL}})
	got := r.fetch(t, `{"concurrency": 3, "requests": [{"id": "x", "url": "`+up.URL+`/", "cache": "no-store"},
		`+strings.Repeat(`{"url": "`+up.URL+`/", "cache": "no-store"},`, 20)+`
		{"url": "`+up.URL+`/{{each}}", "forEach": "x.body | range(10)", "cache": "no-store"}]}`)
	if got.Summary.Collected != 22 && got.Responses[21].Error.Code == "" || up.MostInFlight() > 3 {
		t.Errorf("%d in flight, %d collected", up.MostInFlight(), got.Summary.Collected)
	}
}

// A host that answers slowly holds up its own items only, however many they are.
func TestSlowHostHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	slow, held := gated(t, "/slow")
	quick := fetchertest.Start(t, fetchertest.JSON(`"x"`))
	r := start(t, setup{local: []string{slow.URL, quick.URL}, limits: fetcher.Limits{PerHost: 4}})
	var items []string
	for i := range 20 { // more than may wait for one host at once
		items = append(items, fmt.Sprintf(`{"url": "%s/slow?%d"}`, slow.URL, i), fmt.Sprintf(`{"id": "s%d", "url": "%s/slow?{{quick.body}}%d"}`, i, slow.URL, i))
	}
	items = append(items, `{"id": "quick", "url": "`+quick.URL+`/"}`, `{"id": "last", "url": "`+quick.URL+`/{{quick.body}}"}`, `{"upstream": "b", "id": "named", "url": "/{{last.body}}"}`)
	plan := r.compile(t, `{"requests": [`+strings.Join(items, ",")+`]}`, fetcher.CompileOptions{})
	got := r.run(t, t.Context(), plan, fetcher.Caller{}, func(id string) {
		if id == "named" {
			held.open("/slow")
		}
	})
	if got.Summary.Collected != len(items) || got.order[2] != "named" || slow.MostInFlight() > 4 {
		t.Errorf("%d of %d collected, %d in flight, first %v", got.Summary.Collected, len(items), slow.MostInFlight(), got.order[:3])
	}
}

// Every item has its response by the deadline: what runs, what waits for the host,
// for concurrency, for another item.
func TestEveryItemIsAnsweredByTheDeadline(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Silent())
	for name, tt := range map[string]struct {
		rules  transport.Rules
		fields string
	}{
		"at once":            {transport.Rules{}, ""},
		"one by one":         {transport.Rules{}, `"concurrency": 1,`},
		"one to a host":      {transport.Rules{Concurrency: 1}, ""},
		"retried until then": {transport.Rules{Retries: 9, Timeout: 10 * time.Millisecond}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, setup{local: []string{up.URL}, rules: tt.rules, limits: fetcher.Limits{PerHost: 8}})
			began := time.Now()
			got := r.fetchAs(t, t.Context(), `{`+tt.fields+`"timeout": "100ms", "requests": [{"id": "first", "url": "`+up.URL+`/", "cache": "no-store"},
				`+strings.Repeat(`{"url": "`+up.URL+`/", "cache": "no-store"},`, 20)+`{"url": "`+up.URL+`/", "dependsOn": ["first"]},
				{"url": "`+up.URL+`/{{each}}", "forEach": "params.list[]"}]}`,
				fetcher.CompileOptions{Roots: map[string]any{"params": map[string]any{"list": []any{1, 2, 3}}}})
			for _, a := range got.Responses {
				code := a.Error.Code
				if a.Collected || code != fetcher.CodeTimeout && code != fetcher.CodeCircuitOpen && (code != fetcher.CodeDependencyFailed || a.ID != "21") {
					t.Errorf("%s: collected %t, %+v", a.ID, a.Collected, a.Error)
				}
			}
			if took := time.Since(began); took > 1100*time.Millisecond {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestClientThatLeavesEndsItsBatch(t *testing.T) {
	t.Parallel()
	up, _ := gated(t, "/never")
	r := start(t, setup{local: []string{up.URL}})
	ctx, leave := context.WithCancel(t.Context())
	plan := r.compile(t, `{"requests": [{"url": "`+up.URL+`/never"}, {"id": "x", "url": "`+up.URL+`/free"}, {"url": "`+up.URL+`/free", "dependsOn": ["0"]}]}`, fetcher.CompileOptions{})
	got := r.run(t, ctx, plan, fetcher.Caller{}, func(id string) {
		if id == "x" {
			leave()
		}
	})
	got.Responses[0].wantError(t, fetcher.CodeCanceled, 499)
	got.Responses[1].wantBody(t, `"/free"`)
	got.Responses[2].wantError(t, fetcher.CodeCanceled, 499)
	// One who left before the start is not fetched for at all.
	calls := up.Calls()
	for _, a := range r.run(t, ctx, plan, fetcher.Caller{}, nil).Responses {
		a.wantError(t, fetcher.CodeCanceled, 499)
	}
	if up.Calls() != calls {
		t.Errorf("%d calls for nobody", up.Calls()-calls)
	}
}

func TestBatchCap(t *testing.T) {
	t.Parallel()
	body := `"` + strings.Repeat("x", 1022) + `"`
	up := fetchertest.Start(t, fetchertest.JSON(body))
	r := start(t, setup{local: []string{up.URL}, limits: fetcher.Limits{MaxBatchBytes: 2048}})
	got := r.fetch(t, `{"concurrency": 1, "requests": [{"url": "`+up.URL+`/1"}, {"url": "`+up.URL+`/2"}, {"url": "`+up.URL+`/3"}]}`)
	got.Responses[0].wantBody(t, body)
	got.Responses[1].wantBody(t, body)
	got.Responses[2].wantError(t, fetcher.CodeBodyTooLarge, 502)
	if got.Responses[2].Body != nil {
		t.Error("its body was kept")
	}
}

// A run that keeps nothing lets go of each body as soon as nothing needs it, and of
// one that others read only after them.
func TestBodiesAreReleasedAsTheRunGoesOn(t *testing.T) {
	t.Parallel()
	body := `"` + strings.Repeat("x", 1<<20) + `"`
	up := fetchertest.Start(t, fetchertest.JSON(body))
	r := start(t, setup{local: []string{up.URL}, memory: 5 << 20})
	items := []string{`{"id": "first", "url": "` + up.URL + `/", "cache": "no-store"}`}
	for i := range 20 {
		items = append(items, fmt.Sprintf(`{"url": "%s/%d?{{first.body[:1]}}", "cache": "no-store"}`, up.URL, i))
	}
	plan := r.compile(t, `{"concurrency": 1, "requests": [`+strings.Join(items, ",")+`]}`, fetcher.CompileOptions{})
	summary := r.Run(t.Context(), plan, fetcher.RunOptions{}, func(_ int, response *fetcher.Response) {
		if !response.Collected || len(response.Body.Bytes) != len(body) {
			t.Errorf("%s: %v with %d bytes", response.ID, response.Error, len(response.Body.Bytes))
		}
	})
	if summary.Collected != 21 {
		t.Errorf("%d collected within 5 MiB", summary.Collected)
	}
}

// A thousand that want the same at once are one call. The answer is held back until
// every run has started all of its items, of which the marker is the last.
func TestEqualFetchesAreOneCall(t *testing.T) {
	t.Parallel()
	gate := fetchertest.NewGate()
	up := fetchertest.Start(t, gate.Answer(fetchertest.Reply(200, `1`, "Content-Type: application/json", "Cache-Control: max-age=60")))
	markers := fetchertest.Start(t, fetchertest.JSON(`1`))
	r := start(t, setup{local: []string{up.URL, markers.URL}})
	plan := r.compile(t, `{"requests": [`+strings.Repeat(`{"url": "`+up.URL+`/same"},`, 100)+`{"id": "marker", "url": "`+markers.URL+`/", "cache": "no-store"}]}`, fetcher.CompileOptions{})
	var all, started sync.WaitGroup
	started.Add(10)
	for range 10 {
		all.Go(func() {
			got := r.run(t, t.Context(), plan, fetcher.Caller{}, func(id string) {
				if id == "marker" {
					started.Done()
				}
			})
			if got.Summary.Collected != 101 {
				t.Errorf("%d of 101 collected: %+v", got.Summary.Collected, got.Responses[0])
			}
		})
	}
	started.Wait()
	gate.Open()
	all.Wait()
	if up.Calls() != 1 {
		t.Errorf("%d calls", up.Calls())
	}
}
