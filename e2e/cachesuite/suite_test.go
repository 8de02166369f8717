// Package cachesuite_test runs the public conformance suite for HTTP caches against /v1/raw and
// holds the result to expected.json, so that a regression fails. GATHER_CACHESUITE_FRONT names
// a running gather to test instead of the front in this package; GATHER_CACHESUITE_UPDATE=1
// writes expected.json anew.
package cachesuite_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"

	"gather/cache"
)

type verdict struct {
	Kind   string `json:"kind"`
	Result string `json:"result"`
	Why    string `json:"why"`
}

// expectation is a committed verdict. Reason says why a test that does not pass is right not to.
type expectation struct {
	Kind   string `json:"kind"`
	Result string `json:"result"`
	Reason string `json:"reason,omitempty"`
}

func TestConformanceSuite(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is missing")
	}
	if _, err := os.Stat("node_modules/http-cache-tests"); err != nil {
		t.Skip("http-cache-tests is missing: run npm ci in e2e/cachesuite")
	}
	address := os.Getenv("GATHER_CACHESUITE_FRONT")
	if address == "" {
		transport := newCache(cache.Options{})
		defer transport.Close()
		server := httptest.NewServer(front(transport))
		defer server.Close()
		address = server.URL
	}
	cmd := exec.CommandContext(t.Context(), "node", "run.mjs", "--front", address)
	cmd.Stderr = testWriter{t}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run.mjs: %v", err)
	}
	var got map[string]verdict
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("results: %v", err)
	}
	want := expectations(t)
	if os.Getenv("GATHER_CACHESUITE_UPDATE") == "1" {
		update(t, want, got)
		return
	}
	compare(t, want, got)
}

func compare(t *testing.T, want map[string]expectation, got map[string]verdict) {
	t.Helper()
	count := map[string]int{}
	for id, g := range got {
		count[g.Kind+" "+g.Result]++
		if w := want[id]; w.Result != g.Result {
			t.Errorf("%s (%s): %s, expected %s: %s", id, g.Kind, g.Result, w.Result, g.Why)
		}
	}
	for id := range want {
		if _, ok := got[id]; !ok {
			t.Errorf("%s did not run", id)
		}
	}
	t.Log(fmt.Sprint(count))
}

func expectations(t *testing.T) map[string]expectation {
	t.Helper()
	want := map[string]expectation{}
	data, err := os.ReadFile("expected.json")
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if len(data) > 0 {
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
	}
	return want
}

// update keeps the reasons of those that still do not pass.
func update(t *testing.T, want map[string]expectation, got map[string]verdict) {
	t.Helper()
	for id, g := range got {
		e := expectation{Kind: g.Kind, Result: g.Result}
		if g.Kind != "check" && g.Result != "pass" {
			e.Reason = want[id].Reason
			if e.Reason == "" {
				e.Reason = g.Why
			}
		}
		want[id] = e
	}
	data, err := json.MarshalIndent(want, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("expected.json", append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", p)
	return len(p), nil
}
