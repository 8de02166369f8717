package guard_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"gather/fetcher/guard"
)

// hostile are URLs a stranger may send to get inside; each must be refused
// before any name is resolved.
var hostile = []struct {
	raw    string
	reason guard.Reason
}{
	// Text.
	{"", guard.ReasonMalformed},
	{" https://example.com/", guard.ReasonMalformed},
	{"https://example.com/ ", guard.ReasonMalformed},
	{"https://example.com/" + strings.Repeat("a", guard.MaxURL), guard.ReasonTooLong},
	{"https://example.com/?" + strings.Repeat("ü", guard.MaxURL/3), guard.ReasonTooLong},
	{"https://example.com/\x00", guard.ReasonCharacter},
	{"https://example.com/\n", guard.ReasonCharacter},
	{"https://example.com/\r\nHost: 127.0.0.1", guard.ReasonCharacter},
	{"https://exam\tple.com/", guard.ReasonCharacter},
	{"https://example.com/\x1b[0m", guard.ReasonCharacter},
	{"https://example.com/\x7f", guard.ReasonCharacter},
	{"https://example.com/\u0085", guard.ReasonCharacter},
	{"https://example.com\\@127.0.0.1/", guard.ReasonCharacter},
	{"https:\\\\example.com/", guard.ReasonCharacter},
	{"https://example.com/a\\b", guard.ReasonCharacter},
	{"https://example.com/?q=\\", guard.ReasonCharacter},
	{"\uFEFFhttps://example.com/", guard.ReasonCharacter},
	{"https://example.com/\uFEFF", guard.ReasonCharacter},
	{"https://example.com/\xff", guard.ReasonCharacter},
	{"https://example.com/\xc0\xaf", guard.ReasonCharacter},
	{"https://\xed\xa0\x80.example.com/", guard.ReasonCharacter},

	// Shape and scheme.
	{"example.com", guard.ReasonMalformed},
	{"//example.com/", guard.ReasonMalformed},
	{"/etc/passwd", guard.ReasonMalformed},
	{"https:", guard.ReasonMalformed},
	{"https:/example.com/", guard.ReasonMalformed},
	{"https:example.com", guard.ReasonMalformed},
	{"https://", guard.ReasonMalformed},
	{"https:///example.com/", guard.ReasonMalformed},
	{"https://?x", guard.ReasonMalformed},
	{"https://:443/", guard.ReasonHost},
	{"https://%zz/", guard.ReasonMalformed},
	{"https://example.com/%zz", guard.ReasonMalformed},
	{"file:///etc/passwd", guard.ReasonScheme},
	{"FILE:///etc/passwd", guard.ReasonScheme},
	{"gopher://example.com:70/_", guard.ReasonScheme},
	{"dict://example.com:2628/", guard.ReasonScheme},
	{"ftp://example.com/", guard.ReasonScheme},
	{"ldap://example.com/", guard.ReasonScheme},
	{"ws://example.com/", guard.ReasonScheme},
	{"unix:///var/run/docker.sock", guard.ReasonScheme},
	{"jar:http://example.com!/", guard.ReasonScheme},
	{"data:text/html,hello", guard.ReasonScheme},
	{"javascript:alert(1)", guard.ReasonScheme},
	{"http+unix://%2Fvar%2Frun%2Fdocker.sock/", guard.ReasonMalformed},
	{"https://user@example.com/", guard.ReasonUserinfo},
	{"https://user:secret@example.com/", guard.ReasonUserinfo},
	{"https://@example.com/", guard.ReasonUserinfo},
	{"https://:@example.com/", guard.ReasonUserinfo},
	{"https://example.com@127.0.0.1/", guard.ReasonUserinfo},
	{"https://example.com:443@127.0.0.1/", guard.ReasonUserinfo},
	{"https://127.0.0.1#@example.com/", guard.ReasonAddress},
	{"https://127.0.0.1?@example.com/", guard.ReasonAddress},
	{"https://127.0.0.1/@example.com/", guard.ReasonAddress},

	// Ports.
	{"https://example.com:0/", guard.ReasonPort},
	{"https://example.com:00443/", guard.ReasonPort},
	{"https://example.com:65536/", guard.ReasonPort},
	{"https://example.com:4294967376/", guard.ReasonPort},
	{"https://example.com:-1/", guard.ReasonMalformed},
	{"https://example.com:+80/", guard.ReasonMalformed},
	{"https://example.com:8０/", guard.ReasonMalformed},
	{"https://example.com:http/", guard.ReasonMalformed},
	{"https://example.com:80:80/", guard.ReasonMalformed},
	{"http://example.com:1/", guard.ReasonPort},
	{"http://example.com:22/", guard.ReasonPort},
	{"http://example.com:25/", guard.ReasonPort},
	{"http://example.com:53/", guard.ReasonPort},
	{"http://example.com:81/", guard.ReasonPort},
	{"http://example.com:445/", guard.ReasonPort},
	{"http://example.com:1023/", guard.ReasonPort},
	{"http://example.com:1433/", guard.ReasonPort},
	{"http://example.com:2049/", guard.ReasonPort},
	{"http://example.com:2375/", guard.ReasonPort},
	{"http://example.com:2379/", guard.ReasonPort},
	{"http://example.com:3306/", guard.ReasonPort},
	{"http://example.com:5060/", guard.ReasonPort},
	{"http://example.com:5432/", guard.ReasonPort},
	{"http://example.com:6000/", guard.ReasonPort},
	{"http://example.com:6379/", guard.ReasonPort},
	{"http://example.com:6667/", guard.ReasonPort},
	{"http://example.com:9200/", guard.ReasonPort},
	{"http://example.com:10080/", guard.ReasonPort},
	{"http://example.com:11211/", guard.ReasonPort},
	{"http://example.com:27017/", guard.ReasonPort},

	// Names.
	{"http://localhost/", guard.ReasonName},
	{"http://LOCALHOST/", guard.ReasonName},
	{"http://localhost./", guard.ReasonName},
	{"http://localhost:8080/", guard.ReasonName},
	{"http://a.localhost/", guard.ReasonName},
	{"http://localhost.localdomain/", guard.ReasonName},
	{"http://ip6-localhost/", guard.ReasonName},
	{"http://ｌｏｃａｌｈｏｓｔ/", guard.ReasonName},
	{"http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", guard.ReasonName},
	{"http://local\u00adhost/", guard.ReasonName},
	{"http://loc%E2%84%80lhost/", guard.ReasonHost},
	{"http://intranet/", guard.ReasonName},
	{"http://redis/", guard.ReasonName},
	{"http://metadata/", guard.ReasonName},
	{"http://com./", guard.ReasonName},
	{"http://printer.local/", guard.ReasonName},
	{"http://printer.LOCAL./", guard.ReasonName},
	{"http://vault.internal/", guard.ReasonName},
	{"http://vault.ｉｎｔｅｒｎａｌ/", guard.ReasonName},
	{"http://host.docker.internal/", guard.ReasonName},
	{"http://kubernetes.default.svc/", guard.ReasonName},
	{"http://kubernetes.default.svc.cluster.local/", guard.ReasonName},
	{"http://facebookwkhpilnemxj7asaniu7vnjjbiltxjqhye3mhbshg7kx5tfyd.onion/", guard.ReasonName},
	{"http://router.home.arpa/", guard.ReasonName},
	{"http://1.0.0.127.in-addr.arpa/", guard.ReasonName},
	{"http://nas.lan/", guard.ReasonName},
	{"http://mail.corp/", guard.ReasonName},
	{"http://metadata.google.internal/", guard.ReasonMetadata},
	{"http://metadata.google.internal./computeMetadata/v1/", guard.ReasonMetadata},
	{"http://METADATA.google.internal/", guard.ReasonMetadata},
	{"http://metadata.goog/", guard.ReasonMetadata},
	{"http://x.metadata.goog/", guard.ReasonMetadata},
	{"http://metadata.tencentyun.com/", guard.ReasonMetadata},
	{"http://metadata.platformequinix.com/", guard.ReasonMetadata},
	{"http://api.metadata.cloud.ibm.com/", guard.ReasonMetadata},
	{"http://instance-data.ec2.internal/", guard.ReasonMetadata},
	{"http://./", guard.ReasonHost},
	{"http://../", guard.ReasonHost},
	{"http://example.com../", guard.ReasonHost},
	{"http://.example.com/", guard.ReasonHost},
	{"http://a..example.com/", guard.ReasonHost},
	{"http://exa mple.com/", guard.ReasonMalformed},
	{"http://exa%20mple.com/", guard.ReasonMalformed},
	{"http://exa%00mple.com/", guard.ReasonMalformed},
	{"http://example.com%2f@127.0.0.1/", guard.ReasonUserinfo},
	{"http://127.0.0.1%2f.example.com/", guard.ReasonMalformed},
	{"http://127.0.0.1%E3%80%82/", guard.ReasonAddress},
	{"http://example.com／.internal/", guard.ReasonHost},
	{"http://example.com：80/", guard.ReasonHost},
	{"http://example.com＠127.0.0.1/", guard.ReasonHost},
	{"http://example.com＃.example.org/", guard.ReasonHost},
	{"http://example.com？.example.org/", guard.ReasonHost},
	{"http://example.c℀.example.org/", guard.ReasonHost},
	{"http://exa*mple.com/", guard.ReasonHost},
	{"http://exa$mple.com/", guard.ReasonHost},
	{"http://a,b.example.com/", guard.ReasonHost},
	{"http://xn--/", guard.ReasonHost},
	{"http://xn--a.example.com/", guard.ReasonHost},
	{"http://xn--localhost-.example.com/", guard.ReasonHost},
	{"http://" + strings.Repeat("a", 64) + ".example.com/", guard.ReasonHost},
	{"http://" + strings.Repeat("a.", 130) + "example.com/", guard.ReasonHost},

	// IPv4 in every spelling.
	{"http://127.0.0.1/", guard.ReasonAddress},
	{"http://127.0.0.1:1/", guard.ReasonAddress},
	{"http://127.0.0.1./", guard.ReasonAddress},
	{"http://127.1/", guard.ReasonAddress},
	{"http://127.0.1/", guard.ReasonAddress},
	{"http://127.255.255.254/", guard.ReasonAddress},
	{"http://2130706433/", guard.ReasonAddress},
	{"http://0x7f000001/", guard.ReasonAddress},
	{"http://0X7F000001/", guard.ReasonAddress},
	{"http://0x7f.0.0.1/", guard.ReasonAddress},
	{"http://0x7f.1/", guard.ReasonAddress},
	{"http://0177.0.0.1/", guard.ReasonAddress},
	{"http://0177.1/", guard.ReasonAddress},
	{"http://017700000001/", guard.ReasonAddress},
	{"http://0000177.0.0.1/", guard.ReasonAddress},
	{"http://127.0x0.00.1/", guard.ReasonAddress},
	{"http://１２７.0.0.1/", guard.ReasonAddress},
	{"http://127。0。0。1/", guard.ReasonAddress},
	{"http://127．0．0．1/", guard.ReasonAddress},
	{"http://127｡0｡0｡1/", guard.ReasonAddress},
	{"http://①②⑦.⓪.⓪.①/", guard.ReasonAddress},
	{"http://%EF%BC%91%EF%BC%92%EF%BC%97.1/", guard.ReasonAddress},
	{"http://𝟏𝟐𝟕.𝟎.𝟎.𝟏/", guard.ReasonAddress},
	{"http://0/", guard.ReasonMetadata},
	{"http://0x/", guard.ReasonMetadata},
	{"http://0.0.0.0/", guard.ReasonMetadata},
	{"http://0.0.0.0:8080/", guard.ReasonMetadata},
	{"http://10.0.0.1/", guard.ReasonAddress},
	{"http://012.0.0.1/", guard.ReasonAddress},
	{"http://167772161/", guard.ReasonAddress},
	{"http://100.64.0.1/", guard.ReasonAddress},
	{"http://172.16.0.1/", guard.ReasonAddress},
	{"http://192.168.0.1/", guard.ReasonAddress},
	{"http://192.168.257/", guard.ReasonAddress},
	{"http://198.18.0.1/", guard.ReasonAddress},
	{"http://192.0.2.1/", guard.ReasonAddress},
	{"http://203.0.113.1/", guard.ReasonAddress},
	{"http://240.0.0.1/", guard.ReasonAddress},
	{"http://255.255.255.255/", guard.ReasonMetadata},
	{"http://224.0.0.1/", guard.ReasonMetadata},
	{"http://169.254.169.254/latest/meta-data/", guard.ReasonMetadata},
	{"http://169.254.169.254./", guard.ReasonMetadata},
	{"http://2852039166/", guard.ReasonMetadata},
	{"http://0xa9fea9fe/", guard.ReasonMetadata},
	{"http://0251.0376.0251.0376/", guard.ReasonMetadata},
	{"http://169.16689662/", guard.ReasonMetadata},
	{"http://169.254.43518/", guard.ReasonMetadata},
	{"http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/", guard.ReasonMetadata},
	{"http://169.254.170.2/v2/credentials", guard.ReasonMetadata},
	{"http://100.100.100.200/", guard.ReasonMetadata},
	{"http://168.63.129.16/", guard.ReasonMetadata},
	{"http://192.0.0.192/", guard.ReasonMetadata},
	{"http://256.0.0.1/", guard.ReasonHost},
	{"http://4294967296/", guard.ReasonHost},
	{"http://1.2.3.4.5/", guard.ReasonHost},
	{"http://1.2.3.256/", guard.ReasonHost},
	{"http://1.16777216/", guard.ReasonHost},
	{"http://08.8.8.8/", guard.ReasonHost},
	{"http://0x1g.1/", guard.ReasonHost},
	{"http://example.1/", guard.ReasonHost},
	{"http://example.0x7f/", guard.ReasonHost},
	{"http://18446744073709551617/", guard.ReasonHost},

	// IPv6.
	{"http://[::1]/", guard.ReasonAddress},
	{"http://[0:0:0:0:0:0:0:1]/", guard.ReasonAddress},
	{"http://[::1]:8080/", guard.ReasonAddress},
	{"http://[::]/", guard.ReasonMetadata},
	{"http://::1/", guard.ReasonMalformed},
	{"http://[::1/", guard.ReasonMalformed},
	{"http://[::1]x/", guard.ReasonMalformed},
	{"http://[127.0.0.1]/", guard.ReasonMalformed},
	{"http://[example.com]/", guard.ReasonMalformed},
	{"http://[v1.a]/", guard.ReasonMalformed},
	{"http://[]/", guard.ReasonMalformed},
	{"http://[fe80::1%25eth0]/", guard.ReasonHost},
	{"http://[2606:4700::1%25eth0]/", guard.ReasonHost},
	{"http://[fe80::1]/", guard.ReasonMetadata},
	{"http://[fe80::a9fe:a9fe]/", guard.ReasonMetadata},
	{"http://[fc00::1]/", guard.ReasonAddress},
	{"http://[fd12:3456:789a::1]/", guard.ReasonAddress},
	{"http://[fec0::1]/", guard.ReasonAddress},
	{"http://[ff02::1]/", guard.ReasonMetadata},
	{"http://[fd00:ec2::254]/", guard.ReasonMetadata},
	{"http://[fd20:ce::254]/", guard.ReasonMetadata},
	{"http://[fd00:42::42]/", guard.ReasonMetadata},
	{"http://[fd00:c1::a9fe:a9fe]/", guard.ReasonMetadata},
	{"http://[::ffff:127.0.0.1]/", guard.ReasonAddress},
	{"http://[::ffff:7f00:1]/", guard.ReasonAddress},
	{"http://[0:0:0:0:0:ffff:10.0.0.1]/", guard.ReasonAddress},
	{"http://[::ffff:169.254.169.254]/", guard.ReasonMetadata},
	{"http://[::127.0.0.1]/", guard.ReasonAddress},
	{"http://[::169.254.169.254]/", guard.ReasonMetadata},
	{"http://[::ffff:0:127.0.0.1]/", guard.ReasonAddress},
	{"http://[64:ff9b::127.0.0.1]/", guard.ReasonAddress},
	{"http://[64:ff9b::10.0.0.1]/", guard.ReasonAddress},
	{"http://[64:ff9b::a9fe:a9fe]/", guard.ReasonMetadata},
	{"http://[64:ff9b:1::10.0.0.1]/", guard.ReasonAddress},
	{"http://[64:ff9b:1::a9fe:a9fe]/", guard.ReasonMetadata},
	{"http://[64:ff9b:1:a9fe:a9:fe00::]/", guard.ReasonMetadata},
	{"http://[2002:7f00:1::]/", guard.ReasonAddress},
	{"http://[2002:a9fe:a9fe::]/", guard.ReasonMetadata},
	{"http://[2001:0:7f00:1::]/", guard.ReasonAddress},
	{"http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/", guard.ReasonAddress},
	{"http://[2001:0:4136:e378:8000:63bf:5601:5601]/", guard.ReasonMetadata},
	{"http://[2606:4700::5efe:10.0.0.1]/", guard.ReasonAddress},
	{"http://[2606:4700::200:5efe:192.168.0.1]/", guard.ReasonAddress},
	{"http://[2606:4700::5efe:169.254.169.254]/", guard.ReasonMetadata},
	{"http://[2001:db8::1]/", guard.ReasonAddress},
	{"http://[100::1]/", guard.ReasonAddress},
	{"http://[3fff::1]/", guard.ReasonAddress},
	{"http://[5f00::1]/", guard.ReasonAddress},
	{"http://[4000::1]/", guard.ReasonAddress},
}

