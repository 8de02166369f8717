package guard_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gather/fetcher/guard"
)

// In these tests 127.0.0.2 plays the address a host may be dialled at and
// 127.0.0.1 the one it must never be: both are on this machine, so nothing is
// sent beyond it, and a connection that slips through is seen.
const (
	permitted = "127.0.0.2"
	forbidden = "127.0.0.1"
)

// listener counts the connections it is given.
type listener struct {
	net.Listener
	accepted atomic.Int32
}

func listen(t *testing.T, address string) *listener {
	t.Helper()
	inner, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return accept(t, inner)
}

// accept greets whoever connects until the test ends.
func accept(t *testing.T, inner net.Listener) *listener {
	t.Helper()
	l := &listener{Listener: inner}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := inner.Accept()
			if err != nil {
				return
			}
			l.accepted.Add(1)
			_, _ = io.WriteString(conn, "hello")
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = inner.Close()
		<-done
	})
	return l
}

func (l *listener) port() string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// pair listens on the permitted and the forbidden address under one port.
func pair(t *testing.T) (good, bad *listener) {
	t.Helper()
	// A port that is free on one address may be taken on the other.
	for {
		good = listen(t, permitted+":0")
		if inner, err := net.Listen("tcp", net.JoinHostPort(forbidden, good.port())); err == nil {
			return good, accept(t, inner)
		}
	}
}

func dial(t *testing.T, g *guard.Guard, address string) (remote string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := g.DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if _, err := io.ReadAll(conn); err != nil { // so that the accept is counted
		t.Error(err)
	}
	host, _, _ := net.SplitHostPort(conn.RemoteAddr().String())
	return host, nil
}

// A stranger's name may resolve to anything; nothing inside is ever connected.
func TestDialRefusesWhateverANameResolvesTo(t *testing.T) {
	t.Parallel()
	zone := map[string][]answer{
		"chain1.example.test": {{cname: "chain2.example.test"}},
		"chain2.example.test": {{cname: "db.internal"}},
		"db.internal":         {{addrs: []string{forbidden}}},
	}
	for i, addr := range []string{
		"127.0.0.1", "127.0.0.2", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0", "169.254.169.254",
		"100.100.100.200", "168.63.129.16", "192.0.2.1", "198.18.0.1", "240.0.0.1", "224.0.0.1", "255.255.255.255",
		"::1", "::", "fc00::1", "fe80::1", "fd00:ec2::254", "2001:db8::1", "2002:7f00:1::", "64:ff9b::7f00:1",
		"2606:4700::5efe:7f00:1", "::ffff:127.0.0.1", "ff02::1",
	} {
		zone["n"+strconv.Itoa(i)+".example.test"] = []answer{{addrs: []string{addr}}}
	}
	server := newNameserver(t, zone)
	target := listen(t, forbidden+":0")
	g := newGuard(t, guard.Options{Resolver: server.addr})
	for name, answers := range zone {
		_, err := dial(t, g, net.JoinHostPort(name, target.port()))
		if !errors.Is(err, guard.ErrBlocked) {
			t.Errorf("%s → %v: %v", name, answers, err)
			continue
		}
		if text := err.Error(); text != guard.ReasonAddress.Message() {
			t.Errorf("%s → %v: the text tells more than that it is refused: %q", name, answers, text)
		}
	}
	if n := target.accepted.Load(); n != 0 {
		t.Errorf("%d connections got through", n)
	}
}

