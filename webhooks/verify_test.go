package webhooks

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	testSecret  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	otherSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

var testBody = []byte(`{"id":"evt_1","type":"fetch.completed","data":{"n":9007199254740993}}`)

func at(sec int64) func() time.Time { return func() time.Time { return time.Unix(sec, 0) } }

func standardDelivery(t *testing.T, id string, sec int64, secrets ...string) http.Header {
	t.Helper()
	s, err := NewSigner(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	s.Sign(h, id, time.Unix(sec, 0), testBody)
	return h
}

func githubDelivery(secret string) http.Header {
	h := http.Header{}
	h.Set(headerGitHubDelivery, "72d3162e-cc78-11e3-81ab-4c9367dc0958")
	h.Set(headerHubSignature, "sha256="+hex.EncodeToString(mac([]byte(secret), testBody)))
	return h
}

func stripeDelivery(sec int64, secret string) http.Header {
	h := http.Header{}
	ts := fmt.Sprint(sec)
	h.Set(headerStripeSignature, "t="+ts+",v1="+hex.EncodeToString(mac([]byte(secret), []byte(ts+"."), testBody))+",v0=00")
	return h
}

func TestVerify(t *testing.T) {
	t.Parallel()
	const now = 1_700_000_000
	with := func(h http.Header, name, value string) http.Header {
		h.Set(name, value)
		return h
	}
	twice := func(h http.Header, name string) http.Header {
		h.Add(name, h.Get(name))
		return h
	}
	std := func(sec int64) http.Header { return standardDelivery(t, "msg_1", sec, testSecret) }
	tests := []struct {
		name   string
		scheme Scheme
		secret string
		header http.Header
		id     string
		err    error
	}{
		{"standard", Standard, testSecret, std(now), "msg_1", nil},
		{"standard, oldest allowed", Standard, testSecret, std(now - 300), "msg_1", nil},
		{"standard, newest allowed", Standard, testSecret, std(now + 300), "msg_1", nil},
		{"standard, too old", Standard, testSecret, std(now - 301), "", ErrStale},
		{"standard, too new", Standard, testSecret, std(now + 301), "", ErrStale},
		{"standard, other secret", Standard, otherSecret, std(now), "", ErrSignature},
		{"standard, several signatures", Standard, otherSecret, standardDelivery(t, "msg_1", now, testSecret, otherSecret), "msg_1", nil},
		{"standard, id exchanged", Standard, testSecret, with(std(now), HeaderID, "msg_2"), "", ErrSignature},
		{"standard, time exchanged", Standard, testSecret, with(std(now), HeaderTimestamp, "1700000001"), "", ErrSignature},
		{"standard, time with a sign", Standard, testSecret, with(std(now), HeaderTimestamp, "+1700000000"), "", ErrMalformed},
		{"standard, time too long", Standard, testSecret, with(std(now), HeaderTimestamp, strings.Repeat("9", 19)), "", ErrMalformed},
		{"standard, no version we know", Standard, testSecret, with(std(now), HeaderSignature, "v1a,AAAA v2,AAAA"), "", ErrMalformed},
		{"standard, id twice", Standard, testSecret, twice(std(now), HeaderID), "", ErrMalformed},
		{"standard, id with a space", Standard, testSecret, with(std(now), HeaderID, "msg 1"), "", ErrMalformed},
		{"standard, id too long", Standard, testSecret, with(std(now), HeaderID, strings.Repeat("a", 256)), "", ErrMalformed},
		{"standard, too many signatures", Standard, testSecret, with(std(now), HeaderSignature, strings.Repeat("v1,AAAA ", 17)), "", ErrMalformed},
		{"standard, nothing", Standard, testSecret, http.Header{}, "", ErrMalformed},
		{"github", GitHub, "s3cret", githubDelivery("s3cret"), "72d3162e-cc78-11e3-81ab-4c9367dc0958", nil},
		{"github, other secret", GitHub, "other", githubDelivery("s3cret"), "", ErrSignature},
		{"github, sha1", GitHub, "s3cret", with(githubDelivery("s3cret"), headerHubSignature, "sha1=00"), "", ErrMalformed},
		{"github, empty signature", GitHub, "s3cret", with(githubDelivery("s3cret"), headerHubSignature, "sha256="), "", ErrSignature},
		{"github, not hex", GitHub, "s3cret", with(githubDelivery("s3cret"), headerHubSignature, "sha256=zz"), "", ErrMalformed},
		{"github, no delivery id", GitHub, "s3cret", http.Header{headerHubSignature: {"sha256=00"}}, "", ErrMalformed},
		{"stripe", Stripe, "whsec_x", stripeDelivery(now, "whsec_x"), "evt_1", nil},
		{"stripe, too old", Stripe, "whsec_x", stripeDelivery(now-301, "whsec_x"), "", ErrStale},
		{"stripe, other secret", Stripe, "whsec_y", stripeDelivery(now, "whsec_x"), "", ErrSignature},
		{"stripe, time twice", Stripe, "whsec_x", with(http.Header{}, headerStripeSignature, "t=1700000000,t=1700000000,v1=00"), "", ErrMalformed},
		{"stripe, only the test scheme", Stripe, "whsec_x", with(http.Header{}, headerStripeSignature, "t=1700000000,v0=00"), "", ErrMalformed},
		{"stripe, no time", Stripe, "whsec_x", with(http.Header{}, headerStripeSignature, "v1=00"), "", ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, err := NewVerifier(tt.scheme, []string{tt.secret}, at(now))
			if err != nil {
				t.Fatal(err)
			}
			id, err := v.Verify(tt.header, testBody)
			if !errors.Is(err, tt.err) || id != tt.id {
				t.Errorf("Verify = %q, %v, want %q, %v", id, err, tt.id, tt.err)
			}
			if tt.err == nil {
				if _, err := v.Verify(tt.header, append([]byte(" "), testBody...)); !errors.Is(err, ErrSignature) {
					t.Errorf("one more byte of body: %v, want ErrSignature", err)
				}
			}
		})
	}
}

