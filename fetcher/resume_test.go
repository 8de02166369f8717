package fetcher_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gather/fetcher"
	"gather/fetcher/fetchertest"
)

// interrupted runs a batch, keeps what it brought as a job does, and gives a run
// that goes on after some of its items were done.
func interrupted(t *testing.T, r *rig, batch string, done ...int) (again func(ctx context.Context) (map[string]string, fetcher.Summary, error)) {
	t.Helper()
	plan := r.compile(t, batch, fetcher.CompileOptions{})
	stored := make([][]byte, plan.Len())
	r.Run(t.Context(), plan, fetcher.RunOptions{}, func(i int, response *fetcher.Response) { stored[i] = response.AppendJSON(nil) })
	return func(ctx context.Context) (map[string]string, fetcher.Summary, error) {
		fresh := make(map[string]string)
		earlier := fetcher.Earlier{Done: done, Stored: func(i int) ([]byte, error) {
			if stored[i] == nil {
				return nil, errors.New("it is gone")
			}
			return stored[i], nil
		}}
		summary, err := r.Resume(ctx, plan, fetcher.RunOptions{}, earlier, func(_ int, response *fetcher.Response) {
			if response.Collected {
				fresh[response.ID] = string(response.Body.Bytes)
			} else {
				fresh[response.ID] = response.Error.Error()
			}
		})
		return fresh, summary, err
	}
}

func TestResumeFetchesOnlyWhatIsLeft(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Paths(map[string]fetchertest.Answer{
		"/json":  fetchertest.Reply(200, `{"id": 9007199254740993}`, "Content-Type: application/json", `ETag: "v1"`),
		"/text":  fetchertest.Reply(200, "plain", "Content-Type: text/plain"),
		"/image": fetchertest.Reply(200, "\xff\xfe", "Content-Type: image/png"),
		"/last":  fetchertest.JSON(`"end"`),
	}))
	r := start(t, setup{local: []string{up.URL}})
	u := `"cache": "no-store", "url": "` + up.URL
	again := interrupted(t, r, `{"requests": [
		{"id": "json", `+u+`/json"}, {"id": "text", `+u+`/text"}, {"id": "image", `+u+`/image"}, {"id": "missing", `+u+`/nope"},
		{"id": "list", `+u+`/json?{{each}}", "forEach": "json.body.id"},
		{"id": "reads", `+u+`/last?{{json.body.id}}&{{json.headers.etag}}&{{text.body}}&{{list.body[0].id}}", "dependsOn": ["image"]},
		{"id": "failed", `+u+`/last", "dependsOn": ["missing"]}
	]}`, 0, 1, 2, 3, 4)
	calls := up.Calls()
	fresh, summary, err := again(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(fresh) != 2 || fresh["reads"] != `"end"` || fresh["failed"] != "dependency_failed: the request missing was not collected" || up.Calls() != calls+1 {
		t.Errorf("%d calls, fresh %v", up.Calls()-calls, fresh)
	}
	if summary.Requests != 7 || summary.Collected != 5 || summary.NotCollected != 2 {
		t.Errorf("%+v", summary)
	}
}

func TestResumeOfEverything(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.JSON(`1`))
	r := start(t, setup{local: []string{up.URL}})
	again := interrupted(t, r, `{"requests": [{"url": "`+up.URL+`/1"}, {"url": "`+up.URL+`/2"}]}`, 0, 1)
	fresh, summary, err := again(t.Context())
	if err != nil || len(fresh) != 0 || summary.Collected != 2 || up.Calls() != 2 {
		t.Errorf("fresh %v, %+v, %d calls, error %v", fresh, summary, up.Calls(), err)
	}
}

// A required item that failed before the crash ends the rest after it as well.
func TestResumeAfterARequiredItemFailed(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Reply(404, ""))
	r := start(t, setup{local: []string{up.URL}})
	again := interrupted(t, r, `{"requests": [{"required": true, "url": "`+up.URL+`/1"}, {"url": "`+up.URL+`/2"}]}`, 0)
	calls := up.Calls()
	fresh, _, err := again(t.Context())
	if err != nil || !strings.HasPrefix(fresh["1"], "canceled: ") || up.Calls() != calls {
		t.Errorf("fresh %v, %d calls, error %v", fresh, up.Calls()-calls, err)
	}
}

func TestResumeOfWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	plan := r.compile(t, `{"requests": [{"url": "http://10.0.0.1/"}, {"url": "http://10.0.0.2/"}]}`, fetcher.CompileOptions{})
	for name, stored := range map[string]func(int) ([]byte, error){
		"gone":    func(int) ([]byte, error) { return nil, errors.New("it is gone") },
		"garbled": func(int) ([]byte, error) { return []byte(`{"id": `), nil },
	} {
		_, err := r.Resume(t.Context(), plan, fetcher.RunOptions{}, fetcher.Earlier{Done: []int{0}, Stored: stored}, func(int, *fetcher.Response) {
			t.Errorf("%s: something was handed out", name)
		})
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestWorkSurvivesStorage(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.JSON(`1`))
	r := start(t, setup{local: []string{up.URL}})
	work := fetcher.Work{
		Batch:  []byte(`{"requests": [{"url": "` + up.URL + `/{{params.user}}/{{hook.sender.id}}", "headers": {"X-B": "<&>"}}]}`),
		Params: []byte(`{"user": 9007199254740993}`), Hook: []byte(`{"sender": {"id": "a/b"}}`), Weight: 3, Upstreams: []string{"a"}, Cache: "no-store",
	}
	text, err := work.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	read, err := fetcher.UnmarshalWork(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := read.Marshal()
	if err != nil || string(again) != string(text) {
		t.Errorf("read and written again it is\n%s\nnot\n%s (error %v)", again, text, err)
	}
	caller := read.Caller("ci")
	if caller.Client != "ci" || caller.Weight != 3 || !caller.Background || len(caller.Upstreams) != 1 {
		t.Errorf("the caller is %+v", caller)
	}
	plan, _, err := r.CompileWork(read, caller, 0, true)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.run(t, t.Context(), plan, caller, nil).Responses[0]; got.URL != up.URL+"/9007199254740993/a%2Fb" {
		t.Errorf("%+v", got)
	}
	if _, err := fetcher.UnmarshalWork([]byte(`{`)); err == nil {
		t.Error("half an object was read")
	}
}
