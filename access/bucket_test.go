package access_test

import (
	"net/http"
	"testing"
	"time"

	"gather/access"
)

func TestRate(t *testing.T) {
	t.Parallel()
	key, hash := access.Generate()
	next, nextHash := access.Generate()
	other, otherHash := access.Generate()
	free, freeHash := access.Generate()
	now := time.Unix(1_700_000_000, 0)
	limits := access.Key{Name: "ci", Rate: 2, Burst: 3}
	first, second := limits, limits
	first.SHA256, second.SHA256 = hash, nextHash
	p := newPolicy(t, access.Options{
		Now: func() time.Time { return now },
		Keys: []access.Key{
			first, second,
			{Name: "slow", SHA256: otherHash, Rate: 0.1},
			{Name: "free", SHA256: freeHash},
		},
	})
	for i, step := range []struct {
		wait              time.Duration
		key               string
		status            int
		policy, remaining string
		retryAfter        string
	}{
		{0, key, 0, `"default";q=3;w=2`, `"default";r=2;t=1`, ""},
		{0, next, 0, `"default";q=3;w=2`, `"default";r=1;t=1`, ""}, // the same caller
		{0, key, 0, `"default";q=3;w=2`, `"default";r=0;t=2`, ""},
		{0, key, 429, `"default";q=3;w=2`, `"default";r=0;t=1`, "1"},
		{0, next, 429, `"default";q=3;w=2`, `"default";r=0;t=1`, "1"},
		{0, free, 0, "", "", ""},
		{0, other, 0, `"default";q=1;w=10`, `"default";r=0;t=10`, ""},
		{0, other, 429, `"default";q=1;w=10`, `"default";r=0;t=10`, "10"},
		{499 * time.Millisecond, key, 429, `"default";q=3;w=2`, `"default";r=0;t=1`, "1"},
		{time.Millisecond, key, 0, `"default";q=3;w=2`, `"default";r=0;t=2`, ""},
		{3500 * time.Millisecond, other, 429, `"default";q=1;w=10`, `"default";r=0;t=6`, "6"},
		{6 * time.Second, other, 0, `"default";q=1;w=10`, `"default";r=0;t=10`, ""},
		{time.Hour, key, 0, `"default";q=3;w=2`, `"default";r=2;t=1`, ""},
		{-time.Minute, key, 0, `"default";q=3;w=2`, `"default";r=1;t=1`, ""}, // a clock set back gives nothing away
	} {
		now = now.Add(step.wait)
		d := p.Decide(newRequest(t, http.MethodGet, self+"/v1/fetch", "X-API-Key", step.key), access.API)
		if d.Status != step.status || (d.Status == 429) != (d.Reason == access.RateExceeded) || d.Client == nil {
			t.Errorf("step %d: status %d for %v as %v, want %d", i, d.Status, d.Reason, d.Client, step.status)
		}
		for field, want := range map[string]string{"RateLimit-Policy": step.policy, "RateLimit": step.remaining, "Retry-After": step.retryAfter} {
			if got := d.Header.Get(field); got != want {
				t.Errorf("step %d: %s is %q, want %q", i, field, got, want)
			}
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	key, hash := access.Generate()
	p := newPolicy(b, access.Options{Keys: []access.Key{{Name: "ci", SHA256: hash}}})
	r := newRequest(b, http.MethodPost, self+"/v1/fetch", "Sec-Fetch-Site", "same-origin")
	values := []string{key}
	b.ReportAllocs()
	for b.Loop() {
		r.Header["X-Api-Key"] = values // Decide takes it out
		if d := p.Decide(r, access.API); d.Status != 0 {
			b.Fatal(d.Reason)
		}
	}
}
