package limiter

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// fields reads header lines as they stand on the wire.
func fields(t *testing.T, lines ...string) http.Header {
	t.Helper()
	h := http.Header{}
	for _, l := range lines {
		name, value, ok := strings.Cut(l, ": ")
		if !ok {
			t.Fatalf("no header line: %q", l)
		}
		h.Add(name, value)
	}
	return h
}

func TestAdvice(t *testing.T) {
	t.Parallel()
	const refused, taken = true, false
	tests := []struct {
		name    string
		refused bool
		lines   []string
		pause   time.Duration
		left    float64
		window  time.Duration
	}{
		{name: "nothing", refused: refused},
		{name: "seconds", refused: refused, lines: []string{"Retry-After: 7"}, pause: 7 * time.Second},
		{name: "decimals", refused: refused, lines: []string{"Retry-After: 0.25"}, pause: 250 * time.Millisecond},
		{name: "spaces around", refused: refused, lines: []string{"Retry-After:   3 "}, pause: 3 * time.Second},
		{name: "IMF-fixdate", refused: refused, lines: []string{"Retry-After: Mon, 04 May 2026 12:00:09 GMT"}, pause: 9 * time.Second},
		{name: "RFC 850 date", refused: refused, lines: []string{"Retry-After: Monday, 04-May-26 12:00:09 GMT"}, pause: 9 * time.Second},
		{name: "asctime date", refused: refused, lines: []string{"Retry-After: Mon May  4 12:00:09 2026"}, pause: 9 * time.Second},
		{name: "date by a clock that is ahead", refused: refused, pause: 9 * time.Second,
			lines: []string{"Date: Mon, 04 May 2026 13:00:00 GMT", "Retry-After: Mon, 04 May 2026 13:00:09 GMT"}},
		{name: "date in the past", refused: refused, lines: []string{"Retry-After: Mon, 04 May 2026 11:00:00 GMT"}},
		{name: "zero", refused: refused, lines: []string{"Retry-After: 0"}},
		{name: "negative", refused: refused, lines: []string{"Retry-After: -5"}},
		{name: "exponent", refused: refused, lines: []string{"Retry-After: 1e3"}},
		{name: "no number", refused: refused, lines: []string{"Retry-After: soon"}},
		{name: "infinity", refused: refused, lines: []string{"Retry-After: Inf"}},
		{name: "no digits after the point", refused: refused, lines: []string{"Retry-After: 5."}},
		{name: "more than a Duration holds", refused: refused, lines: []string{"Retry-After: 99999999999999999999"}, pause: math.MaxInt64 - 1},
		{name: "400 digits", refused: refused, lines: []string{"Retry-After: " + strings.Repeat("9", 400)}, pause: math.MaxInt64 - 1},
		{name: "the longest of several", refused: refused, lines: []string{"Retry-After: 2", "Retry-After: 5", "Retry-After: x"}, pause: 5 * time.Second},
		{name: "means something else in other answers", refused: taken, lines: []string{"Retry-After: 7"}},
		{name: "precedes RateLimit", refused: refused, lines: []string{"Retry-After: 2", `RateLimit: "d";r=0;t=50`}, pause: 2 * time.Second},

		{name: "quota used up", refused: taken, lines: []string{`RateLimit: "default";r=0;t=30`}, pause: 30 * time.Second},
		{name: "token as name", refused: taken, lines: []string{`RateLimit: default;r=0;t=30`}, pause: 30 * time.Second},
		{name: "quota left", refused: taken, lines: []string{`RateLimit: "default";r=50;t=30`}, left: 50, window: 30 * time.Second},
		{name: "quota left of a refusal", refused: refused, lines: []string{`RateLimit: "default";r=50;t=30`}, left: 50, window: 30 * time.Second},
		{name: "several policies, the slowest used up and the scarcest left", refused: taken, pause: 60 * time.Second, left: 3, window: time.Second,
			lines: []string{`RateLimit: "s";r=0;t=1, "m";r=0;t=60;pk=:YWI=:, "h";r=30;t=9`, `RateLimit: "d";r=3;t=1`}},
		{name: "window from the policy", refused: taken, pause: 60 * time.Second,
			lines: []string{`RateLimit: "permin";r=0`, `RateLimit-Policy: "persec";q=5;w=1, "permin";q=50;qu="requests";w=60`}},
		{name: "window of no such policy", refused: taken, lines: []string{`RateLimit: "permin";r=0`, `RateLimit-Policy: "persec";q=5;w=1`}},
		{name: "malformed policy", refused: taken, lines: []string{`RateLimit: "a";r=0`, `RateLimit-Policy: "a";w=5,`}},
		{name: "malformed: void as a whole", refused: taken, lines: []string{`RateLimit: "a";r=0;t=5, "b`}},
		{name: "a decimal is no quota", refused: taken, lines: []string{`RateLimit: "a";r=0.0;t=5`}},
		{name: "a negative is no quota", refused: taken, lines: []string{`RateLimit: "a";r=-1;t=5`}},
		{name: "the last of a parameter counts", refused: taken, lines: []string{`RateLimit: "a";r=9;t=5;r=0`}, pause: 5 * time.Second},
		{name: "of draft 7", refused: taken, lines: []string{`RateLimit: limit=10, remaining=0, reset=5`}},
		{name: "from a cache", refused: taken, lines: []string{`RateLimit: "a";r=0;t=5`, "Age: 3"}},
		{name: "through a cache just now", refused: taken, lines: []string{`RateLimit: "a";r=0;t=5`, "Age: 0"}, pause: 5 * time.Second},

		{name: "X: delta", refused: taken, lines: []string{"X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 17"}, pause: 17 * time.Second},
		{name: "X: epoch", refused: taken, lines: []string{"X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1777896017"}, pause: 17 * time.Second},
		{name: "X: epoch with decimals", refused: taken, lines: []string{"X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1777896017.5"}, pause: 17500 * time.Millisecond},
		{name: "X: milliseconds", refused: taken, lines: []string{"X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1777896017500"}, pause: 17500 * time.Millisecond},
		{name: "X: epoch that has passed", refused: taken, lines: []string{"X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1777895999"}},
		{name: "X: epoch by a clock that is behind", refused: taken, pause: 17 * time.Second,
			lines: []string{"Date: Mon, 04 May 2026 11:00:00 GMT", "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1777892417"}},
		{name: "X: by the first years of milliseconds", refused: taken, lines: []string{"X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 99999999999"}, pause: 24*time.Hour - 1},
		{name: "X: left", refused: taken, lines: []string{"X-RateLimit-Remaining: 4", "X-RateLimit-Reset: 17"}, left: 4, window: 17 * time.Second},
		{name: "X: less than one left", refused: taken, lines: []string{"X-RateLimit-Remaining: 0.9", "X-RateLimit-Reset: 17"}, pause: 17 * time.Second},
		{name: "X: refused for another reason", refused: refused, lines: []string{"X-RateLimit-Remaining: 4", "X-RateLimit-Reset: 17"}, left: 4, window: 17 * time.Second},
		{name: "X: refused without Remaining", refused: refused, lines: []string{"X-RateLimit-Reset: 17"}, pause: 17 * time.Second},
		{name: "X: taken without Remaining", refused: taken, lines: []string{"X-RateLimit-Reset: 17"}},
		{name: "X: without Reset", refused: refused, lines: []string{"X-RateLimit-Remaining: 0"}},
		{name: "X: lists", refused: taken, lines: []string{"X-RateLimit-Remaining: 0, 14", "X-RateLimit-Reset: 3, 3600"}, pause: 3 * time.Second, left: 14, window: time.Hour},
		{name: "X: lists over lines", refused: taken, pause: 3 * time.Second, left: 14, window: time.Hour,
			lines: []string{"X-RateLimit-Remaining: 0", "X-RateLimit-Remaining: 14", "X-RateLimit-Reset: 3,3600"}},
		{name: "X: lists that do not match", refused: taken, lines: []string{"X-RateLimit-Remaining: 5, 0", "X-RateLimit-Reset: 40"}, pause: 40 * time.Second},
		{name: "X: parameters", refused: taken, lines: []string{"X-RateLimit-Remaining: 0;window=60", "X-RateLimit-Reset: 9;w=60"}, pause: 9 * time.Second},
		{name: "X: malformed", refused: taken, lines: []string{"X-RateLimit-Remaining: none", "X-RateLimit-Reset: 9"}},
		{name: "X: malformed list", refused: taken, lines: []string{"X-RateLimit-Remaining: 0,", "X-RateLimit-Reset: 9"}},
		{name: "X: malformed reset", refused: taken, lines: []string{"X-RateLimit-Remaining: 0", "X-RateLimit-Reset: tomorrow"}},
		{name: "X-Rate-Limit", refused: taken, lines: []string{"X-Rate-Limit-Remaining: 0", "X-Rate-Limit-Reset: 4"}, pause: 4 * time.Second},
		{name: "RateLimit-Remaining", refused: taken, lines: []string{"RateLimit-Remaining: 0", "RateLimit-Reset: 4"}, pause: 4 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := readAdvice(fields(t, tt.lines...), tt.refused, noon)
			if want := (advice{tt.pause, tt.left, tt.window}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

// Whatever an upstream writes there, reading it does not fail, and what comes of it is a time to wait.
func FuzzAdvice(f *testing.F) {
	f.Add("120", `"a";r=0;t=5`, `"a";q=5;w=9`, "0", "1777896017", "Mon, 04 May 2026 12:00:00 GMT")
	f.Add("Mon, 04 May 2026 12:00:09 GMT", `a;r=1;pk=:YQ==:`, `"a`, "0,1", "5,6", "")
	f.Add("1.5", "limit=10, remaining=0", "", "0.5;w=1", "1777896017500.25", "Mon")
	f.Add("-1", "\"\\\"\";r=999999999999999;t=999999999999999", "%", "1e9", strings.Repeat("9", 400), "x")
	f.Fuzz(func(t *testing.T, retryAfter, limit, policy, remaining, reset, date string) {
		h := http.Header{
			"Retry-After": {retryAfter}, "Ratelimit": {limit}, "Ratelimit-Policy": {policy},
			"X-Ratelimit-Remaining": {remaining}, "X-Ratelimit-Reset": {reset}, "Date": {date},
		}
		for _, refused := range []bool{true, false} {
			a := readAdvice(h, refused, noon)
			if a.pause < 0 || a.left < 0 || math.IsNaN(a.left) || a.window < 0 || (a.left > 0) != (a.window > 0) {
				t.Errorf("%+v", a)
			}
		}
	})
}
