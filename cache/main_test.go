package cache_test

import (
	"net/http"
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"gather/cache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

func rulesFor(r cache.Rules) func(*http.Request) cache.Rules {
	return func(*http.Request) cache.Rules { return r }
}
