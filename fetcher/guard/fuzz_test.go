package guard

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// FuzzParse holds the URL layer to what the layers further in count on: what is
// accepted means the same to net/url, is its own normal form, and is never an
// address the address layer would refuse.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"https://example.com/", "HTTP://EXAMPLE.com.:80/a?b#c", "http://127.1/", "http://0x7f.1/", "http://①②⑦.⓪.⓪.①/",
		"http://[::ffff:127.0.0.1]:8080/", "https://bücher.example:8443/ü?ü", "https://xn--bcher-kva.example/", "http://a。b/",
		"http://exam\u00adple.com/", "http://134744072:8080/?a b", "http://user@example.com/", "http://example.com:080/",
		"http://[2606:4700::5efe:7f00:1]/", "http://1.2.3.0x4/", "http://xn--0-0ia.com/", "http://ⅷ.com/", "http://example.com\\@a/",
	} {
		f.Add(seed)
	}
	g, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := g.Parse(raw)
		if err != nil {
			if !errors.Is(err, ErrBlocked) {
				t.Fatalf("%q: %v is no refusal", raw, err)
			}
			return
		}
		text := u.String()
		again, err := url.Parse(text)
		if err != nil {
			t.Fatalf("%q: normal form %q does not parse: %v", raw, text, err)
		}
		if again.Host != u.Host || again.Hostname() != u.Hostname() || again.Port() != u.Port() || again.Scheme != u.Scheme || again.User != nil {
			t.Fatalf("%q: %q re-parses to host %q, not %q", raw, text, again.Host, u.Host)
		}
		if normal, err := g.Parse(text); err != nil || normal.String() != text {
			t.Fatalf("%q: normal form %q becomes %v (%v)", raw, text, normal, err)
		}
		if err := g.Check(again); err != nil {
			t.Fatalf("%q: Check refuses the normal form %q: %v", raw, text, err)
		}
		for i := range len(u.Host) {
			if c := u.Host[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("%\\/?#@", c) >= 0 {
				t.Fatalf("%q: host %q", raw, u.Host)
			}
		}
		if strings.ContainsAny(u.RequestURI(), " \r\n\t\x00") {
			t.Fatalf("%q: request target %q", raw, u.RequestURI())
		}
		host := u.Hostname()
		if addr, err := netip.ParseAddr(host); err == nil {
			if g.judgeAddr(addr, nil) != reasonNone {
				t.Fatalf("%q: accepted address %s", raw, addr)
			}
		} else if endsInNumber(host) || !isPublicName(host) {
			t.Fatalf("%q: accepted host %q", raw, host)
		}
	})
}
