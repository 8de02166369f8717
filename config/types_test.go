package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"250ms": 250 * time.Millisecond, "10s": 10 * time.Second, "1h30m": 90 * time.Minute, "0": 0, "0s": 0, "168h": 168 * time.Hour,
	} {
		var d Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || d.Std() != want {
			t.Errorf("%q: got %v, %v; want %v", text, d, err, want)
		}
		var again Duration
		if err := again.UnmarshalText([]byte(d.String())); err != nil || again != d {
			t.Errorf("%q is written as %q, which reads as %v, %v", text, d, again, err)
		}
	}
	for _, text := range []string{"", "30", "1.5", "-1s", "10 s", "ten", "1d", "99999999999999h"} {
		if err := new(Duration).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as a duration", text)
		}
	}
	for d, want := range map[Duration]string{
		Duration(time.Hour): "1h", Duration(time.Minute): "1m", Duration(90 * time.Second): "1m30s", Duration(10 * time.Minute): "10m", 0: "0s",
		Duration(time.Hour + time.Second): "1h0m1s",
	} {
		if got := d.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "1": 1, "512B": 512, "64KiB": 65536, "10MiB": 10 << 20, "1 GiB": 1 << 30, "5MB": 5_000_000, "2kB": 2000, "8191TiB": 8191 << 40,
		"9223372036854775807": math.MaxInt64,
	} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s.Bytes() != want {
			t.Errorf("%q: got %d, %v; want %d", text, s, err, want)
		}
		var again Size
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Errorf("%q is written as %q, which reads as %d, %v", text, s, again, err)
		}
	}
	for _, text := range []string{"", "MiB", "1.5MiB", "-1", "-1KiB", "1mib", "10 potatoes", "9223372036854775808", "8388608TiB", "1MiBMiB"} {
		if err := new(Size).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as a size", text)
		}
	}
	for s, want := range map[Size]string{10 << 20: "10MiB", 1500: "1500B", 0: "0B", 3 << 30: "3GiB"} {
		if got := s.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestSecretIsNeverPrinted tries every usual way of printing a value.
func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	const value = "hunter2"
	type holder struct{ S Secret }
	secret := Secret(value)
	marshalled, err := json.Marshal(holder{secret})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", secret, "holder", holder{secret})
	prints := []string{string(marshalled), log.String(), fmt.Sprint(secret), secret.String()}
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q", "%x", "%d"} {
		prints = append(prints, fmt.Sprintf(verb, secret), fmt.Sprintf(verb, holder{secret}), fmt.Sprintf(verb, []Secret{secret}))
	}
	for _, p := range prints {
		if strings.Contains(p, value) || strings.Contains(p, fmt.Sprintf("%x", value)) {
			t.Errorf("the secret is printed: %s", p)
		}
	}
	if secret.Reveal() != value {
		t.Error("the secret is lost")
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"timeout", "maxRequests", "url", "crm"}
	for name, want := range map[string]string{
		"timeot": "timeout", "Timeout": "timeout", "maxrequests": "maxRequests", "cmr": "crm", "urls": "url", "u": "", "entirely": "", "": "",
		strings.Repeat("x", 1000): "",
	} {
		if got := nearest(name, known); got != want {
			t.Errorf("%.20q: got %q, want %q", name, got, want)
		}
	}
}
