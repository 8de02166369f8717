package guard_test

import (
	"strings"
	"testing"

	"gather/fetcher/guard"
)

// harmless are URLs that must pass, and the form they pass in.
var harmless = []struct{ raw, want string }{
	{"https://example.com", "https://example.com/"},
	{"https://example.com/", "https://example.com/"},
	{"http://example.com/", "http://example.com/"},
	{"HTTPS://example.com/", "https://example.com/"},
	{"HtTp://EXAMPLE.com/Path", "http://example.com/Path"},
	{"https://example.com:443/", "https://example.com/"},
	{"http://example.com:80/", "http://example.com/"},
	{"https://example.com:/", "https://example.com/"},
	{"https://example.com:80/", "https://example.com:80/"},
	{"http://example.com:443/", "http://example.com:443/"},
	{"https://example.com:8443/", "https://example.com:8443/"},
	{"http://example.com:3000/a", "http://example.com:3000/a"},
	{"http://example.com:65535/", "http://example.com:65535/"},
	{"https://example.com./", "https://example.com/"},
	{"https://example.com.:8443/", "https://example.com:8443/"},
	{"https://example.com/#fragment", "https://example.com/"},
	{"https://example.com/a%2Fb", "https://example.com/a%2Fb"},
	{"https://example.com/a/../b", "https://example.com/a/../b"},
	{"https://example.com/%0d%0a", "https://example.com/%0d%0a"},
	{"https://example.com/a b", "https://example.com/a%20b"},
	{"https://example.com/ü", "https://example.com/%C3%BC"},
	{"https://example.com/?", "https://example.com/?"},
	{"https://example.com?a=1", "https://example.com/?a=1"},
	{"https://example.com/?a=1&b=%20&c", "https://example.com/?a=1&b=%20&c"},
	{"https://example.com/?a=b c", "https://example.com/?a=b%20c"},
	{"https://example.com/?q=ü", "https://example.com/?q=%C3%BC"},
	{"https://example.com/?q=\u00a0", "https://example.com/?q=%C2%A0"},
	{`https://example.com/?q="<a>"`, "https://example.com/?q=%22%3Ca%3E%22"},
	{"https://example.com/?$filter=name eq 'a'", "https://example.com/?$filter=name%20eq%20'a'"},
	{"https://example.com/?u=http://127.0.0.1/", "https://example.com/?u=http://127.0.0.1/"},
	{"https://example.com/@user", "https://example.com/@user"},
	{"https://example.com/http://localhost", "https://example.com/http://localhost"},
	{"https://bücher.example/", "https://xn--bcher-kva.example/"},
	{"https://BÜCHER.example/", "https://xn--bcher-kva.example/"},
	{"https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"},
	{"https://XN--BCHER-KVA.example/", "https://xn--bcher-kva.example/"},
	{"https://straße.example/", "https://xn--strae-oqa.example/"},
	{"https://例え.テスト/", "https://xn--r8jz45g.xn--zckzah/"},
	{"https://例え。テスト。/", "https://xn--r8jz45g.xn--zckzah/"},
	{"https://ｅｘａｍｐｌｅ．ｃｏｍ/", "https://example.com/"},
	{"https://exam\u00adple.com/", "https://example.com/"},
	{"https://my_bucket.s3.amazonaws.com/", "https://my_bucket.s3.amazonaws.com/"},
	{"https://r3---sn-4g5e6nz7.googlevideo.com/", "https://r3---sn-4g5e6nz7.googlevideo.com/"},
	{"https://-a-.example.com/", "https://-a-.example.com/"},
	{"https://1.example.com/", "https://1.example.com/"},
	{"https://127.0.0.1.example.com/", "https://127.0.0.1.example.com/"},
	{"https://localhost.example.com/", "https://localhost.example.com/"},
	{"https://local.example.com/", "https://local.example.com/"},
	{"https://notmetadata.goog/", "https://notmetadata.goog/"},
	{"https://internal.dev/", "https://internal.dev/"},
	{"https://example.0xz/", "https://example.0xz/"},
	{"https://1.1.1.1/", "https://1.1.1.1/"},
	{"https://8.8.8.8:8443/", "https://8.8.8.8:8443/"},
	{"http://134744072/", "http://8.8.8.8/"},
	{"http://010.8.8.8/", "http://8.8.8.8/"},
	{"http://0x8.0x8.0x8.0x8/", "http://8.8.8.8/"},
	{"http://8.8.2056/", "http://8.8.8.8/"},
	{"http://172.15.255.255/", "http://172.15.255.255/"},
	{"http://172.32.0.0/", "http://172.32.0.0/"},
	{"http://100.63.255.255/", "http://100.63.255.255/"},
	{"http://100.128.0.0/", "http://100.128.0.0/"},
	{"https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]/"},
	{"https://[2606:4700:4700:0:0:0:0:1111]:8443/", "https://[2606:4700:4700::1111]:8443/"},
	{"https://[2001:4860:4860::8888]:443/", "https://[2001:4860:4860::8888]/"},
	{"https://[2A00:1450:4001:80B::200E]/", "https://[2a00:1450:4001:80b::200e]/"},
	{"https://[::ffff:8.8.8.8]/", "https://8.8.8.8/"},
	{"https://[2606:4700::5efe:8.8.8.8]/", "https://[2606:4700::5efe:808:808]/"},
}

// TestParseLongest accepts what just fits: the URL, a name and a label of it.
func TestParseLongest(t *testing.T) {
	t.Parallel()
	g := newGuard(t, guard.Options{})
	label := strings.Repeat("a", 63)
	name := strings.Join([]string{label, label, label, label[:61]}, ".")
	if len(name) != 253 {
		t.Fatal(len(name))
	}
	raw := "https://" + name + "/"
	raw += strings.Repeat("a", guard.MaxURL-len(raw))
	if u, err := g.Parse(raw); err != nil || u.String() != raw {
		t.Errorf("%v", err)
	}
	if _, err := g.Parse("https://a" + name + "/"); err == nil {
		t.Error("a name of 254 bytes is accepted")
	}
	if _, err := g.Parse(raw + "a"); err == nil {
		t.Error("a longer URL is accepted")
	}
}

func TestParseAcceptsHarmless(t *testing.T) {
	t.Parallel()
	if len(harmless) < 30 {
		t.Fatalf("only %d rows", len(harmless))
	}
	g := newGuard(t, guard.Options{})
	for _, row := range harmless {
		u, err := g.Parse(row.raw)
		if err != nil {
			t.Errorf("%q: refused: %v", row.raw, err)
			continue
		}
		if got := u.String(); got != row.want {
			t.Errorf("%q: became %q, want %q", row.raw, got, row.want)
		}
		if err := g.Check(u); err != nil {
			t.Errorf("%q: accepted by Parse, refused by Check: %v", row.raw, err)
		}
		again, err := g.Parse(u.String())
		if err != nil || again.String() != u.String() {
			t.Errorf("%q: the normal form %q does not parse to itself: %v, %v", row.raw, u, again, err)
		}
	}
}
