package collections_test

import (
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gather/collections"
	"gather/fetcher"
)

// digits is a Checker that takes numbers of digits only.
type digits struct{ fallback string }

func (d digits) Required() bool { return d.fallback == "" }

func (d digits) Default() []byte { return []byte(d.fallback) }

func (d digits) Text(text string) ([]byte, error) { return []byte(text), d.Value([]byte(text)) }

func (d digits) Value(value []byte) error {
	if strings.Trim(string(value), "0123456789") != "" || len(value) == 0 {
		return errors.New("must be digits")
	}
	return nil
}

func definition() *collections.Definition {
	return &collections.Definition{Name: "c", Batch: jsontext.Value("{}"), Params: map[string]collections.Param{
		"a": {Type: "integer", Checker: digits{"7"}}, "b~/": {Type: "integer", Checker: digits{}},
	}}
}

func TestBindQuery(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"b~/=1":                 `{"a":7,"b~/":1}`,
		"b~/=1&a=2":             `{"a":2,"b~/":1}`,
		"":                      "#/params/b~0~1: is required",
		"b~/=x&a=y":             "#/params/a: must be digits\n#/params/b~0~1: must be digits",
		"b~/=1&b~/=2":           "#/params/b~0~1: may stand here once",
		"b~/=1&z=CANARY":        "#/params/z: the collection has no parameter of this name",
		"b~/=%ff":               "#/params/b~0~1: is not UTF-8",
		"b~/=1&a=" + "9" + "&x": "#/params/x: the collection has no parameter of this name",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := definition().BindQuery(values)
		check(t, query, got, err, want)
	}
}

func TestBindJSON(t *testing.T) {
	t.Parallel()
	for object, want := range map[string]string{
		`{"b~/": 1}`:            `{"a":7,"b~/":1}`,
		`{"b~/": 12, "a": 2}`:   `{"a":2,"b~/":12}`,
		``:                      "#/params/b~0~1: is required",
		`{"b~/": "1"}`:          "#/params/b~0~1: must be digits",
		`{"b~/": null}`:         "#/params/b~0~1: must be digits",
		`{"b~/": 1, "c": 1}`:    "#/params/c: the collection has no parameter of this name",
		`[1]`:                   "#/params: must be an object of parameters",
		`null`:                  "#/params: must be an object of parameters",
		`{"b~/": 1, "b~/": 2}`:  "#/params: must be an object of parameters",
		`{"b~/": [1], "a": {}}`: "#/params/a: must be digits\n#/params/b~0~1: must be digits",
	} {
		got, err := definition().BindJSON(jsontext.Value(object))
		check(t, object, got, err, want)
	}
}

func check(t *testing.T, given string, got jsontext.Value, err error, want string) {
	t.Helper()
	var faults fetcher.Faults
	if err != nil && (!errors.As(err, &faults) || got != nil) {
		t.Errorf("%q: %v beside %s", given, err, got)
	}
	text := string(got)
	if err != nil {
		text = err.Error()
	}
	if text != want {
		t.Errorf("%q gave %s, want %s", given, text, want)
	}
}

func TestWork(t *testing.T) {
	t.Parallel()
	d := definition()
	d.Timeout, d.Cache = 2*time.Second, "reload"
	work := d.Work(jsontext.Value(`{"a":1}`))
	if string(work.Batch) != "{}" || string(work.Params) != `{"a":1}` || work.TimeoutMs != 2000 || work.Cache != "reload" {
		t.Errorf("%+v", work)
	}
}

func TestMayRun(t *testing.T) {
	t.Parallel()
	open, closed := collections.Definition{}, collections.Definition{Keys: []string{"ci"}}
	if !open.MayRun("") || !open.MayRun("ci") || !closed.MayRun("ci") || closed.MayRun("") || closed.MayRun("cI") {
		t.Error("Keys are not what decides")
	}
}

// TestReplaceIsAtomic shows that no reader ever sees a mixture of two sets.
func TestReplaceIsAtomic(t *testing.T) {
	t.Parallel()
	sets := [][]collections.Definition{
		{{Name: "b", Description: "old"}, {Name: "a", Description: "old"}},
		{{Name: "b", Description: "new"}, {Name: "a", Description: "new"}, {Name: "c", Description: "new"}},
	}
	book := collections.NewBook(sets[0])
	var writing sync.WaitGroup
	writing.Go(func() {
		for i := range 1000 {
			book.Replace(sets[i%2])
		}
	})
	for range 1000 {
		all := book.All()
		for i, d := range all {
			if d.Description != all[0].Description || i > 0 && all[i-1].Name >= d.Name {
				t.Fatalf("%+v beside %+v", d, all[0])
			}
		}
	}
	writing.Wait()
	if book.Find("c") == nil || book.Find("none") != nil {
		t.Error("Find does not find what Replace put there")
	}
}
