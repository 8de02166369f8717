package handlers_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gather/fetcher/fetchertest"
)

// TestStreamsAsItComes holds one item back until the other has arrived: a
// response that waited for the others would never come.
func TestStreamsAsItComes(t *testing.T) {
	t.Parallel()
	const batch = `{"requests": [{"id": "slow", "url": "UP/slow"}, {"id": "fast", "url": "UP/fast"}]}`
	for name, tt := range map[string]struct {
		accept               string
		before, early, after []string // beginnings of lines
	}{
		"lines": {"application/x-ndjson", nil, []string{`{"id":"fast","collected":true`}, []string{`{"id":"slow","collected":true`, `{"summary":{"requests":2,`}},
		"events": {"text/event-stream",
			[]string{"event: progress", `data: {"done":0,"total":2}`, ""},
			[]string{"event: response", `data: {"id":"fast","collected":true`, "", "event: progress", `data: {"done":1,"total":2}`, ""},
			[]string{"event: response", `data: {"id":"slow","collected":true`, "", "event: progress", `data: {"done":2,"total":2}`, "",
				"event: summary", `data: {"requests":2,"collected":2,`, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gate := fetchertest.NewGate()
			t.Cleanup(gate.Open)
			upstream := fetchertest.Start(t, fetchertest.Paths(map[string]fetchertest.Answer{
				"/slow": gate.Answer(fetchertest.JSON("1")), "/fast": fetchertest.JSON("{\n\"two\": 2\r\n}"),
			}))
			r := serve(t, upstream.URL)
			response, err := r.Do(r.request("POST", "/v1/fetch", batch, "Accept: "+tt.accept))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			in := bufio.NewScanner(response.Body)
			expect(t, in, tt.before)
			expect(t, in, tt.early)
			gate.Open()
			expect(t, in, tt.after)
			if in.Scan() {
				t.Errorf("more than there should be: %q", in.Text())
			}
			if response.Header.Get("X-Accel-Buffering") != "no" || response.Header.Get("Server-Timing") == "" {
				t.Errorf("%v", response.Header)
			}
		})
	}
}

// expect reads as many lines and holds their beginnings against what is wanted.
func expect(t *testing.T, in *bufio.Scanner, want []string) {
	t.Helper()
	for _, beginning := range want {
		if !in.Scan() {
			t.Fatalf("the stream ended before %q: %v", beginning, in.Err())
		}
		if !strings.HasPrefix(in.Text(), beginning) || beginning == "" && in.Text() != "" {
			t.Fatalf("%q, want %q", in.Text(), beginning)
		}
	}
}

// TestLeavingCancels shows that the calls of a client that left are broken off,
// whatever form it was to be answered in.
func TestLeavingCancels(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/v1/fetch?url=UP/", "/v1/raw?url=UP/"} {
		for _, accept := range []string{"*/*", "application/x-ndjson", "text/event-stream"} {
			t.Run(path[:7]+" "+accept, func(t *testing.T) {
				t.Parallel()
				called, left := make(chan struct{}), make(chan struct{})
				r := serve(t, handle(t, func(_ http.ResponseWriter, request *http.Request) {
					close(called)
					<-request.Context().Done()
					close(left)
				}))
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				go func() {
					<-called
					leave()
				}()
				response, err := r.Do(r.request("GET", path, "", "Accept: "+accept).WithContext(ctx))
				if err == nil {
					_, err = io.ReadAll(response.Body)
					_ = response.Body.Close()
				}
				if !errors.Is(err, context.Canceled) {
					t.Errorf("left with %v", err)
				}
				select {
				case <-left:
				case <-time.After(5 * time.Second):
					t.Error("the upstream's call went on")
				}
			})
		}
	}
}

// TestSeedExperiment fetches three answers that take the same time: one by one
// they take three times as long as at once, and the summary says so.
func TestSeedExperiment(t *testing.T) {
	t.Parallel()
	const delay = 150 * time.Millisecond
	upstream := fetchertest.Start(t, fetchertest.Slow(delay, fetchertest.JSON("1")))
	r := serve(t, upstream.URL)
	took := func(concurrency string) float64 {
		got := r.call("GET", "/v1/fetch?url=UP/1&url=UP/2&url=UP/3&concurrency="+concurrency, "").result(t)
		if got.Summary.Collected != 3 {
			t.Fatalf("%+v", got)
		}
		if least := 3 * float64(delay.Milliseconds()); got.Summary.SequentialMs < least {
			t.Errorf("sequentialMs is %v, with three of %v", got.Summary.SequentialMs, delay)
		}
		return got.Summary.DurationMs
	}
	sequential, atOnce := took("1"), took("0")
	if least := 3 * float64(delay.Milliseconds()); sequential < least {
		t.Errorf("one by one took %v ms, less than %v", sequential, least)
	}
	if factor := sequential / atOnce; factor < 1.8 {
		t.Errorf("%v ms one by one, %v ms at once: only %.1f times as fast", sequential, atOnce, factor)
	}
	if most := upstream.MostInFlight(); most != 3 {
		t.Errorf("%d in flight", most)
	}
}

// TestBodiesSurvive shows that content comes through as it is.
func TestBodiesSurvive(t *testing.T) {
	t.Parallel()
	upstream := fetchertest.Start(t, fetchertest.Paths(map[string]fetchertest.Answer{
		"/numbers": fetchertest.JSON(`{"a": 9007199254740993, "b": 1e400, "c": -0.0, "d": [1.10]}`),
		"/text":    fetchertest.Reply(200, "Ä\n\"", "Content-Type: text/plain; charset=utf-8"),
		"/latin":   fetchertest.Reply(200, "\xe4", "Content-Type: text/plain; charset=iso-8859-1"),
		"/bytes":   fetchertest.Reply(200, "\x00\xff", "Content-Type: image/png"),
		"/liar":    fetchertest.JSON("<html>"),
		"/empty":   fetchertest.Reply(204, ""),
		"/gzip":    fetchertest.Gzip(`{"gzip": true}`, "Content-Type: application/json"),
		"/missing": fetchertest.Reply(404, `{"no": 1}`, "Content-Type: application/problem+json"),
	}))
	r := serve(t, upstream.URL)
	for path, want := range map[string]string{
		"/numbers": `"body":{"a": 9007199254740993, "b": 1e400, "c": -0.0, "d": [1.10]},`,
		"/text":    `"body":"Ä\n\"",`,
		"/latin":   `"body":"ä",`,
		"/bytes":   `"bodyEncoding":"base64","body":"AP8=",`,
		"/liar":    `"body":"<html>","url":"` + upstream.URL + `/liar","cache":"fwd=uri-miss","error":{"code":"bad_body",`,
		"/empty":   `GMT"},"url":`,
		"/gzip":    `"body":{"gzip": true},`,
		"/missing": `"body":{"no": 1},"url":"` + upstream.URL + `/missing","cache":"fwd=uri-miss","attempts":1,`,
	} {
		t.Run(path[1:], func(t *testing.T) {
			t.Parallel()
			got := r.call("GET", "/v1/fetch?url=UP"+path, "").want(t, http.StatusOK)
			if !strings.Contains(string(got.body), want) {
				t.Errorf("no %s in %s", want, got.body)
			}
		})
	}
}
