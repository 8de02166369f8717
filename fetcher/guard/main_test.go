package guard_test

import (
	"testing"

	"go.uber.org/goleak"

	"gather/fetcher/guard"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newGuard(t testing.TB, opts guard.Options) *guard.Guard {
	t.Helper()
	g, err := guard.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
