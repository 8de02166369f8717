package fetcher_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gather/fetcher"
)

func TestDecodeBatchReadsEveryField(t *testing.T) {
	t.Parallel()
	got, err := fetcher.DecodeBatch([]byte(`{
		"requests": [
			{"id": "user", "url": "https://a.example/users/1"},
			{"id": "x", "upstream": "a", "url": "/y", "method": "POST", "headers": {"X-A": "1", "x-b": ""}, "body": {"n": 9007199254740993},
			 "timeout": "250ms", "required": true, "dependsOn": ["user"], "forEach": "user.body.ids[]",
			 "paginate": {"next": "link", "param": "page", "items": ".data", "total": ".total", "maxPages": 3},
			 "select": ".id", "cache": "reload", "redirect": "manual", "retry": {"attempts": 3}}
		],
		"timeout": "10s", "concurrency": 4, "callback": {"url": "https://c.example/", "endpoint": "crm"}
	}`), 2)
	want := fetcher.Batch{
		Requests: []fetcher.Request{
			{ID: "user", URL: "https://a.example/users/1"},
			{
				ID: "x", Upstream: "a", URL: "/y", Method: "POST", Headers: map[string]string{"X-A": "1", "x-b": ""},
				Body: jsontext.Value(`{"n": 9007199254740993}`), Timeout: 250 * time.Millisecond, Required: true,
				DependsOn: []string{"user"}, ForEach: "user.body.ids[]",
				Paginate: &fetcher.Paginate{Next: "link", Param: "page", Items: ".data", Total: ".total", MaxPages: 3},
				Select:   ".id", Cache: "reload", Redirect: "manual", Attempts: 3,
			},
		},
		Timeout: 10 * time.Second, Concurrency: 4, Callback: &fetcher.Callback{URL: "https://c.example/", Endpoint: "crm"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("error %v\n got %+v\nwant %+v", err, got, want)
	}
}

func TestDecodeBatchNamesEveryFault(t *testing.T) {
	t.Parallel()
	const duration = `must be a duration above zero such as "250ms" or "10s"`
	for name, tt := range map[string]struct {
		batch string
		want  []string // "pointer: detail"
	}{
		"not an object":           {`[]`, []string{"#: must be an object"}},
		"null":                    {`null`, []string{"#: must be an object"}},
		"unknown key":             {`{"request": 1}`, []string{"#/request: unknown key"}},
		"unknown key of an item":  {`{"requests": [{"ulr": "x"}]}`, []string{"#/requests/0/ulr: unknown key"}},
		"keys differ in case":     {`{"Requests": []}`, []string{"#/Requests: unknown key"}},
		"duplicate key":           {`{"timeout": "1s", "timeout": "2s"}`, []string{"#/timeout: duplicate key"}},
		"duplicate by an escape":  {`{"timeout": "1s", "timeo\u0075t": "2s"}`, []string{"#/timeout: duplicate key"}},
		"duplicate header":        {`{"requests": [{"headers": {"a": "1", "a": "2"}}]}`, []string{"#/requests/0/headers/a: duplicate key"}},
		"duplicate in a body":     {`{"requests": [{"body": {"a": {"b": 1, "b": 2}}}]}`, []string{"#/requests/0/body: holds a duplicate key"}},
		"key to be escaped":       {`{"a/b~c d\u00e9": 1}`, []string{"#/a~1b~0c%20d%C3%A9: unknown key"}},
		"requests no array":       {`{"requests": {}}`, []string{"#/requests: must be an array"}},
		"item no object":          {`{"requests": [1, "a"]}`, []string{"#/requests/0: must be an object", "#/requests/1: must be an object"}},
		"id no string":            {`{"requests": [{"id": 1}]}`, []string{"#/requests/0/id: must be a string"}},
		"id null":                 {`{"requests": [{"id": null}]}`, []string{"#/requests/0/id: must be a string"}},
		"url empty":               {`{"requests": [{"url": ""}]}`, []string{"#/requests/0/url: must not be empty"}},
		"headers no object":       {`{"requests": [{"headers": []}]}`, []string{"#/requests/0/headers: must be an object of strings"}},
		"header no string":        {`{"requests": [{"headers": {"n": 1, "m": null}}]}`, []string{"#/requests/0/headers/n: must be a string", "#/requests/0/headers/m: must be a string"}},
		"required no boolean":     {`{"requests": [{"required": "true"}]}`, []string{"#/requests/0/required: must be true or false"}},
		"dependsOn no array":      {`{"requests": [{"dependsOn": "a"}]}`, []string{"#/requests/0/dependsOn: must be an array"}},
		"dependsOn element":       {`{"requests": [{"dependsOn": ["a", 1]}]}`, []string{"#/requests/0/dependsOn/1: must be a string"}},
		"timeout a number":        {`{"timeout": 10}`, []string{`#/timeout: must be a duration such as "250ms" or "10s"`}},
		"timeout without a unit":  {`{"timeout": "10"}`, []string{"#/timeout: " + duration}},
		"timeout zero":            {`{"timeout": "0s"}`, []string{"#/timeout: " + duration}},
		"timeout negative":        {`{"requests": [{"timeout": "-1s"}]}`, []string{"#/requests/0/timeout: " + duration}},
		"timeout too large":       {`{"timeout": "9999999h"}`, []string{"#/timeout: " + duration}},
		"concurrency a string":    {`{"concurrency": "1"}`, []string{"#/concurrency: must be a whole number"}},
		"concurrency negative":    {`{"concurrency": -1}`, []string{"#/concurrency: must be a whole number from 0 to 1048576"}},
		"concurrency a fraction":  {`{"concurrency": 1.0}`, []string{"#/concurrency: must be a whole number from 0 to 1048576"}},
		"concurrency an exponent": {`{"concurrency": 1e2}`, []string{"#/concurrency: must be a whole number from 0 to 1048576"}},
		"concurrency enormous":    {`{"concurrency": 99999999999999999999}`, []string{"#/concurrency: must be a whole number from 0 to 1048576"}},
		"attempts zero":           {`{"requests": [{"retry": {"attempts": 0}}]}`, []string{"#/requests/0/retry/attempts: must be a whole number from 1 to 10"}},
		"attempts too many":       {`{"requests": [{"retry": {"attempts": 11}}]}`, []string{"#/requests/0/retry/attempts: must be a whole number from 1 to 10"}},
		"retry a number":          {`{"requests": [{"retry": 3}]}`, []string{"#/requests/0/retry: must be an object"}},
		"paginate a string":       {`{"requests": [{"paginate": "link"}]}`, []string{"#/requests/0/paginate: must be an object"}},
		"maxPages zero":           {`{"requests": [{"paginate": {"maxPages": 0}}]}`, []string{"#/requests/0/paginate/maxPages: must be a whole number from 1 to 10000"}},
		"callback":                {`{"callback": {"to": 1, "url": 2}}`, []string{"#/callback/to: unknown key", "#/callback/url: must be a string"}},
		"all at once": {
			`{"timeout": 1, "requests": [{"url": 1}, {"url": "https://a.example/", "metod": "GET"}], "concurrency": []}`,
			[]string{
				`#/timeout: must be a duration such as "250ms" or "10s"`, "#/requests/0/url: must be a string",
				"#/requests/1/metod: unknown key", "#/concurrency: must be a whole number",
			},
		},
		"too many requests": {`{"requests": [{}, {}, {}, {}]}`, []string{"#/requests: 4 requests are more than the 3 allowed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := fetcher.DecodeBatch([]byte(tt.batch), 3)
			wantFaults(t, err, tt.want)
		})
	}
}

// wantFaults fails unless err is exactly these faults, in this order.
func wantFaults(t *testing.T, err error, want []string) {
	t.Helper()
	var faults fetcher.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("error %v (%T), want faults", err, err)
	}
	var got []string
	for _, fault := range faults {
		got = append(got, fault.Pointer+": "+fault.Detail)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
	if text := err.Error(); text != strings.Join(want, "\n") {
		t.Fatalf("the error reads\n%s", text)
	}
}

func TestDecodeBatchBoundsFaults(t *testing.T) {
	t.Parallel()
	_, err := fetcher.DecodeBatch([]byte(`{"requests": [`+strings.Repeat(`1,`, 5000)+`1]}`), 0)
	var faults fetcher.Faults
	if !errors.As(err, &faults) || len(faults) != 101 {
		t.Fatalf("%d faults, want 100 and a last one that says there are more", len(faults))
	}
	if last := faults[100]; last.Pointer != "#" || last.Detail != "there are more faults than these" {
		t.Fatalf("the last fault is %+v", last)
	}
}

func TestDecodeBatchShowsWhereItIsNotJSON(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		batch        string
		line, column int
	}{
		"empty":             {``, 1, 1},
		"cut off":           {`{"requests": [`, 1, 15},
		"comma missing":     {"{\"timeout\": \"1s\"\n  \"concurrency\": 1}", 2, 3},
		"trailing comma":    {"{\n\"timeout\": \"1s\",\n}", 2, 16},
		"single quotes":     {`{'requests': []}`, 1, 2},
		"trailing data":     {`{"requests": []} {}`, 1, 19},
		"trailing bracket":  {"{\"requests\": []}\n]", 2, 1},
		"invalid UTF-8":     {"{\"requests\": [{\"id\": \"\xff\"}]}", 1, 23},
		"lone surrogate":    {`{"requests": [{"id": "\ud800"}]}`, 1, 23},
		"byte order mark":   {"\xef\xbb\xbf{}", 1, 1},
		"number of a body":  {`{"requests": [{"body": 01}]}`, 1, 25},
		"ten million deep":  {`{"requests": ` + strings.Repeat("[", 10<<20), 1, 10013},
		"control character": {"{\"id\": \"\x01\"}", 1, 9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := fetcher.DecodeBatch([]byte(tt.batch), 10)
			var syntax *fetcher.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("error %v (%T), want a syntax error", err, err)
			}
			if syntax.Line != tt.line || syntax.Column != tt.column {
				t.Errorf("at line %d, column %d (%s), want %d, %d", syntax.Line, syntax.Column, syntax.Detail, tt.line, tt.column)
			}
			if want := fmt.Sprintf("line %d, column %d: %s", syntax.Line, syntax.Column, syntax.Detail); err.Error() != want || len(want) > 200 {
				t.Errorf("the error reads %q", err)
			}
		})
	}
}