// malformed are the reasons that concern the text alone.
var malformed = map[guard.Reason]bool{
	guard.ReasonTooLong: true, guard.ReasonCharacter: true, guard.ReasonMalformed: true, guard.ReasonHost: true,
}

func TestParseRefusesHostile(t *testing.T) {
	t.Parallel()
	if len(hostile) < 150 {
		t.Fatalf("only %d rows", len(hostile))
	}
	g := newGuard(t, guard.Options{})
	for _, row := range hostile {
		u, err := g.Parse(row.raw)
		refused, ok := errors.AsType[*guard.Error](err)
		switch {
		case err == nil:
			t.Errorf("%.80q: accepted as %q", row.raw, u)
		case !ok || !errors.Is(err, guard.ErrBlocked):
			t.Errorf("%.80q: %v is no refusal", row.raw, err)
		case errors.Is(err, guard.ErrMalformed) != malformed[row.reason]:
			t.Errorf("%.80q: malformed %v", row.raw, !malformed[row.reason])
		case refused.Reason != row.reason:
			t.Errorf("%.80q: refused for %v, want %v", row.raw, refused.Reason, row.reason)
		}
	}
}

// A hop's URL is parsed by net/http, not by Parse; Check must refuse the same.
func TestCheckRefusesHostile(t *testing.T) {
	t.Parallel()
	g := newGuard(t, guard.Options{})
	checked := 0
	for _, row := range hostile {
		u, err := url.Parse(row.raw)
		encoded := row.reason == guard.ReasonTooLong && len(row.raw) <= guard.MaxURL
		if err != nil || encoded || row.reason == guard.ReasonCharacter || strings.HasSuffix(row.raw, " ") {
			continue // not a URL to net/http, or one it sends percent-encoded
		}
		checked++
		if err := g.Check(u); !errors.Is(err, guard.ErrBlocked) {
			t.Errorf("%.80q: %v", row.raw, err)
		}
	}
	if checked < 150 {
		t.Errorf("only %d rows reached Check", checked)
	}
}

