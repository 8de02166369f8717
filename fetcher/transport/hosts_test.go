package transport_test

import (
	"fmt"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"gather/fetcher/limiter"
	"gather/fetcher/transport"
)

func parse(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestHostsFor(t *testing.T) {
	t.Parallel()
	hosts, err := transport.NewHosts(transport.HostsOptions{Upstreams: []transport.Upstream{
		{Rules: transport.Rules{Name: "a"}, URL: "https://api.example.com/v1", Hosts: []string{"other.example.com", "*.cdn.example.com", "odd.example.com:8443", "::1"}},
		{Rules: transport.Rules{Name: "b"}, URL: "http://b.example:8080", Hosts: []string{"c.example", "*.c.example"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ url, name string }{
		{"https://api.example.com/anything?x=1", "a"},
		{"https://API.Example.com:443/", "a"},
		{"HTTPS://api.example.com", "a"},
		{"http://api.example.com/", ""},
		{"https://api.example.com:444/", ""},
		{"https://other.example.com/", "a"},
		{"https://x.cdn.example.com/", "a"},
		{"https://x.y.cdn.example.com/", "a"},
		{"https://cdn.example.com/", ""},
		{"https://xcdn.example.com/", ""},
		{"https://.cdn.example.com/", ""},
		{"https://odd.example.com:8443/", "a"},
		{"https://odd.example.com/", ""},
		{"https://[::1]/", "a"},
		{"https://[::1]:443/", "a"},
		{"http://b.example:8080/", "b"},
		{"http://b.example/", ""},
		{"http://c.example:8080/", "b"},
		{"http://c.example/", ""},
		{"http://x.c.example:8080/", "b"},
		{"http://elsewhere.example/", ""},
	}
	for _, tt := range tests {
		if got := hosts.For(parse(t, tt.url)).Name(); got != tt.name {
			t.Errorf("%s belongs to %q, want %q", tt.url, got, tt.name)
		}
	}
	same := func(a, b string) bool { return hosts.For(parse(t, a)) == hosts.For(parse(t, b)) }
	for _, pair := range [][2]string{
		{"http://d.example/", "http://D.example:80/x"}, {"https://d.example", "https://d.example:443"}, {"https://api.example.com/", "https://x.cdn.example.com/"},
	} {
		if !same(pair[0], pair[1]) {
			t.Errorf("%s and %s have limits of their own", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"http://d.example/", "https://d.example/"}, {"http://d.example/", "http://d.example:81/"}, {"http://d.example/", "http://e.example/"}} {
		if same(pair[0], pair[1]) {
			t.Errorf("%s and %s share their limits", pair[0], pair[1])
		}
	}
}

func TestHostsRefusesFaults(t *testing.T) {
	t.Parallel()
	named := func(name, url string, more ...string) transport.Upstream {
		return transport.Upstream{Rules: transport.Rules{Name: name}, URL: url, Hosts: more}
	}
	for name, list := range map[string][]transport.Upstream{
		"no name":             {named("", "https://a.example")},
		"no scheme":           {named("a", "a.example")},
		"another scheme":      {named("a", "ftp://a.example")},
		"the same name":       {named("a", "https://a.example"), named("a", "https://b.example")},
		"a path in a host":    {named("a", "https://a.example", "b.example/path")},
		"a user in a host":    {named("a", "https://a.example", "me@b.example")},
		"a star in the midst": {named("a", "https://a.example", "a.*.example")},
		"an empty host":       {named("a", "https://a.example", "")},
	} {
		if _, err := transport.NewHosts(transport.HostsOptions{Upstreams: list}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestHostsReplaceKeepsState(t *testing.T) {
	t.Parallel()
	up := func(rate float64) []transport.Upstream {
		return []transport.Upstream{{Rules: transport.Rules{Name: "a", Rate: rate}, URL: "https://a.example"}}
	}
	hosts, err := transport.NewHosts(transport.HostsOptions{Defaults: transport.Rules{Rate: 1, Retries: 1}, Upstreams: up(10)})
	if err != nil {
		t.Fatal(err)
	}
	a, other := hosts.For(parse(t, "https://a.example")), hosts.For(parse(t, "https://b.example"))
	if err := hosts.Replace(transport.Rules{Rate: 2, Retries: 2}, up(20)); err != nil {
		t.Fatal(err)
	}
	if hosts.For(parse(t, "https://a.example")) != a || hosts.For(parse(t, "https://b.example")) != other {
		t.Error("a host lost its state")
	}
	if a.Rules().Rate != 20 || a.Snapshot().Limit.ConfiguredRate != 20 || other.Rules().Retries != 2 || other.Snapshot().Limit.ConfiguredRate != 2 {
		t.Errorf("old rules are in force: %+v, %+v", a.Rules(), other.Rules())
	}
	if err := hosts.Replace(transport.Rules{Rate: 9}, append(up(30), up(30)...)); err == nil {
		t.Error("faulty upstreams were accepted")
	}
	if a.Rules().Rate != 20 || other.Rules().Rate != 2 {
		t.Error("a refused change took effect in part")
	}
	if err := hosts.Replace(transport.Rules{}, nil); err != nil {
		t.Fatal(err)
	}
	if got := hosts.For(parse(t, "https://a.example")); got == a || got.Name() != "" {
		t.Error("an upstream that is gone still has its rules")
	}
}

func TestHostsForget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts, err := transport.NewHosts(transport.HostsOptions{MaxHosts: 100})
		if err != nil {
			t.Fatal(err)
		}
		rt := transport.NewLimit(lasting(time.Hour), hosts)
		go func() { _, _ = get(t, t.Context(), rt, "http://busy.example/") }()
		synctest.Wait()
		cool := transport.NewLimit(answers(refuse), hosts)
		if _, err := get(t, t.Context(), cool, "http://cooling.example/"); err != nil {
			t.Fatal(err)
		}
		busy, cooling := hosts.For(parse(t, "http://busy.example/")), hosts.For(parse(t, "http://cooling.example/"))
		for i := range 5000 {
			hosts.For(parse(t, fmt.Sprintf("http://h%d.example/", i)))
		}
		if n := hosts.Len(); n != 100 {
			t.Errorf("%d hosts remembered, want 100", n)
		}
		if hosts.For(parse(t, "http://busy.example/")) != busy {
			t.Error("a host with a call in flight was forgotten: its limits start anew")
		}
		if hosts.For(parse(t, "http://cooling.example/")) != cooling {
			t.Error("asking for many names ended a cool-down")
		}
	})
}

func TestHostsSnapshotOrder(t *testing.T) {
	t.Parallel()
	hosts, err := transport.NewHosts(transport.HostsOptions{Upstreams: []transport.Upstream{
		{Rules: transport.Rules{Name: "z"}, URL: "https://a.example"}, {Rules: transport.Rules{Name: "y"}, URL: "https://b.example"},
	}, Limiter: limiter.Options{}})
	if err != nil {
		t.Fatal(err)
	}
	hosts.For(parse(t, "http://n.example"))
	hosts.For(parse(t, "http://m.example"))
	var got []string
	for _, s := range hosts.Snapshot() {
		got = append(got, s.Name+" "+s.Origin)
	}
	if want := "[y https://b.example z https://a.example  http://m.example  http://n.example]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
