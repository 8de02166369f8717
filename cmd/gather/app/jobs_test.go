package app_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// job is a job as clients see it.
type job struct {
	ID, State, Source, URL string
	Progress               struct{ Done, Total int }
	Result                 *struct {
		Responses []struct {
			ID        string
			Collected bool
		}
		Summary struct{ Requests, Collected int }
	}
}

const async = "Prefer: respond-async"

// finished waits for a job's end by watching its events.
func (s *service) finished(location string) job {
	s.t.Helper()
	s.call("GET", location+"/events", "").want(s.t, http.StatusOK)
	var j job
	s.call("GET", location, "").want(s.t, http.StatusOK).json(s.t, &j)
	return j
}

// TestJob follows one from its acceptance to its result.
func TestJob(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	batch := `{"requests": [{"id": "b", "upstream": "sample", "url": "/users/1?_delay=50ms"}, {"id": "a", "upstream": "sample", "url": "/none"}]}`
	accepted := s.call("POST", "/v1/fetch", batch, "Prefer: wait=1, respond-async; x=1").want(t, http.StatusAccepted)
	for name, want := range map[string]string{"Preference-Applied": "respond-async", "Vary": "Accept, Prefer", "Retry-After": "1"} {
		if got := accepted.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	location := accepted.Header.Get("Location")
	got := s.finished(location)
	if got.State != "completed" || got.URL != location || got.Progress.Done != 2 || got.Result == nil {
		t.Fatalf("%+v", got)
	}
	if r := got.Result; r.Responses[0].ID != "b" || !r.Responses[0].Collected || r.Responses[1].Collected || r.Summary.Collected != 1 {
		t.Errorf("%+v", r)
	}
	lines := strings.Split(string(s.call("GET", location, "", "Accept: application/x-ndjson").want(t, 200).body), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], `{"id":"b"`) || !strings.HasPrefix(lines[2], `{"summary":`) {
		t.Errorf("%q", lines)
	}
	// Run again it is another job.
	again := s.call("POST", location+"/retry", "").want(t, http.StatusAccepted).Header.Get("Location")
	if again == location || s.finished(again).State != "completed" {
		t.Errorf("%s after %s", again, location)
	}
}

// TestJobEventsResume breaks a stream off after each event and takes it up again.
func TestJobEventsResume(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	batch := `{"requests": [{"upstream": "sample", "url": "/users/1"}, {"upstream": "sample", "url": "/users/2"}, {"upstream": "sample", "url": "/users/3"}]}`
	location := s.call("POST", "/v1/fetch", batch, async).want(t, http.StatusAccepted).Header.Get("Location")
	whole := numbered(eventsOf(t, s.call("GET", location+"/events", "").want(t, 200).body))
	if len(whole) != 4 || whole[3].name != "state" || !strings.Contains(whole[3].data, `"state":"completed"`) {
		t.Fatalf("%+v", whole)
	}
	for seen := range whole {
		rest := numbered(eventsOf(t, s.call("GET", location+"/events", "", "Last-Event-ID: "+whole[seen].id).want(t, 200).body))
		if len(rest) != len(whole)-seen-1 {
			t.Fatalf("after %s came %+v", whole[seen].id, rest)
		}
		for i, e := range rest {
			if e != whole[seen+1+i] {
				t.Errorf("after %s came %+v, want %+v", whole[seen].id, e, whole[seen+1+i])
			}
		}
	}
}

func numbered(events []event) []event {
	var some []event
	for _, e := range events {
		if e.id != "" {
			some = append(some, e)
		}
	}
	return some
}

func TestJobIdempotency(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	post := func(path, key string) answer {
		batch := `{"requests": [{"upstream": "sample", "url": "` + path + `"}]}`
		return s.call("POST", "/v1/fetch", batch, async, "Idempotency-Key: "+key)
	}
	first := post("/users/1", "k").want(t, http.StatusAccepted).Header.Get("Location")
	s.finished(first)
	if again := post("/users/1", `"k"`).want(t, http.StatusAccepted).Header.Get("Location"); again != first {
		t.Errorf("the same key and body made %s after %s", again, first)
	}
	if other := post("/users/1", "l").want(t, http.StatusAccepted).Header.Get("Location"); other == first {
		t.Error("another key gave the same job")
	}
	post("/users/2", "k").want(t, http.StatusUnprocessableEntity)
	post("/users/1", strings.Repeat("k", 256)).want(t, http.StatusBadRequest)
	post("/users/1", "\xe4").want(t, http.StatusBadRequest)
}

