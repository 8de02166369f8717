package fetcher_test

import (
	"bufio"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"gather/fetcher"
	"gather/fetcher/fetchertest"
)

func TestCacheIsUsedAndForgotten(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Reply(200, `[1]`, "Content-Type: application/json", "Cache-Control: max-age=60"))
	r := start(t, setup{local: []string{up.URL}})
	for i, step := range []struct {
		before func() error
		item   string
		calls  int
		hit    bool
	}{
		{nil, `/1"`, 1, false},
		{nil, `/1"`, 1, true},
		{nil, `/1", "cache": "only-if-cached"`, 1, true},
		{nil, `/1", "cache": "reload"`, 2, false},
		{nil, `/1", "cache": "no-store"`, 3, false},
		{func() error { return r.Forget(t.Context(), up.URL+"/2") }, `/1"`, 3, true},
		{func() error { return r.Forget(t.Context(), up.URL+"/1") }, `/1"`, 4, false},
		{func() error { r.ForgetAll(t.Context()); return nil }, `/1"`, 5, false},
	} {
		if step.before != nil {
			if err := step.before(); err != nil {
				t.Fatal(err)
			}
		}
		got := r.one(t, `{"url": "`+up.URL+step.item+`}`)
		got.wantBody(t, `[1]`)
		if hit := strings.HasPrefix(got.Cache, "hit"); hit != step.hit || up.Calls() != step.calls || step.hit == (got.Attempts > 0) {
			t.Errorf("step %d: cache %q after %d calls, %d attempts", i, got.Cache, up.Calls(), got.Attempts)
		}
	}
	if err := r.Forget(t.Context(), "nonsense"); err == nil {
		t.Error("nonsense was forgotten")
	}
	if stats := r.CacheStats(); stats.Hits != 3 {
		t.Errorf("counted %+v", stats)
	}
	if hosts := r.Hosts(); len(hosts) != 1 || hosts[0].Name != "a" {
		t.Errorf("hosts %+v", hosts)
	}
}

// A stale response stands in where the origin failed, not where this service refused.
func TestStaleResponseStandsInForAFailedOrigin(t *testing.T) {
	t.Parallel()
	fresh := fetchertest.Reply(200, `"old"`, "Content-Type: application/json", "Cache-Control: max-age=0, stale-if-error=600")
	up := fetchertest.Start(t, fetchertest.Flaky(1, fresh, fetchertest.Dead()))
	r := start(t, setup{local: []string{up.URL}})
	r.one(t, `{"url": "`+up.URL+`/"}`).wantBody(t, `"old"`)
	got := r.one(t, `{"url": "`+up.URL+`/"}`)
	got.wantBody(t, `"old"`)
	if up.Calls() < 2 || !strings.Contains(got.Cache, "stale") {
		t.Errorf("%d calls, cache %q", up.Calls(), got.Cache)
	}
}

func TestBodiesAreSentAsTheyStand(t *testing.T) {
	t.Parallel()
	up := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"n": 1e400, "s": "a\"b"}`))
	})
	r := start(t, setup{local: []string{up.URL}})
	for _, tt := range []struct{ fields, body, contentType string }{
		{`"body": {"n": 9007199254740993, "b":[ ]}`, `{"n": 9007199254740993, "b":[ ]}`, "application/json"},
		{`"body": null`, `null`, "application/json"},
		{`"body": "text"`, `"text"`, "application/json"},
		{`"headers": {"content-type": "text/plain"}, "body": "line\nof text"`, "line\nof text", "text/plain"},
		{`"headers": {"Content-Type": "application/vnd.x+json"}, "body": [1]`, `[1]`, "application/vnd.x+json"},
		{`"body": {"n": "{{v.body.n}}"}`, `{"n": 1e400}`, "application/json"},
		{`"headers": {"Content-Type": "text/plain"}, "body": "<{{v.body.s}}>"`, `<a"b>`, "text/plain"},
	} {
		got := r.fetch(t, `{"requests": [{"id": "v", "url": "`+up.URL+`/"}, {"method": "POST", "url": "`+up.URL+`/", `+tt.fields+`}]}`)
		if !got.Responses[1].Collected {
			t.Errorf("%s: %+v", tt.fields, got.Responses[1])
		}
		found := false
		for _, sent := range up.requests() {
			found = found || sent.body == tt.body && sent.header.Get("Content-Type") == tt.contentType
		}
		if !found {
			t.Errorf("%s: %q as %s was not sent", tt.fields, tt.body, tt.contentType)
		}
	}
}

// What select makes of many bodies is bounded also where nothing is kept.
func TestForEachIsBoundedInAStream(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.JSON(`[1, 2, 3, 4, 5, 6, 7, 8]`))
	r := start(t, setup{local: []string{up.URL}, limits: fetcher.Limits{MaxBatchBytes: 4096}})
	plan := r.compile(t, `{"requests": [{"id": "list", "url": "`+up.URL+`/"}, {"id": "all", "url": "`+up.URL+`/{{each}}", "forEach": "list.body[]", "select": "[range(300)]"}]}`, fetcher.CompileOptions{})
	r.Run(t.Context(), plan, fetcher.RunOptions{}, func(_ int, response *fetcher.Response) {
		if response.ID == "list" {
			return
		}
		if response.Collected || response.Error.Code != fetcher.CodeBodyTooLarge || len(response.Body.Bytes) > 2*4096 {
			t.Errorf("collected %t, error %v, %d bytes", response.Collected, response.Error, len(response.Body.Bytes))
		}
	})
}

func TestReadURLs(t *testing.T) {
	t.Parallel()
	got, err := fetcher.ReadURLs(bufio.NewScanner(strings.NewReader("# all\nhttps://a.example/\r\n\n  https://b.example/#x  \n#https://c.example/")))
	want := []string{"https://a.example/", "https://b.example/#x"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q, error %v", got, err)
	}
	if batch := fetcher.URLs(want); len(batch.Requests) != 2 || batch.Requests[1].URL != want[1] {
		t.Errorf("%+v", batch)
	}
	if _, err := fetcher.ReadURLs(bufio.NewScanner(strings.NewReader(strings.Repeat("x", 1<<20)))); err == nil {
		t.Error("a line without an end was read")
	}
}

func TestCheckTarget(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	if err := r.CheckTarget(fetcher.Caller{}, "https://a.example/hook"); err != nil {
		t.Error(err)
	}
	for _, address := range []string{"http://10.0.0.1/", "http://localhost/?key=s3cret", "nonsense"} {
		if err := r.CheckTarget(fetcher.Caller{}, address); err == nil || err.Code != fetcher.CodeTargetBlocked || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
