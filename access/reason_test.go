package access_test

import (
	"testing"

	"gather/access"
)

func TestReasons(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for reason, status := range map[access.Reason]int{
		access.ForeignHost: 403, access.ForeignOrigin: 403, access.NoKey: 401, access.UnknownKey: 401, access.RateExceeded: 429,
	} {
		if reason.Status() != status || reason.Message() == "" || seen[reason.String()] {
			t.Errorf("%v: status %d, message %q", reason, reason.Status(), reason.Message())
		}
		seen[reason.String()] = true
	}
	if unknown := access.Reason(99); unknown.Status() != 403 || unknown.String() != "unknown" {
		t.Errorf("an unknown reason is let pass: %d %q", unknown.Status(), unknown)
	}
}