func TestDialAnswersThatMixOrChange(t *testing.T) {
	t.Parallel()
	good, bad := pair(t)
	server := newNameserver(t, map[string][]answer{
		"first.example.test":  {{addrs: []string{permitted, forbidden}}},
		"last.example.test":   {{addrs: []string{forbidden, permitted}}},
		"rebind.example.test": {{addrs: []string{permitted}}, {addrs: []string{forbidden}}},
		"cname.example.test":  {{cname: "inner.example.test"}},
		"inner.example.test":  {{addrs: []string{permitted}}, {addrs: []string{forbidden}}},
	})
	g := newGuard(t, guard.Options{Resolver: server.addr, Upstreams: []guard.Upstream{{
		Name:  "test",
		URL:   "http://first.example.test:" + good.port(),
		Hosts: []string{"*.example.test"},
		Allow: []netip.Prefix{netip.MustParsePrefix(permitted + "/32")},
	}}})
	port := ":" + good.port()
	for _, step := range []struct{ name, remote string }{
		{"first.example.test", permitted},
		{"last.example.test", permitted},
		{"rebind.example.test", permitted},
		{"rebind.example.test", ""},
		{"cname.example.test", permitted},
		{"cname.example.test", ""},
		{"last.example.test", permitted},
	} {
		remote, err := dial(t, g, step.name+port)
		if remote != step.remote || (err != nil) != (step.remote == "") {
			t.Errorf("%s: connected to %q (%v), want %q", step.name, remote, err, step.remote)
		}
		if err != nil && !errors.Is(err, guard.ErrBlocked) {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	if n := bad.accepted.Load(); n != 0 {
		t.Errorf("%d connections got through", n)
	}
	if n := good.accepted.Load(); n != 5 {
		t.Errorf("%d connections to the permitted address, want 5", n)
	}
}

// An allowance is for its own upstream's host and port, not for whoever names
// the same address.
func TestDialAllowanceIsTheUpstreamsAlone(t *testing.T) {
	t.Parallel()
	target, other := listen(t, forbidden+":0"), listen(t, forbidden+":0")
	server := newNameserver(t, map[string][]answer{
		"api.example.test":  {{addrs: []string{forbidden}}},
		"evil.example.test": {{addrs: []string{forbidden}}},
		"none.example.test": {{addrs: []string{forbidden}}},
	})
	g := newGuard(t, guard.Options{Resolver: server.addr, Upstreams: []guard.Upstream{
		{Name: "api", URL: "http://api.example.test:" + target.port(), Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		{Name: "literal", URL: "http://127.0.0.1:" + target.port(), Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}},
		{Name: "none", URL: "http://none.example.test:" + target.port()},
	}})
	for address, allowed := range map[string]bool{
		"api.example.test:" + target.port():  true,
		"127.0.0.1:" + target.port():         true,
		"api.example.test:" + other.port():   false,
		"127.0.0.1:" + other.port():          false,
		"evil.example.test:" + target.port(): false,
		"none.example.test:" + target.port(): false,
	} {
		_, err := dial(t, g, address)
		if allowed && err != nil || !allowed && !errors.Is(err, guard.ErrBlocked) {
			t.Errorf("%s: %v, allowed %v", address, err, allowed)
		}
	}
	if n := other.accepted.Load(); n != 0 {
		t.Errorf("%d connections to a port that is no upstream's", n)
	}
}

// Metadata services stay out of reach even where everything is allowed.
func TestDialMetadataNever(t *testing.T) {
	t.Parallel()
	server := newNameserver(t, map[string][]answer{"api.example.test": {
		{addrs: []string{"169.254.169.254"}},
		{addrs: []string{"100.100.100.200"}},
		{addrs: []string{"168.63.129.16"}},
		{addrs: []string{"0.0.0.0"}},
	}})
	g := newGuard(t, guard.Options{Resolver: server.addr, Upstreams: []guard.Upstream{{
		Name:  "api",
		URL:   "http://api.example.test",
		Allow: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")},
	}}})
	for range 4 {
		_, err := dial(t, g, "api.example.test:80")
		if refused, ok := errors.AsType[*guard.Error](err); !ok || refused.Reason != guard.ReasonMetadata {
			t.Errorf("%v, want a refusal for metadata", err)
		}
	}
}

func TestDialOnlyTCP(t *testing.T) {
	t.Parallel()
	g := newGuard(t, guard.Options{})
	for _, network := range []string{"udp", "unix", "ip4:icmp", "unixgram", ""} {
		if _, err := g.DialContext(t.Context(), network, "8.8.8.8:80"); !errors.Is(err, guard.ErrBlocked) {
			t.Errorf("%s: %v", network, err)
		}
	}
	for _, address := range []string{"", "example.com", "example.com:", "example.com:0", "example.com:http", "example.com:70000"} {
		if _, err := g.DialContext(t.Context(), "tcp", address); !errors.Is(err, guard.ErrBlocked) {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, address := range []string{"[fe80::1%lo]:80", "[::1%lo]:80", "[::1%1]:80"} {
		if _, err := g.DialContext(t.Context(), "tcp", address); err == nil {
			t.Errorf("%q: connected", address)
		}
	}
}

// What fails for another reason keeps its cause for errors.As, and its text
// names neither the address nor the resolver.
func TestDialFailuresTellNoAddress(t *testing.T) {
	t.Parallel()
	closed := listen(t, permitted+":0")
	_ = closed.Close()
	server := newNameserver(t, map[string][]answer{"api.example.test": {{addrs: []string{permitted}}}})
	g := newGuard(t, guard.Options{Resolver: server.addr, Upstreams: []guard.Upstream{{
		Name:  "api",
		URL:   "http://api.example.test:" + closed.port(),
		Allow: []netip.Prefix{netip.MustParsePrefix(permitted + "/32")},
	}}})

	_, connect := dial(t, g, "api.example.test:"+closed.port())
	if _, ok := errors.AsType[*net.OpError](connect); !ok || errors.Is(connect, guard.ErrBlocked) {
		t.Errorf("refused connection: %v", connect)
	}
	_, lookup := dial(t, g, "missing.example.test:80")
	if dns, ok := errors.AsType[*net.DNSError](lookup); !ok || !dns.IsNotFound {
		t.Errorf("missing name: %v", lookup)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	_, late := g.DialContext(ctx, "tcp", "api.example.test:"+closed.port())
	if timeout, ok := errors.AsType[net.Error](late); !ok || !timeout.Timeout() || !errors.Is(late, context.DeadlineExceeded) {
		t.Errorf("passed deadline: %v", late)
	}
	for _, err := range []error{connect, lookup, late} {
		if text := err.Error(); strings.Contains(text, "127.") || strings.Contains(text, server.addr) || strings.Contains(text, "example") {
			t.Errorf("tells where it went: %q", text)
		}
	}
}

// A stranger's name is looked up absolutely: the search list of the machine must
// not complete it.
func TestDialAsksForTheVeryName(t *testing.T) {
	t.Parallel()
	server := newNameserver(t, map[string][]answer{"a.example.test": {{addrs: []string{forbidden}}}})
	g := newGuard(t, guard.Options{Resolver: server.addr})
	_, _ = dial(t, g, "a.example.test:80")
	if names := server.names(); !slices.Equal(names, []string{"a.example.test"}) {
		t.Errorf("asked for %q", names)
	}
}
