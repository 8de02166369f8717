//go:build unix

package bench_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"gather/cmd/gather/app"
	"gather/config"
)

// startUpstream answers /small, /large and /slow with JSON that must not be stored, and /kept… with JSON that may be.
func startUpstream(b *testing.B) *upstream {
	b.Helper()
	up := new(upstream)
	small, large := records(300), records(26_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		up.calls.Add(1)
		body, control := small, "no-store"
		switch {
		case r.URL.Path == "/large":
			body = large
		case r.URL.Path == "/slow":
			time.Sleep(20 * time.Millisecond)
		case strings.HasPrefix(r.URL.Path, "/kept/large/"):
			body, control = large, "max-age=3600"
		case strings.HasPrefix(r.URL.Path, "/kept/"):
			control = "max-age=3600"
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Etag", `W/"124-yiKdLzqO5gfBrJFrcdJ8Yq0LGnU"`)
		w.Header().Set("Cache-Control", control)
		_, _ = w.Write(body)
	}))
	b.Cleanup(server.Close)
	up.URL = server.URL
	return up
}

// records is a JSON array of users of about so many bytes, as an API sends it.
func records(size int) []byte {
	text := []byte("[")
	for i := 1; ; i++ {
		one := fmt.Appendf(nil, `{"id":%d,"name":"Leanne Graham","username":"Bret","email":"sincere@april.example",`+
			`"address":{"street":"Kulas Light","suite":"Apt. %d","city":"Gwenborough","zipcode":"92998-3874","geo":{"lat":-37.3159,"lng":81.1496}},`+
			`"phone":"1-770-736-8031 x56442","website":"hildegard.example"}`, i, 500+i)
		if i > 1 && len(text)+len(one)+2 > size {
			return append(text, ']')
		}
		if i > 1 {
			text = append(text, ',')
		}
		text = append(text, one...)
	}
}

// serveGather is the whole service, with one upstream under limits that hold nobody up.
func serveGather(b *testing.B, upstream string, started func(url string)) {
	cfg := config.Default()
	cfg.Server.Listen = "127.0.0.1:0"
	cfg.Jobs.Database = "sqlite:" + b.TempDir() + "/jobs.db"
	cfg.Upstreams = []config.Upstream{{
		Name: "api", URL: upstream, Allow: []string{"127.0.0.1/32"},
		HostRules: config.HostRules{Rate: 1_000_000, Burst: 1_000_000, Concurrency: 256, Retries: 2},
	}}
	service, err := app.New(cfg, app.Options{Log: app.NewLog(os.Stderr, cfg.Log), Version: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	err = service.Run(ctx, func(address net.Addr) {
		go func() {
			started("http://" + address.String())
			stop()
		}()
	})
	if err != nil {
		b.Fatal(err)
	}
}

// serveBare is what one writes in an afternoon, and writes well: a pool that keeps its connections, a deadline, the bodies never decoded.
func serveBare(b *testing.B, _ string, started func(url string)) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConns: 1024, MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/fetch", func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		var batch struct{ Requests []bareRequest }
		if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second)
		defer cancel()
		var answer bareAnswer
		answer.Responses = make([]bareResponse, len(batch.Requests))
		group, ctx := errgroup.WithContext(ctx)
		for i, item := range batch.Requests {
			group.Go(func() (err error) {
				answer.Responses[i], err = bareFetch(ctx, client, item, began)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		answer.Summary.Requests, answer.Summary.Collected = len(batch.Requests), len(batch.Requests)
		answer.Summary.DurationMs = milliseconds(time.Since(began))
		for i := range answer.Responses {
			answer.Summary.SequentialMs += answer.Responses[i].Timing.Total
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(&answer)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	started(server.URL)
}

type bareRequest struct{ ID, URL string }

type bareResponse struct {
	ID        string            `json:"id"`
	Collected bool              `json:"collected"`
	Status    int               `json:"status"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	URL       string            `json:"url"`
	Attempts  int               `json:"attempts"`
	Timing    struct {
		Start   float64 `json:"start"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
		Total   float64 `json:"total"`
	} `json:"timing"`
}

type bareAnswer struct {
	Responses []bareResponse `json:"responses"`
	Summary   struct {
		Requests     int     `json:"requests"`
		Collected    int     `json:"collected"`
		NotCollected int     `json:"notCollected"`
		DurationMs   float64 `json:"durationMs"`
		SequentialMs float64 `json:"sequentialMs"`
	} `json:"summary"`
}

func bareFetch(ctx context.Context, client *http.Client, item bareRequest, began time.Time) (r bareResponse, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, item.URL, nil)
	if err != nil {
		return r, err
	}
	start := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		return r, err
	}
	headers := time.Now()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return r, err
	}
	_ = resp.Body.Close()
	r.ID, r.Status, r.Collected = item.ID, resp.StatusCode, resp.StatusCode/100 == 2
	r.Body, r.URL, r.Attempts = body, item.URL, 1
	r.Headers = make(map[string]string)
	for _, name := range []string{"content-type", "content-length", "etag", "date", "cache-control"} {
		if value := resp.Header.Get(name); value != "" {
			r.Headers[name] = value
		}
	}
	r.Timing.Start = milliseconds(start.Sub(began))
	r.Timing.Wait = milliseconds(headers.Sub(start))
	r.Timing.Receive = milliseconds(time.Since(headers))
	r.Timing.Total = milliseconds(time.Since(start))
	return r, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// sameAnswers makes sure that both programs bring the same.
func sameAnswers(b *testing.B, gather, bare *program, batch []byte) {
	b.Helper()
	var answers [2]bareAnswer
	for i, p := range []*program{gather, bare} {
		text, err := p.post(batch)
		if err != nil {
			b.Fatal(err)
		}
		if err := json.Unmarshal(text, &answers[i]); err != nil {
			b.Fatal(err)
		}
	}
	if len(answers[0].Responses) != len(answers[1].Responses) {
		b.Fatal("the answers differ in length")
	}
	for i, theirs := range answers[1].Responses {
		ours := answers[0].Responses[i]
		if ours.ID != theirs.ID || ours.Status != http.StatusOK || string(ours.Body) != string(theirs.Body) || len(ours.Headers) != len(theirs.Headers) {
			b.Fatalf("item %d is %+v here and %+v there", i, ours, theirs)
		}
	}
}