func TestDecodeBatchRepeatsNoValue(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for _, batch := range []string{
		`{"timeout": "` + secret + `"}`,
		`{"requests": [{"url": ["` + secret + `"], "headers": {"authorization": {"a": "` + secret + `"}}, "body": {"` + secret + `": 1, "` + secret + `": 2}}]}`,
		`{"requests": [{"url": "` + secret + `"`,
		`{"requests": [{"url": ` + secret,
	} {
		_, err := fetcher.DecodeBatch([]byte(batch), 0)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", batch, err)
		}
	}
}

// FuzzDecodeBatch: nothing panics, and what is accepted can be judged, and says the
// same when it is read again from the same bytes.
func FuzzDecodeBatch(f *testing.F) {
	for _, seed := range []string{
		`{"requests": [{"url": "https://a.example/"}]}`,
		`{"requests": [{"id": "a", "url": "https://a.example/", "body": {"a": [1e400]}}, {"url": "https://b.example/{{a.body.id}}", "forEach": "a.body[]"}], "timeout": "1s"}`,
		`{"requests": [{"url": "{{each}}", "forEach": "each"}]}`,
		`{"requests": [{"url": "x{{\"{{\"}}"}, {"url": "//{{a.body}}"}]}`,
		`{"requests": [{"url": "/a", "upstream": "a", "paginate": {"next": ".next"}, "select": "map(.id)", "headers": {"x": "{{0.status}}"}}]}`,
		`{"requests": [{"dependsOn": ["1"]}, {"dependsOn": ["0"]}]}`,
		`{"requests":[],"requests":1}`, `[`, "\xff", `{"callback": {}}`,
	} {
		f.Add([]byte(seed))
	}
	r := start(f, setup{local: []string{"http://127.0.0.1:1"}})
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := fetcher.DecodeBatch(data, 100)
		second, again := fetcher.DecodeBatch(data, 100)
		if (err == nil) != (again == nil) || err == nil && !reflect.DeepEqual(first, second) {
			t.Fatalf("read twice, it differs: %v, %v", err, again)
		}
		plan, err := r.Compile(first, fetcher.CompileOptions{})
		var faults fetcher.Faults
		switch {
		case err == nil && plan.Len() != len(first.Requests):
			t.Fatalf("%d items for %d requests", plan.Len(), len(first.Requests))
		case err != nil && (!errors.As(err, &faults) || len(faults) == 0):
			t.Fatalf("refused with %v (%T)", err, err)
		}
		for _, fault := range faults {
			if !strings.HasPrefix(fault.Pointer, "#") || fault.Detail == "" {
				t.Fatalf("the fault %+v has no place or says nothing", fault)
			}
		}
	})
}
