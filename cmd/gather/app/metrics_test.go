package app_test

import (
	"strings"
	"testing"
)

// TestRefusedTargetsAreCounted counts by reason, and by nothing a stranger chooses.
func TestRefusedTargetsAreCounted(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	s.call("POST", "/v1/fetch", `{"requests": [
		{"url": "http://10.1.2.3/"}, {"url": "http://10.1.2.4/"}, {"url": "http://printer.local/"}, {"url": "http://169.254.169.254/"},
		{"url": "http://example.com:22/"}
	]}`).want(t, 200)
	got := string(s.call("GET", "/metrics", "").want(t, 200).body)
	for _, want := range []string{
		`gather_targets_refused_total{reason="address"} 2`, `{reason="name"} 1`, `{reason="metadata"} 1`, `{reason="port"} 1`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("%s is not there", want)
		}
	}
	for _, never := range []string{"10.1.2", "printer", "169.254", "example.com"} {
		if strings.Contains(got, never) {
			t.Errorf("the metrics hold %s", never)
		}
	}
}
