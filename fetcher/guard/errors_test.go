package guard

import (
	"errors"
	"regexp"
	"testing"
)

// Every reason has a label of its own and a message, and is of one kind.
func TestReasons(t *testing.T) {
	t.Parallel()
	label := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	seen := map[string]Reason{}
	for r := reasonNone + 1; r < reasonEnd; r++ {
		if earlier, ok := seen[r.String()]; ok || !label.MatchString(r.String()) || r.String() == reasonNone.String() {
			t.Errorf("reason %d has the label %q, as %d", r, r, earlier)
		}
		seen[r.String()] = r
		err := refuse(r)
		if r.Message() == "" || err.Error() != r.Message() {
			t.Errorf("%v: text %q, message %q", r, err, r.Message())
		}
		if errors.Is(err, ErrBlocked) == errors.Is(err, ErrHeader) {
			t.Errorf("%v is of no kind, or of both", r)
		}
		if errors.Is(err, ErrMalformed) && !errors.Is(err, ErrBlocked) {
			t.Errorf("%v is malformed but not blocked", r)
		}
		if errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%v is anything", r)
		}
	}
	for _, r := range []Reason{reasonNone, reasonEnd, 255} {
		if r.String() != "unknown" || r.Message() == "" {
			t.Errorf("reason %d: %q, %q", r, r, r.Message())
		}
	}
}

// What is learnt only after resolution must not be told apart.
func TestAddressReasonsReadAlike(t *testing.T) {
	t.Parallel()
	for _, r := range []Reason{ReasonMetadata, ReasonNetwork, ReasonName} {
		if r.Message() != ReasonAddress.Message() {
			t.Errorf("%v reads %q", r, r.Message())
		}
	}
}
