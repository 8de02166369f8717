// Package cachesuite_test runs the public conformance suite for HTTP caches, once against the
// cache with nothing around it and once against gather's /v1/raw, and holds the results to
// expected.json and raw.json, so that a regression fails. CACHESUITE_UPDATE=1 writes the
// files anew.
package cachesuite_test

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"testing"

	"gather/cache"
)

// verdict is what the runner says of one test; see judge.mjs.
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

func TestCache(t *testing.T) {
	needSuite(t)
	transport := newCache(cache.Options{})
	defer transport.Close()
	server := httptest.NewServer(front(transport))
	defer server.Close()
	got := runSuite(t, server.URL, "0")
	compare(t, "expected.json", got, read(t, "expected.json"))
}

// raw.json holds only what differs from expected.json.
func TestRaw(t *testing.T) {
	needSuite(t)
	address, originPort := startGather(t)
	got := runSuite(t, address, originPort)
	want := read(t, "expected.json")
	if updating() {
		maps.DeleteFunc(got, func(id string, v verdict) bool { return want[id].Result == v.Result })
		compare(t, "raw.json", got, read(t, "raw.json"))
		return
	}
	maps.Copy(want, read(t, "raw.json"))
	compare(t, "raw.json", got, want)
}

func needSuite(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is missing")
	}
	if _, err := os.Stat("node_modules/http-cache-tests"); err != nil {
		t.Skip("http-cache-tests is missing: run npm ci in e2e/cachesuite")
	}
}

func runSuite(t *testing.T, address, originPort string) map[string]verdict {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "run.mjs", "--front", address, "--port", originPort)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run.mjs: %v", err)
	}
	var got map[string]verdict
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("results: %v", err)
	}
	count := map[string]int{}
	for _, v := range got {
		count[v.Kind+" "+v.Result]++
	}
	for _, name := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%s: %d", name, count[name])
	}
	return got
}

func updating() bool { return os.Getenv("CACHESUITE_UPDATE") == "1" }

// compare fails for every verdict that is not the expected one, or writes the file.
func compare(t *testing.T, file string, got map[string]verdict, want map[string]expectation) {
	t.Helper()
	if updating() {
		update(t, file, got, want)
		return
	}
	for id, g := range got {
		if w := want[id]; w.Result != g.Result {
			t.Errorf("%s (%s): %s, expected %q: %s", id, g.Kind, g.Result, w.Result, g.Why)
		}
	}
	for id := range want {
		if _, ok := got[id]; !ok {
			t.Errorf("%s did not run", id)
		}
	}
}

func read(t *testing.T, file string) map[string]expectation {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]expectation{}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

// update writes the verdicts, with the reasons of those that still do not pass.
func update(t *testing.T, file string, got map[string]verdict, want map[string]expectation) {
	t.Helper()
	next := map[string]expectation{}
	for id, g := range got {
		e := expectation{Kind: g.Kind, Result: g.Result}
		if g.Kind != "check" && g.Result != "pass" {
			if e.Reason = want[id].Reason; e.Reason == "" {
				e.Reason = g.Why
			}
		}
		next[id] = e
	}
	data, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
