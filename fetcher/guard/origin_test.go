package guard_test

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"gather/fetcher/guard"
)

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// An operator's origin passes the rules on names and ports, and nothing beside
// it does.
func TestConfiguredOrigins(t *testing.T) {
	t.Parallel()
	upstreams := []guard.Upstream{
		{Name: "minio", URL: "http://127.0.0.1:9000/base", Allow: prefixes("127.0.0.1/32")},
		{Name: "dev", URL: "http://localhost:3000", Allow: prefixes("127.0.0.0/8", "::1/128")},
		{Name: "api", URL: "https://API.example.com.:8443/v1", Hosts: []string{
			"cdn.example.com", "old.example.com:444", "*.eu.example.com", "*.svc.cluster.local:81", "10.0.0.7", "::1", "[fd12::1]:99", "bücher.example",
		}, Allow: prefixes("10.0.0.7/32", "::1/128", "fd12::/16")},
		{Name: "metadata", URL: "http://169.254.169.254", Allow: prefixes("169.254.0.0/16")},
		{Name: "metadata name", URL: "http://metadata.google.internal", Allow: prefixes("169.254.0.0/16")},
		{Name: "not allowed", URL: "http://10.9.9.9"},
	}
	const (
		always = "always" // whatever the mode
		open   = "open"   // only where any public address may be fetched
		never  = "never"
	)
	for _, row := range []struct{ raw, passes string }{
		{"http://127.0.0.1:9000/", always},
		{"http://127.1:9000/x", always},
		{"http://[::ffff:127.0.0.1]:9000/", always},
		{"http://127.0.0.1/", never},
		{"http://127.0.0.1:9001/", never},
		{"http://127.0.0.2:9000/", never},
		{"https://127.0.0.1:9000/", never},
		{"http://localhost:9000/", never},
		{"http://localhost:3000/", always},
		{"http://LOCALHOST.:3000/", always},
		{"http://localhost/", never},
		{"http://127.0.0.1:3000/", never},
		{"https://api.example.com:8443/", always},
		{"https://api.example.com/", open},
		{"http://api.example.com:8443/", open},
		{"https://cdn.example.com:8443/", always},
		{"https://cdn.example.com/", open},
		{"https://old.example.com:444/", always},
		{"https://old.example.com:8443/", open},
		{"https://a.eu.example.com:8443/", always},
		{"https://a.b.eu.example.com:8443/", always},
		{"https://eu.example.com:8443/", open},
		{"https://evileu.example.com:8443/", open},
		{"https://api.default.svc.cluster.local:81/", always},
		{"https://api.default.svc.cluster.local:8443/", never},
		{"https://10.0.0.7:8443/", always},
		{"https://10.0.0.8:8443/", never},
		{"https://[::1]:8443/", always},
		{"https://[fd12::1]:99/", always},
		{"https://[fd12::1]:8443/", never},
		{"https://xn--bcher-kva.example:8443/", always},
		{"http://169.254.169.254/", never},
		{"http://metadata.google.internal/", never},
		{"http://10.9.9.9/", never},
		{"https://example.org/", open},
		{"http://user@127.0.0.1:9000/", never},
		{"http://127.0.0.1:9000\\/", never},
		{"ftp://127.0.0.1:9000/", never},
	} {
		for mode, want := range map[guard.Mode]bool{
			guard.Open:   row.passes != never,
			guard.Listed: row.passes == always,
		} {
			g := newGuard(t, guard.Options{Mode: mode, Upstreams: upstreams})
			_, err := g.Parse(row.raw)
			if (err == nil) != want {
				t.Errorf("%s in mode %s: %v, want passing %v", row.raw, mode, err, want)
			}
			if err != nil && !errors.Is(err, guard.ErrBlocked) {
				t.Errorf("%s in mode %s: %v is no refusal", row.raw, mode, err)
			}
		}
	}
}

func TestPorts(t *testing.T) {
	t.Parallel()
	g := newGuard(t, guard.Options{Ports: guard.Ports{Allow: []uint16{0, 81, 6379, 8080, 8081}, Deny: []uint16{80, 8081}}})
	for port, want := range map[string]bool{
		"0": false, "80": false, "81": true, "82": false, "443": true, "5432": false, "6379": true, "8080": true, "8081": false, "8082": true,
	} {
		_, err := g.Parse("https://example.com:" + port + "/")
		if refused, ok := errors.AsType[*guard.Error](err); (err == nil) != want || ok && refused.Reason != guard.ReasonPort {
			t.Errorf("port %s: %v, want passing %v", port, err, want)
		}
	}
}

// Every fault of the options is named at once, each with its upstream.
func TestNewReportsAllFaults(t *testing.T) {
	t.Parallel()
	_, err := guard.New(guard.Options{
		Mode: "anything",
		Upstreams: []guard.Upstream{
			{Name: "a", URL: "ftp://example.com"},
			{Name: "b", URL: "https://user:canary@example.com"},
			{Name: "c", URL: "https://example.com", Hosts: []string{"https://example.org"}},
			{Name: "d", URL: "https://example.com", Hosts: []string{"a.*.example.org"}},
			{Name: "e", URL: "https://example.com", Hosts: []string{"*.10.0.0.1"}},
			{Name: "f", URL: "https://example.com", Hosts: []string{""}},
			{Name: "g", URL: "https://example.com", Allow: []netip.Prefix{{}}},
			{Name: "h", URL: "%zz"},
			{Name: "i", URL: "https://example.com", Hosts: []string{"example.org:99999"}},
		},
		NAT64:    append(prefixes("10.0.0.0/8", "64:ff9b::/95", "::ffff:0:0/96"), netip.Prefix{}),
		Resolver: "127.0.0.53",
	})
	if err == nil {
		t.Fatal("accepted")
	}
	text := err.Error()
	for _, want := range []string{
		`mode "anything"`, `"a"`, `"b"`, `"c"`, `"d"`, `"e"`, `"f"`, `"g"`, `"h"`, `"i"`, "10.0.0.0/8", "64:ff9b::/95", "::ffff:0.0.0.0/96", "invalid Prefix", "resolver",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no fault names %s in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "canary") {
		t.Errorf("a credential is quoted:\n%s", text)
	}
}

func TestSameOrigin(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		a, b string
		want bool
	}{
		{"https://example.com/a", "https://example.com/b?c", true},
		{"https://example.com", "https://EXAMPLE.com:443/", true},
		{"https://example.com", "https://example.com./", true},
		{"http://127.0.0.1/", "http://2130706433/", true},
		{"http://[::1]/", "http://[0:0::1]:80/", true},
		{"https://bücher.example/", "https://xn--bcher-kva.example/", true},
		{"https://example.com", "http://example.com", false},
		{"https://example.com", "https://example.com:8443", false},
		{"https://example.com", "https://www.example.com", false},
		{"http://example.com:443", "https://example.com", false},
		{"https://example.com", "https://user@example.com", false},
		{"ftp://example.com", "ftp://example.com", false},
		{"/a", "/a", false},
	} {
		a, errA := url.Parse(row.a)
		b, errB := url.Parse(row.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got := guard.SameOrigin(a, b); got != row.want {
			t.Errorf("%s and %s: %v", row.a, row.b, got)
		}
		if got := guard.SameOrigin(b, a); got != row.want {
			t.Errorf("%s and %s: %v", row.b, row.a, got)
		}
	}
}
