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
	for _, unknown := range []access.Reason{access.RateExceeded + 1, 99} {
		if unknown.Status() != 403 || unknown.String() != "unknown" || unknown.Message() != "" {
			t.Errorf("an unknown reason is let pass: %d %q %q", unknown.Status(), unknown, unknown.Message())
		}
	}
	if none := access.Reason(0); none.Status() != 0 || none.String() != "unknown" {
		t.Errorf("no reason: %d %q", none.Status(), none)
	}
}