func TestVerifyRotation(t *testing.T) {
	t.Parallel()
	v, err := NewVerifier(GitHub, []string{"new", "old"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"new", "old"} {
		if _, err := v.Verify(githubDelivery(secret), testBody); err != nil {
			t.Errorf("secret %q: %v", secret, err)
		}
	}
}

func TestStripeEventWithoutID(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "[]", `{"id":7}`, `{"id":""}`, "{}", `{"id":"a b"}`} {
		h := http.Header{}
		h.Set(headerStripeSignature, "t=5,v1="+hex.EncodeToString(mac([]byte("s"), []byte("5."+body))))
		v, err := NewVerifier(Stripe, []string{"s"}, at(5))
		if err != nil {
			t.Fatal(err)
		}
		if id, err := v.Verify(h, []byte(body)); !errors.Is(err, ErrMalformed) || id != "" {
			t.Errorf("body %q: %q, %v", body, id, err)
		}
	}
}

func TestSecretsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		scheme  Scheme
		secrets []string
	}{
		{Standard, nil}, {Standard, []string{""}}, {Standard, []string{"whsec_"}}, {Standard, []string{"whsec_==="}},
		{Standard, []string{"whsec_*hidden*"}}, {Standard, []string{testSecret, " "}},
		{GitHub, nil}, {GitHub, []string{""}}, {GitHub, []string{"hidden", "\t"}},
		{Stripe, nil}, {Stripe, []string{""}},
	}
	for _, tt := range tests {
		_, err := NewVerifier(tt.scheme, tt.secrets, time.Now)
		if !errors.Is(err, ErrSecret) {
			t.Errorf("%s %q: %v, want ErrSecret", tt.scheme, tt.secrets, err)
		} else if strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: the error tells the secret: %v", tt.scheme, err)
		}
	}
	if _, err := NewVerifier("md5", []string{"x"}, time.Now); err == nil {
		t.Error("an unknown scheme was taken")
	}
	for _, secrets := range [][]string{nil, {""}, {"whsec_c2hvcnQ="}} {
		if _, err := NewSigner(secrets...); !errors.Is(err, ErrSecret) {
			t.Errorf("NewSigner(%q) = %v, want ErrSecret", secrets, err)
		}
	}
}

// The official Go library reads what we sign, and we read what it signs.
func TestOfficialGoLibrary(t *testing.T) {
	t.Parallel()
	official, err := standardwebhooks.NewWebhook(testSecret)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	h := standardDelivery(t, "msg_1", now.Unix(), otherSecret, testSecret)
	if err := official.Verify(testBody, h); err != nil {
		t.Errorf("the official library refuses our signature: %v", err)
	}
	signature, err := official.Sign("msg_2", now, testBody)
	if err != nil {
		t.Fatal(err)
	}
	theirs := http.Header{}
	theirs.Set(standardwebhooks.HeaderWebhookID, "msg_2")
	theirs.Set(standardwebhooks.HeaderWebhookTimestamp, fmt.Sprint(now.Unix()))
	theirs.Set(standardwebhooks.HeaderWebhookSignature, signature)
	v, err := NewVerifier(Standard, []string{testSecret}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := v.Verify(theirs, testBody); err != nil || id != "msg_2" {
		t.Errorf("Verify = %q, %v", id, err)
	}
}

// Whatever a header holds, parsing ends in a claim within its bounds or in ErrMalformed.
func FuzzParse(f *testing.F) {
	f.Add("msg_1", "1700000000", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4= v1a,x")
	f.Add("72d3162e-cc78-11e3-81ab-4c9367dc0958", "", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
	f.Add("", "", "t=1492774577,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd,v0=6ffbb59b")
	f.Add("a", "99999999999999999999", "t=,v1=,,=,v1,v1")
	f.Fuzz(func(t *testing.T, id, timestamp, signature string) {
		h := http.Header{
			HeaderID: {id}, HeaderTimestamp: {timestamp}, HeaderSignature: {signature},
			headerGitHubDelivery: {id}, headerHubSignature: {signature}, headerStripeSignature: {signature},
		}
		for name, s := range schemes {
			c, err := s.parse(h)
			if err != nil {
				if !errors.Is(err, ErrMalformed) {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			if len(c.signatures) == 0 || len(c.signatures) > maxSignatures {
				t.Errorf("%s: %d signatures", name, len(c.signatures))
			}
			if name != Stripe && (c.id == "" || len(c.id) > maxDeliveryID) {
				t.Errorf("%s: id %q", name, c.id)
			}
			if name != GitHub && !decimal(c.timestamp) {
				t.Errorf("%s: timestamp %q", name, c.timestamp)
			}
			v := Verifier{scheme: s, keys: [][]byte{[]byte("k")}, now: at(1492774577)}
			if _, err := v.Verify(h, testBody); err == nil {
				t.Errorf("%s: a guessed signature was taken", name)
			}
		}
	})
}
