package access_test

import (
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gather/access"
)

func newPolicy(t testing.TB, opts access.Options) *access.Policy {
	t.Helper()
	if opts.Listen == "" {
		opts.Listen = "127.0.0.1:8080"
	}
	p, err := access.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// newRequest is one to the listening address, with header fields in pairs.
func newRequest(t testing.TB, method, target string, fields ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = r.URL.Host
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	return r
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^gk_[a-z2-7]{52}$`)
	seen := map[string]bool{}
	for range 100 {
		key, hash := access.Generate()
		if !form.MatchString(key) || seen[key] {
			t.Fatalf("%q: of the wrong form, or made before", key)
		}
		seen[key] = true
		if hash != access.Hash(key) || len(hash) != 64 || strings.Contains(key, hash) {
			t.Fatalf("hash %q", hash)
		}
	}
	// The well-known digest of "abc" (FIPS 180-2, appendix B.1).
	if got := access.Hash("abc"); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("Hash(abc) = %s", got)
	}
}

// challenges are the WWW-Authenticate values (RFC 6750 section 3).
var challenges = map[access.Reason]string{
	access.NoKey:      `Bearer realm="gather"`,
	access.UnknownKey: `Bearer realm="gather", error="invalid_token"`,
}

func TestKeys(t *testing.T) {
	t.Parallel()
	ci, ciHash := access.Generate()
	next, nextHash := access.Generate()
	ops, opsHash := access.Generate()
	stranger, _ := access.Generate()
	p := newPolicy(t, access.Options{Keys: []access.Key{
		{Name: "ci", SHA256: strings.ToUpper(ciHash), MaxRequests: 7, Upstreams: []string{"a"}},
		{Name: "ci", SHA256: nextHash, MaxRequests: 7, Upstreams: []string{"a"}},
		{Name: "ops", SHA256: opsHash, Weight: 5},
	}})
	const none = ""
	for _, row := range []struct {
		name   string
		fields []string
		caller string        // none: refused
		reason access.Reason // where refused
		left   []string      // fields still there afterwards
	}{
		{"nothing", nil, none, access.NoKey, nil},
		{"x-api-key", []string{"X-API-Key", ci}, "ci", 0, nil},
		{"x-api-key in another case", []string{"x-api-key", ci}, "ci", 0, nil},
		{"bearer", []string{"Authorization", "Bearer " + ci}, "ci", 0, nil},
		{"bearer in another case", []string{"Authorization", "bEARER  " + ci + " "}, "ci", 0, nil},
		{"the other key of the name", []string{"X-API-Key", next}, "ci", 0, nil},
		{"another caller", []string{"X-API-Key", ops}, "ops", 0, nil},
		{"key beside an upstream's token", []string{"X-API-Key", ci, "Authorization", "Bearer upstream"}, "ci", 0, []string{"Authorization"}},
		{"key beside an upstream's key", []string{"X-API-Key", "upstream", "Authorization", "Bearer " + ci}, "ci", 0, []string{"X-Api-Key"}},
		{"key beside basic credentials", []string{"X-API-Key", ci, "Authorization", "Basic eDp5"}, "ci", 0, []string{"Authorization"}},
		{"the key twice over", []string{"X-API-Key", ci, "Authorization", "Bearer " + ci}, "ci", 0, nil},
		{"two keys", []string{"X-API-Key", ci, "Authorization", "Bearer " + ops}, "ci", 0, nil},
		{"unknown", []string{"X-API-Key", stranger}, none, access.UnknownKey, []string{"X-Api-Key"}},
		{"unknown bearer", []string{"Authorization", "Bearer " + stranger}, none, access.UnknownKey, []string{"Authorization"}},
		{"the hash is not the key", []string{"X-API-Key", ciHash}, none, access.UnknownKey, []string{"X-Api-Key"}},
		{"shortened", []string{"X-API-Key", ci[:len(ci)-1]}, none, access.UnknownKey, []string{"X-Api-Key"}},
		{"lengthened", []string{"X-API-Key", ci + "a"}, none, access.UnknownKey, []string{"X-Api-Key"}},
		{"in another case", []string{"X-API-Key", strings.ToUpper(ci)}, none, access.UnknownKey, []string{"X-Api-Key"}},
		{"empty", []string{"X-API-Key", ""}, none, access.NoKey, []string{"X-Api-Key"}},
		{"huge", []string{"X-API-Key", strings.Repeat("a", 1<<20)}, none, access.UnknownKey, []string{"X-Api-Key"}},
		{"two values", []string{"X-API-Key", ci, "X-API-Key", ci}, none, access.NoKey, []string{"X-Api-Key"}},
		{"joined values", []string{"X-API-Key", ci + ", " + ci}, none, access.UnknownKey, []string{"X-Api-Key"}},
		{"bearer without a token", []string{"Authorization", "Bearer"}, none, access.NoKey, []string{"Authorization"}},
		{"no scheme", []string{"Authorization", ci}, none, access.NoKey, []string{"Authorization"}},
		{"basic", []string{"Authorization", "Basic " + ci}, none, access.NoKey, []string{"Authorization"}},
		{"cookie", []string{"Cookie", "key=" + ci}, none, access.NoKey, []string{"Cookie"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := newRequest(t, http.MethodGet, "http://127.0.0.1:8080/v1/fetch", row.fields...)
			d := p.Decide(r, access.API)
			switch {
			case row.caller == none && (d.Status != http.StatusUnauthorized || d.Reason != row.reason || d.Client != nil):
				t.Errorf("status %d for %v as %v, want a 401 for %v", d.Status, d.Reason, d.Client, row.reason)
			case row.caller == none && d.Header.Get("WWW-Authenticate") != challenges[row.reason]:
				t.Errorf("challenge %q", d.Header.Get("WWW-Authenticate"))
			case row.caller != none && (d.Status != 0 || d.Client == nil || d.Client.Name != row.caller):
				t.Errorf("status %d for %v as %v, want %s", d.Status, d.Reason, d.Client, row.caller)
			}
			if len(r.Header) != len(row.left) {
				t.Errorf("fields left: %v", len(r.Header))
			}
			for _, name := range row.left {
				if _, ok := r.Header[name]; !ok {
					t.Errorf("%s was removed", name)
				}
			}
		})
	}
}

func TestClient(t *testing.T) {
	t.Parallel()
	key, hash := access.Generate()
	p := newPolicy(t, access.Options{Keys: []access.Key{{Name: "ci", SHA256: hash, MaxRequests: 7, Upstreams: []string{"a", "b"}}}})
	c := p.Decide(newRequest(t, http.MethodGet, "http://127.0.0.1:8080/", "X-API-Key", key), access.API).Client
	if c.Weight != 1 || c.MaxRequests != 7 || !slices.Equal(c.Upstreams, []string{"a", "b"}) {
		t.Errorf("%+v", c)
	}
}

// Without keys nothing is asked for, and nothing of the caller's is touched: the
// fields are for an upstream.
func TestWithoutKeys(t *testing.T) {
	t.Parallel()
	p := newPolicy(t, access.Options{})
	r := newRequest(t, http.MethodGet, "http://127.0.0.1:8080/v1/raw", "X-API-Key", "a", "Authorization", "Bearer b")
	if d := p.Decide(r, access.API); d.Status != 0 || d.Client != nil || d.Header != nil || len(r.Header) != 2 {
		t.Errorf("%+v, %d fields left", d, len(r.Header))
	}
}

// Routes that ask for no key still never pass one on.
func TestScopesWithoutKey(t *testing.T) {
	t.Parallel()
	key, hash := access.Generate()
	p := newPolicy(t, access.Options{Keys: []access.Key{{Name: "ci", SHA256: hash, Rate: 1, Burst: 1}}})
	for _, scope := range []access.Scope{access.Open, access.Page} {
		for range 3 { // and count against no rate
			r := newRequest(t, http.MethodGet, "http://127.0.0.1:8080/livez", "X-API-Key", key)
			if d := p.Decide(r, scope); d.Status != 0 || len(r.Header) != 0 {
				t.Errorf("scope %d: status %d, %d fields left", scope, d.Status, len(r.Header))
			}
		}
		if d := p.Decide(newRequest(t, http.MethodGet, "http://127.0.0.1:8080/livez"), scope); d.Status != 0 {
			t.Errorf("scope %d: status %d without a key", scope, d.Status)
		}
	}
}

func TestNewReportsAllFaults(t *testing.T) {
	t.Parallel()
	_, hash := access.Generate()
	_, other := access.Generate()
	_, err := access.New(access.Options{
		Listen:       "nowhere",
		AllowedHosts: []string{"http://a.example", "b.*.example", "*.c.example:80", "fine.example"},
		CORSOrigins:  []string{"https://", "//e3.example", "https://user@e4.example", "*", "https://*.d.example", "https://e.example/", "e2.example", "https://F.example", "null", "https://fine.example"},
		Keys: []access.Key{
			{Name: "", SHA256: hash},
			{Name: "g", SHA256: "abc"},
			{Name: "h", SHA256: hash, Rate: -1},
			{Name: "i", SHA256: hash},
			{Name: "j", SHA256: hash},
			{Name: "i", SHA256: other, Rate: 5},
			{Name: "k", SHA256: other + "00"},
			{Name: "l", SHA256: strings.Repeat("x", 64)},
			{Name: "m", SHA256: other, Rate: math.NaN()},
			{Name: "n", SHA256: other, Rate: math.Inf(1)},
			{Name: "o", SHA256: other, Burst: -1},
			{Name: "p", SHA256: other, MaxRequests: -1},
		},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	text := err.Error()
	for _, want := range []string{
		"listen", `"*"`, "*.d.example", "e.example/", `"e2.example"`, "F.example", `"null"`, `key ""`, `key "g"`, `key "h"`, `key "i"`, `key "j"`, `key "k"`,
		`key "l"`, `key "m"`, `key "n"`, `key "o"`, `key "p"`, `"https://"`, "e3.example", "e4.example",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no fault names %s in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "fine") || strings.Contains(text, hash) {
		t.Errorf("names what is no fault, or a hash:\n%s", text)
	}
	_, err = access.New(access.Options{Listen: ":8080", AllowedHosts: []string{"http://a.example", "b.*.example", "*.c.example:80", "fine.example"}})
	for _, want := range []string{"http://a.example", "b.*.example", "*.c.example:80"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no fault names %s in: %v", want, err)
		}
	}
}

// FuzzCredentials feeds the two fields that may carry a key: only the very key
// opens, and once it has opened it is gone from the header.
func FuzzCredentials(f *testing.F) {
	const key = "gk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	for _, seed := range [][2]string{
		{key, ""}, {"", "Bearer " + key}, {"", "bearer\t" + key}, {key, "Bearer " + key}, {key + "\x00", "Bearer"}, {" " + key + "\t", "Basic x"}, {"", "Bearer  "},
	} {
		f.Add(seed[0], seed[1])
	}
	p := newPolicy(f, access.Options{Keys: []access.Key{{Name: "ci", SHA256: access.Hash(key)}}})
	f.Fuzz(func(t *testing.T, plain, authorization string) {
		r := newRequest(t, http.MethodGet, "http://127.0.0.1:8080/")
		r.Header["X-Api-Key"] = []string{plain}
		r.Header["Authorization"] = []string{authorization}
		d := p.Decide(r, access.API)
		if d.Client == nil {
			if d.Status != http.StatusUnauthorized || len(r.Header) != 2 {
				t.Fatalf("status %d, %d fields left", d.Status, len(r.Header))
			}
			if plain == key || authorization == "Bearer "+key {
				t.Fatal("the key was refused")
			}
			return
		}
		if !strings.Contains(plain, key) && !strings.Contains(authorization, key) {
			t.Fatalf("%q and %q opened", plain, authorization)
		}
		if strings.Trim(r.Header.Get("X-Api-Key"), " \t") == key || strings.HasSuffix(r.Header.Get("Authorization"), " "+key) &&
			strings.EqualFold(r.Header.Get("Authorization")[:7], "Bearer ") {
			t.Fatalf("the key is left in %v", r.Header)
		}
	})
}
