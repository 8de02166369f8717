package app_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

const hookSecret = "it's a secret to everybody"

// signed are the fields of a delivery as GitHub signs it.
func signed(body, id string) []string {
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write([]byte(body))
	return []string{
		"Content-Type: application/json", "X-GitHub-Delivery: " + id,
		"X-Hub-Signature-256: sha256=" + hex.EncodeToString(mac.Sum(nil)),
	}
}

const hookConfig = `
collections:
  - name: todos
    params: {user: {type: integer}}
    batch:
      requests:
        - {id: user, upstream: sample, url: "/users/{{params.user}}"}
        - {id: of, upstream: sample, url: "/posts?userId={{hook.sender.id}}&_limit=1"}
hooks:
  - {name: push, type: github, secretEnv: HOOK, collection: todos, params: {user: "{{hook.sender.id}}"}}
`

// TestHook follows a delivery to what it fetches, and its replay to the same job.
func TestHook(t *testing.T) {
	t.Parallel()
	s := start(t, hookConfig, "HOOK="+hookSecret)
	const body = `{"sender": {"id": 3}}`
	first := s.call("POST", "/v1/hooks/push", body, signed(body, "one")...).want(t, http.StatusAccepted)
	location := first.Header.Get("Location")
	got := s.finished(location)
	if got.State != "completed" || got.Source != "hook push" || got.Result.Summary.Collected != 2 {
		t.Errorf("%+v", got)
	}
	var stored struct {
		Result struct {
			Responses []struct{ Body json.RawMessage }
		}
	}
	s.call("GET", location, "").json(t, &stored)
	if responses := stored.Result.Responses; !strings.Contains(string(responses[0].Body), `"id": 3`) || !strings.Contains(string(responses[1].Body), `"userId": 3`) {
		t.Errorf("%s", responses)
	}
	replay := s.call("POST", "/v1/hooks/push", body, signed(body, "one")...).want(t, http.StatusOK)
	if replay.Header.Get("Location") != location {
		t.Errorf("the replay made %s", replay.Header.Get("Location"))
	}
	if other := s.call("POST", "/v1/hooks/push", body, signed(body, "two")...).want(t, http.StatusAccepted); other.Header.Get("Location") == location {
		t.Error("another delivery gave the same job")
	}
}

// TestHookRefusals are told apart by nothing but their status.
func TestHookRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, hookConfig, "HOOK="+hookSecret)
	const body = `{"sender": {"id": 3}}`
	good := signed(body, "x")
	for name, tt := range map[string]struct {
		body   string
		fields []string
		status int
	}{
		"another body":       {`{"sender": {"id": 4}}`, good, 401},
		"a space more":       {body + " ", good, 401},
		"another secret":     {body, []string{good[1], "X-Hub-Signature-256: sha256=" + strings.Repeat("00", 32)}, 401},
		"half a signature":   {body, []string{good[1], good[2][:60]}, 401},
		"the old signature":  {body, []string{good[1], "X-Hub-Signature: sha1=" + strings.Repeat("00", 20)}, 400},
		"no hex":             {body, []string{good[1], "X-Hub-Signature-256: sha256=xyz"}, 400},
		"two signatures":     {body, append([]string{good[2]}, good...), 400},
		"unsigned":           {body, nil, 400},
		"no delivery id":     {body, good[2:], 400},
		"signed, no JSON":    {"{", signed("{", "y"), 400},
		"signed, not enough": {"{}", signed("{}", "z"), 422},
		"signed, wrong type": {`{"sender": {"id": "x"}}`, signed(`{"sender": {"id": "x"}}`, "t"), 422},
		"too large":          {strings.Repeat(" ", 9<<20), good, 413},
		"compressed":         {body, append([]string{"Content-Encoding: gzip"}, good...), 415},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.call("POST", "/v1/hooks/push", tt.body, tt.fields...).want(t, tt.status)
			if text := string(got.body); tt.status == 401 && !strings.Contains(text, `"detail":"the delivery is not accepted"`) ||
				strings.Contains(text, "signature") || strings.Contains(text, "secret") {
				t.Errorf("%s", text)
			}
		})
	}
}
