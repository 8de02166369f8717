package guard_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"gather/fetcher/guard"
)

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