// A refusal must not repeat what it refused: URLs hold secrets.
func TestRefusalsQuoteNothing(t *testing.T) {
	t.Parallel()
	g := newGuard(t, guard.Options{})
	for _, raw := range []string{
		"https://canary@example.com/", "https://canary:canary@localhost/", "https://example.com/%zz?canary",
		"canary://example.com/", "http://canary.local/?canary", "http://127.0.0.1/canary?canary=canary#canary",
	} {
		_, err := g.Parse(raw)
		if err == nil {
			t.Errorf("%q: accepted", raw)
		} else if strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: quoted in %q", raw, err)
		}
	}
}

// A URL made by hand can hold what no parser lets through.
func TestCheckRefusesHandMade(t *testing.T) {
	t.Parallel()
	g := newGuard(t, guard.Options{})
	for _, u := range []*url.URL{
		{},
		{Scheme: "http"},
		{Scheme: "HTTP", Host: "example.com"},
		{Scheme: "http", Host: "[2606:4700::1"},
		{Scheme: "http", Host: "[2606:4700::1]80"},
		{Scheme: "http", Host: "2606:4700::1"},
		{Scheme: "http", Host: "[8.8.8.8]"},
		{Scheme: "http", Host: "example.com:+80"},
		{Scheme: "http", Host: "example.com:8 0"},
		{Scheme: "http", Host: "example.com/a"},
		{Scheme: "http", Host: "example.com\r\nx"},
		{Scheme: "http", Host: "\xff.example.com"},
		{Scheme: "http", Host: "user@example.com"},
		{Scheme: "http", Host: "example.com", Opaque: "//127.0.0.1/"},
		{Scheme: "http", Host: "example.com", User: url.User("x")},
		{Scheme: "http", Host: "example.com", Path: strings.Repeat("a", guard.MaxURL)},
		{Scheme: "http", Host: "example.com", RawQuery: strings.Repeat("a", guard.MaxURL)},
	} {
		if err := g.Check(u); !errors.Is(err, guard.ErrBlocked) {
			t.Errorf("%.80q: %v", u, err)
		}
	}
}
