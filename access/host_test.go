package access_test

import (
	"errors"
	"net/http"
	"testing"

	"gather/access"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	const loopback, everywhere, address, named = "127.0.0.1:8080", "0.0.0.0:8080", "10.1.2.3:8080", "Gather.example:8080"
	allowed := []string{"api.example.com", "api.example.org:8443", "*.example.net", "UPPER.example.com"}
	for _, row := range []struct {
		listen, host string
		want         bool
	}{
		{loopback, "127.0.0.1:8080", true},
		{loopback, "127.0.0.1", true},
		{loopback, "127.0.0.1:9000", true}, // a forwarded port
		{loopback, "127.0.0.2:8080", true},
		{loopback, "[::1]:8080", true},
		{loopback, "[::1]", true},
		{loopback, "[::ffff:127.0.0.1]:8080", true},
		{loopback, "localhost:8080", true},
		{loopback, "LOCALHOST", true},
		{loopback, "localhost.:8080", true},
		{loopback, "gather.localhost:8080", true},
		{loopback, "api.example.com", true},
		{loopback, "API.example.com.:1", true},
		{loopback, "upper.example.com", true},
		{loopback, "api.example.org:8443", true},
		{loopback, "api.example.org", false},
		{loopback, "api.example.org:8080", false},
		{loopback, "a.example.net", true},
		{loopback, "a.b.example.net:8080", true},
		{loopback, "example.net", false},
		{loopback, "evilexample.net", false},
		{loopback, "evil.example:8080", false},
		{loopback, "127.0.0.1.evil.example:8080", false},
		{loopback, "localhost.evil.example", false},
		{loopback, "evil-localhost", false},
		{loopback, "10.1.2.3:8080", false},
		{loopback, "0.0.0.0:8080", false},
		{loopback, "169.254.169.254", false},
		{loopback, "", false},
		{loopback, ":8080", false},
		{loopback, ".", false},
		{loopback, "::1", false},
		{loopback, "[::1", false},
		{loopback, "[::1]x", false},
		{loopback, "[127.0.0.1]", false},
		{loopback, "[localhost]", false},
		{loopback, "localhost:http", false},
		{loopback, "localhost:80:80", false},
		{loopback, "user@localhost", false},
		{loopback, "localhost,evil.example", false},
		{"[::1]:8080", "localhost:8080", true},
		{"[::1]:8080", "127.0.0.1:8080", true},
		{"localhost:8080", "127.0.0.1:8080", true},
		{everywhere, "10.9.9.9:8080", true}, // no name, so none that was rebound
		{everywhere, "[2001:db8::1]:8080", true},
		{everywhere, "localhost:8080", true},
		{everywhere, "api.example.com", true},
		{everywhere, "evil.example", false},
		{":8080", "10.9.9.9", true},
		{":8080", "evil.example:8080", false},
		{"[::]:8080", "10.9.9.9", true},
		{address, "10.1.2.3:8080", true},
		{address, "10.1.2.3", true},
		{address, "[::ffff:10.1.2.3]:8080", true},
		{address, "10.1.2.4:8080", false},
		{address, "localhost:8080", false},
		{named, "gather.example:8080", true},
		{named, "GATHER.example", true},
		{named, "localhost", false},
		{named, "10.1.2.3", false},
	} {
		p := newPolicy(t, access.Options{Listen: row.listen, AllowedHosts: allowed})
		r := newRequest(t, http.MethodGet, "http://placeholder/")
		r.Host = row.host
		for _, scope := range []access.Scope{access.API, access.Open, access.Page} {
			d := p.Decide(r, scope)
			if row.want && d.Status != 0 || !row.want && (d.Status != http.StatusForbidden || d.Reason != access.ForeignHost) {
				t.Errorf("listening on %s, Host %q: status %d for %v", row.listen, row.host, d.Status, d.Reason)
			}
		}
	}
}

func TestRequirePublicKeys(t *testing.T) {
	t.Parallel()
	for listen, local := range map[string]bool{
		"127.0.0.1:8080": true, "127.9.9.9:0": true, "[::1]:8080": true, "localhost:8080": true, "LOCALHOST:80": true,
		"[::ffff:127.0.0.1]:80": true,
		":8080":                 false, "0.0.0.0:8080": false, "[::]:8080": false, "10.0.0.1:80": false, "8.8.8.8:80": false,
		"example.com:80": false, "localhost.example.com:80": false, "2130706433:80": false, "127.1:80": false,
	} {
		if err := access.RequirePublicKeys(listen, 0); (err == nil) != local || err != nil && !errors.Is(err, access.ErrPublicWithoutKeys) {
			t.Errorf("%s without keys: %v", listen, err)
		}
		if err := access.RequirePublicKeys(listen, 1); err != nil {
			t.Errorf("%s with a key: %v", listen, err)
		}
	}
	for _, listen := range []string{"", "8080", "localhost", "::1"} {
		if access.RequirePublicKeys(listen, 1) == nil {
			t.Errorf("%q: accepted", listen)
		}
	}
}
