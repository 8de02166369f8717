package cache_test

import (
	"net/http"
	"testing"

	"gather/cache"
)

// What one reader found out of a stored body, the readers of the same bytes need not find out
// again; those of a part of it, or of what came in its place, must.
func TestCheckedIsKeptWithTheContent(t *testing.T) {
	t.Parallel()
	origin := &scriptedOrigin{answer: "200\nETag: \"1\"\nCache-Control: max-age=60\n\n[1, 2, 3]"}
	transport := cache.NewTransport(origin, cache.NewMemoryStore(cache.MemoryLimits{}), cache.Options{})
	defer transport.Close()
	type body interface {
		Checked() bool
		SetChecked()
	}
	ask := func(fields map[string]string) body {
		t.Helper()
		req := step{}.request(t)
		for name, value := range fields {
			req.Header.Set(name, value)
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		held, ok := resp.Body.(body)
		if !ok {
			t.Fatalf("the body of a %d is a %T", resp.StatusCode, resp.Body)
		}
		return held
	}
	first := ask(nil)
	if first.Checked() || ask(nil).Checked() {
		t.Error("checked before anybody did")
	}
	first.SetChecked()
	if !ask(nil).Checked() {
		t.Error("not kept for the same bytes")
	}
	part := ask(map[string]string{"Range": "bytes=0-1"})
	if part.Checked() {
		t.Error("kept for a part")
	}
	part.SetChecked()
	origin.answer = "200\nETag: \"2\"\nCache-Control: max-age=60\n\n[1, 2, 3"
	if ask(map[string]string{"Cache-Control": "no-cache"}).Checked() || ask(nil).Checked() {
		t.Error("kept for other bytes")
	}
	if resp, err := transport.RoundTrip(step{}.request(t)); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%v, %v", resp, err)
	}
}
