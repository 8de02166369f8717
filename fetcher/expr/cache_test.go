package expr

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
)

func TestTheLastUsedQueriesAreKept(t *testing.T) {
	t.Parallel()
	c := newQueries(2)
	get := func(src string) *Query {
		q, err := c.get(src)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	a, b := get(".a + 1"), get(".b + 1")
	if get(".a + 1") != a {
		t.Error("was compiled again")
	}
	get(".c + 1") // .b is the one not used for longest
	if get(".a + 1") != a || get(".b + 1") == b {
		t.Error("the wrong one left")
	}
	if _, err := c.get("input"); err == nil || c.recent.Len() != 2 || len(c.bySrc) != 2 {
		t.Errorf("%v, %d kept", err, c.recent.Len())
	}
}

func TestQueriesForMany(t *testing.T) {
	t.Parallel()
	c := newQueries(4)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			q, err := c.get(fmt.Sprintf(".[%d] + 1, length", i%8))
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := q.JSON(t.Context(), []byte(`[0,1,2,3,4,5,6,7]`)); err != nil || string(got) != fmt.Sprintf("[%d,8]", i%8+1) {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
	wg.Wait()
	if c.recent.Len() > 4 || len(c.bySrc) > 4 {
		t.Errorf("%d kept", c.recent.Len())
	}
}

func TestSlots(t *testing.T) {
	t.Parallel()
	s := newSlots(1)
	if err := s.acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.acquire(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	s.release()
	if err := s.acquire(t.Context()); err != nil {
		t.Errorf("%v", err)
	}
}

// Every name the tables speak of is one gojq knows, so that a new version cannot leave a rule for nothing.
func TestAllowedFunctionsExist(t *testing.T) {
	t.Parallel()
	for name, rule := range allowed {
		var base string
		var args int
		for i := range name {
			if name[i] == '/' {
				base, args = name[:i], int(name[i+1]-'0')
			}
		}
		src := base
		for i := range args {
			src += map[bool]string{true: "(", false: ";"}[i == 0]
			if rule.regexp && (i == 0 || i == args-1) {
				src += `"g"`
			} else {
				src += "1"
			}
		}
		if args > 0 {
			src += ")"
		}
		if _, err := compile(src); err != nil {
			t.Errorf("%s: %v", src, err)
		}
		if _, both := refused[base]; both && base != "recurse" {
			t.Errorf("%s is allowed and refused", base)
		}
		if len(rule.args) > args {
			t.Errorf("%s has rules for %d arguments", name, len(rule.args))
		}
	}
}
