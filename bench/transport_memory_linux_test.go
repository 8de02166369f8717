package bench_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"gather/fetcher/fetchertest"
	"gather/fetcher/transport"
)

const (
	memoryItems  = 400
	memoryBody   = 8 << 20
	memoryBudget = 64 << 20
	memoryMost   = 256 << 20 // resident

	memoryURL = "GATHER_BENCH_MEMORY_URL" // makes the test binary the process that is measured
)

// 400 bodies of 8 MiB at once, under a budget of 64 MiB: the process stays below 256 MiB, and every item ends as collected or with an error
// that says why. The upstream lives in this process, the client in one of its own. Not parallel: it takes all processors.
func BenchmarkMemoryStaysWithinBudget(b *testing.B) {
	if url := os.Getenv(memoryURL); url != "" {
		measureMemory(b, url)
		return
	}
	body := strings.Repeat("x", memoryBody)
	up := fetchertest.Start(b, fetchertest.Paths(map[string]fetchertest.Answer{
		"/known":   fetchertest.Reply(http.StatusOK, body),
		"/chunked": fetchertest.Chunked([]string{body}),
		"/gzip":    fetchertest.GzipBomb(memoryBody),
		"/bomb":    fetchertest.ZstdBomb(memoryBody * 10),
	}))
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{"/known", "/chunked", "/gzip", "/bomb"} {
		cmd := exec.CommandContext(b.Context(), self, "-test.run=^$", "-test.bench=^"+b.Name()+"$", "-test.benchtime=1x")
		cmd.Env = append(os.Environ(), memoryURL+"="+up.URL+path)
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Errorf("%s: %v\n%s", path, err, out)
		}
		for line := range strings.Lines(string(out)) {
			if _, figures, ok := strings.Cut(line, "measured: "); ok {
				b.Logf("%s: %s", path, strings.TrimSpace(figures))
			}
		}
	}
}

func measureMemory(b *testing.B, url string) {
	s := newStack(b, transport.Rules{}, memoryBudget)
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	ctx = transport.WithCall(ctx, &transport.Call{Decode: true})
	var mu sync.Mutex
	ends := map[string]int{}
	var all sync.WaitGroup
	for range memoryItems {
		all.Go(func() {
			end := memoryFetch(ctx, s, url)
			mu.Lock()
			ends[end]++
			mu.Unlock()
		})
	}
	all.Wait()
	resident := maxResident(b)
	b.Logf("measured: %d MiB resident at most; %v", resident>>20, ends)
	if resident > memoryMost {
		b.Errorf("%d MiB resident", resident>>20)
	}
	if n := ends["collected"] + ends["overloaded"] + ends["too large"]; n != memoryItems {
		b.Errorf("only %d of %d items ended as they may: %v", n, memoryItems, ends)
	}
	if used := s.budget.Used(); used != 0 {
		b.Errorf("%d bytes were not given back", used)
	}
}

func memoryFetch(ctx context.Context, rt http.RoundTripper, url string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	resp, err := rt.RoundTrip(req)
	switch {
	case errors.Is(err, transport.ErrOverloaded):
		return "overloaded"
	case errors.Is(err, transport.ErrBodyTooLarge):
		return "too large"
	case err != nil:
		return err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	body, ok := resp.Body.(*transport.Body)
	if !ok || len(body.Bytes()) != memoryBody {
		return fmt.Sprintf("a %T that is not whole", resp.Body)
	}
	return "collected"
}

// maxResident is the largest resident size this process has had, in bytes. Not getrusage's, which a child inherits.
func maxResident(b *testing.B) int64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	var kib int64
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(after, &kib); err != nil {
		b.Fatal(err)
	}
	return kib << 10
}