func TestJobList(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	s.call("GET", "/v1/jobs", "").want(t, http.StatusOK) // before there is a database
	var made []string
	for range 5 {
		made = append(made, s.call("GET", "/v1/fetch?url="+s.sample+"/users/1", "", async).want(t, http.StatusAccepted).Header.Get("Location"))
	}
	for _, location := range made {
		s.finished(location)
	}
	var listed []string
	for cursor, pages := "", 0; pages < 4; pages++ {
		var page struct {
			Jobs []job
			Next string
		}
		s.call("GET", "/v1/jobs?state=completed&limit=2&cursor="+cursor, "").want(t, http.StatusOK).json(t, &page)
		for _, j := range page.Jobs {
			listed = append(listed, j.URL)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	for _, query := range []string{"?cursor=%zz", "?a;b", "?state=%ff"} {
		s.call("GET", "/v1/jobs"+query, "").want(t, http.StatusBadRequest)
	}
	if len(listed) != 5 || listed[0] != made[4] || listed[4] != made[0] {
		t.Errorf("listed %v of %v", listed, made)
	}
}

// TestJobCancel breaks off what is in flight.
func TestJobCancel(t *testing.T) {
	t.Parallel()
	called, left := make(chan struct{}), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(called)
		<-r.Context().Done()
		close(left)
	}))
	t.Cleanup(slow.Close)
	s := start(t, "upstreams: [{name: slow, url: '"+slow.URL+"', allow: [127.0.0.1/32]}]")
	location := s.call("POST", "/v1/fetch", `{"concurrency": 1, "requests": [{"id": "own", "upstream": "slow", "url": "/"}, {"upstream": "slow", "url": "/2"}]}`, async).want(t, http.StatusAccepted).Header.Get("Location")
	<-called
	var cancelled job
	s.call("DELETE", location, "").want(t, http.StatusOK).json(t, &cancelled)
	select {
	case <-left:
	case <-time.After(10 * time.Second):
		t.Fatal("the call went on")
	}
	ended := s.finished(location)
	if ended.State != "cancelled" {
		t.Errorf("%+v", ended)
	}
	if r := ended.Result; r == nil || len(r.Responses) != 2 || r.Responses[0].ID != "own" || r.Responses[1].ID != "1" || r.Responses[1].Collected {
		t.Errorf("an item was lost: %+v", r)
	}
}

// TestCallback lets the official library check what a receiver gets.
func TestCallback(t *testing.T) {
	t.Parallel()
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	type delivery struct {
		body []byte
		err  error
	}
	got := make(chan delivery, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- delivery{body, verifier.Verify(body, r.Header)}
	}))
	t.Cleanup(receiver.Close)
	s := start(t, "callbacks: [{name: crm, url: '"+receiver.URL+"/?secret', secretEnv: CRM}]", "CRM="+secret)
	const batch = `{"requests": [{"upstream": "sample", "url": "/users/1"}], "callback": {"endpoint": "crm"}}`
	accepted := s.call("POST", "/v1/fetch", batch, async).want(t, http.StatusAccepted)

	d := <-got
	if d.err != nil {
		t.Fatal(d.err)
	}
	var payload struct {
		Type string
		Data struct {
			ID, State, URL string
			Summary        struct{ Collected int }
		}
	}
	if err := json.Unmarshal(d.body, &payload); err != nil {
		t.Fatal(err)
	}
	if payload.Type != "fetch.completed" || payload.Data.URL != accepted.Header.Get("Location") || payload.Data.Summary.Collected != 1 {
		t.Errorf("%s", d.body)
	}
	for name, callback := range map[string]string{
		"unknown endpoint": `{"endpoint": "none"}`, "both": `{"endpoint": "crm", "url": "https://a.example/"}`, "neither": `{}`,
		"inwards": `{"url": "http://127.0.0.1:1/"}`, "no URL": `{"url": "CANARY"}`,
	} {
		refused := s.call("POST", "/v1/fetch", strings.Replace(batch, `{"endpoint": "crm"}`, callback, 1), async)
		if refused.want(t, http.StatusUnprocessableEntity); strings.Contains(string(refused.body), "CANARY") {
			t.Errorf("%s: %s", name, refused.body)
		}
	}
}

// TestLargeJob runs more items than a batch that is answered at once may have,
// and reads the result as it streams.
func TestLargeJob(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	const n = 500
	var b strings.Builder
	for i := range n {
		_, _ = fmt.Fprintf(&b, `{"upstream": "sample", "url": "/photos/%d"},`, i+1)
	}
	batch := `{"requests": [` + strings.TrimSuffix(b.String(), ",") + `]}`
	s.call("POST", "/v1/fetch", batch).want(t, http.StatusUnprocessableEntity)
	location := s.call("POST", "/v1/fetch", batch, async).want(t, http.StatusAccepted).Header.Get("Location")
	s.finished(location)
	lines := bufio.NewScanner(strings.NewReader(string(s.call("GET", location, "", "Accept: application/x-ndjson").body)))
	for i := range n {
		if want := `{"id":"` + strconv.Itoa(i) + `","collected":true`; !lines.Scan() || !strings.HasPrefix(lines.Text(), want) {
			t.Fatalf("line %d is %.100q", i, lines.Text())
		}
	}
}
