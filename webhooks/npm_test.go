package webhooks

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// nodeModules is where the front end's tests install the npm libraries.
const nodeModules = "../e2e/node_modules"

// npm runs testdata/interop.mjs. A copy beside a link to node_modules lets node
// resolve the libraries, which it looks for from the script's own place.
func npm(t *testing.T, task map[string]any) map[string]string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs the program node")
	}
	modules, err := filepath.Abs(nodeModules)
	if err != nil {
		t.Fatal(err)
	}
	for _, library := range []string{"standardwebhooks", "stripe", "@octokit/webhooks"} {
		if _, err := os.Stat(filepath.Join(modules, library)); err != nil {
			t.Skipf("needs the npm library %s: run npm ci in e2e", library)
		}
	}
	dir := t.TempDir()
	script, err := os.ReadFile("testdata/interop.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "interop.mjs"), script, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	in, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "interop.mjs")
	cmd.Dir = dir
	cmd.Stdin = bytes.NewReader(in)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, complaint.String())
	}
	var answer map[string]any
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	headers := map[string]string{}
	for k, v := range answer {
		if s, ok := v.(string); ok {
			headers[k] = s
		}
	}
	return headers
}

// npm's standardwebhooks verifies what we sign; it throws otherwise.
func TestNPMVerifiesOurSignature(t *testing.T) {
	t.Parallel()
	h := standardDelivery(t, "msg_1", time.Now().Unix(), otherSecret, testSecret)
	flat := map[string]string{
		"webhook-id":        h.Get(HeaderID),
		"webhook-timestamp": h.Get(HeaderTimestamp),
		"webhook-signature": h.Get(HeaderSignature),
	}
	npm(t, map[string]any{"task": "standard-verify", "secret": testSecret, "body": string(testBody), "headers": flat})
}

// We verify what each sender's own library signs.
func TestVerifyNPMSignatures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		scheme     Scheme
		secret, id string
	}{
		{Standard, testSecret, "msg_npm"},
		{GitHub, "It's a Secret to Everybody", "72d3162e-cc78-11e3-81ab-4c9367dc0958"},
		{Stripe, "whsec_test_secret", "evt_1"},
	}
	for _, tt := range tests {
		t.Run(string(tt.scheme), func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			for k, v := range npm(t, map[string]any{"task": string(tt.scheme) + "-sign", "secret": tt.secret, "body": string(testBody)}) {
				h.Set(k, v)
			}
			v, err := NewVerifier(tt.scheme, []string{tt.secret}, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			if id, err := v.Verify(h, testBody); err != nil || id != tt.id {
				t.Errorf("Verify = %q, %v, want %q", id, err, tt.id)
			}
		})
	}
}
