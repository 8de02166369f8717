package fetcher_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"gather/fetcher"
	"gather/fetcher/fetchertest"
)

// depthBomb is 10 MiB of brackets: whoever follows them by recursion overflows.
var depthBomb = strings.Repeat("[", 10<<20)

func TestBodiesByMediaType(t *testing.T) {
	t.Parallel()
	const jsonType = "application/json"
	binary := "\x00\xff\xfe"
	for name, tt := range map[string]struct {
		contentType, sent string
		want              string // as JSON; "" for none
		encoding          string
		bad               bool
	}{
		"numbers byte for byte":       {jsonType, `{"id":9007199254740993,"big":1e400,"x":1.10,"z":-0}`, `{"id":9007199254740993,"big":1e400,"x":1.10,"z":-0}`, "", false},
		"escapes byte for byte":       {jsonType, `"\u00e9\/"`, `"\u00e9\/"`, "", false},
		"duplicate keys stay":         {jsonType, `{"a":1,"a":2}`, `{"a":1,"a":2}`, "", false},
		"pretty becomes one line":     {jsonType, "{\n  \"a\": [\r\n    1,\r\n    2\n  ]\n}\n", `{  "a": [    1,    2  ]}`, "", false},
		"with a byte order mark":      {jsonType, "\xef\xbb\xbf[1]", `[1]`, "", false},
		"JSON in capitals":            {"Application/JSON; Charset=UTF-8", `[1]`, `[1]`, "", false},
		"a +json type":                {"application/problem+json", `{"title":"x"}`, `{"title":"x"}`, "", false},
		"text/json":                   {"text/json", `null`, `null`, "", false},
		"malformed parameter":         {"application/json; =x", `[1]`, `[1]`, "", false},
		"HTML that claims JSON":       {jsonType, "<html>\n", `"<html>\n"`, "", true},
		"JSON cut off":                {jsonType, `{"a":`, `"{\"a\":"`, "", true},
		"two JSON texts":              {jsonType, `{} {}`, `"{} {}"`, "", true},
		"NaN":                         {jsonType, `NaN`, `"NaN"`, "", true},
		"a leading zero":              {jsonType, `01`, `"01"`, "", true},
		"nothing":                     {jsonType, ``, `""`, "", true},
		"JSON not in UTF-8":           {jsonType, "\"\xff\"", `"Iv8i"`, "base64", true},
		"as deep as may be":           {jsonType, strings.Repeat("[", 9_900) + strings.Repeat("]", 9_900), strings.Repeat("[", 9_900) + strings.Repeat("]", 9_900), "", false},
		"one deeper":                  {jsonType, strings.Repeat("[", 9_901) + strings.Repeat("]", 9_901), quote(strings.Repeat("[", 9_901) + strings.Repeat("]", 9_901)), "", true},
		"deep within strings":         {jsonType, `["` + strings.Repeat(`[{\"`, 20_000) + `"]`, `["` + strings.Repeat(`[{\"`, 20_000) + `"]`, "", false},
		"wide, not deep":              {jsonType, `[` + strings.Repeat("[],", 20_000) + `[]]`, `[` + strings.Repeat("[],", 20_000) + `[]]`, "", false},
		"text":                        {"text/plain", "a\r\nb\x00é", `"a\r\nb\u0000é"`, "", false},
		"text in Latin-1":             {"text/plain; charset=ISO-8859-1", "caf\xe9", `"café"`, "", false},
		"text in Windows-1252":        {"text/html; charset=windows-1252", "\x80", `"€"`, "", false},
		"text in UTF-16":              {"text/plain; charset=utf-16le", "h\x00i\x00", `"hi"`, "", false},
		"text in Shift_JIS":           {"text/plain; charset=shift_jis", "\x93\xfa\x96\x7b", `"日本"`, "", false},
		"text in an unknown one":      {"text/plain; charset=klingon", "hi", `"hi"`, "", false},
		"text that is not":            {"text/plain", binary, quote(base64.StdEncoding.EncodeToString([]byte(binary))), "base64", false},
		"text, empty":                 {"text/plain", "", ``, "", false},
		"binary":                      {"image/png", binary, quote(base64.StdEncoding.EncodeToString([]byte(binary))), "base64", false},
		"no type":                     {"", "hi", `"aGk="`, "base64", false},
		"XML is not text by its type": {"application/xml", "<a/>", `"PGEvPg=="`, "base64", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var fields []string
			if tt.contentType != "" {
				fields = append(fields, "Content-Type: "+tt.contentType)
			}
			up := fetchertest.Start(t, fetchertest.Reply(200, tt.sent, fields...))
			got := start(t, setup{local: []string{up.URL}}).one(t, `{"url": "`+up.URL+`/"}`)
			if string(got.Body) != tt.want || got.BodyEncoding != tt.encoding {
				t.Errorf("body %.200s in %q\nwant %.200s in %q", got.Body, got.BodyEncoding, tt.want, tt.encoding)
			}
			if got.Collected == tt.bad || got.Status != 200 || tt.bad != (got.Error.Code == fetcher.CodeBadBody) {
				t.Errorf("collected %t, status %d, error %v", got.Collected, got.Status, got.Error)
			}
		})
	}
}

func TestBodyOfBracketsEndsNothing(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.JSON(depthBomb))
	got := start(t, setup{local: []string{up.URL}}).one(t, `{"url": "`+up.URL+`/", "select": "."}`)
	var text string
	if err := json.Unmarshal(got.Body, &text); err != nil || text != depthBomb {
		t.Errorf("%d bytes of body, error %v", len(text), err)
	}
	got.wantError(t, fetcher.CodeBadBody, 200)
}

func TestBodiesThatNeedNotBe(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method string
		answer fetchertest.Answer
		status int
	}{
		"204":            {"GET", fetchertest.Raw("HTTP/1.1 204 No Content\r\nContent-Type: application/json\r\n\r\n"), 204},
		"HEAD":           {"HEAD", fetchertest.JSON(`{"a": 1}`), 200},
		"after a DELETE": {"DELETE", fetchertest.JSON(``), 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up := fetchertest.Start(t, tt.answer)
			got := start(t, setup{local: []string{up.URL}}).one(t, `{"method": "`+tt.method+`", "url": "`+up.URL+`/"}`)
			if !got.Collected || got.Status != tt.status || got.Body != nil || got.Error.Code != "" {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestCodedBodiesAreDecoded(t *testing.T) {
	t.Parallel()
	const text = `{"coded":true}`
	for name, answer := range map[string]fetchertest.Answer{
		"gzip": fetchertest.Gzip(text, "Content-Type: application/json"),
		"zstd": fetchertest.Zstd(text, "Content-Type: application/json"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up := fetchertest.Start(t, answer)
			start(t, setup{local: []string{up.URL}}).one(t, `{"url": "`+up.URL+`/"}`).wantBody(t, text)
		})
	}
}

// An upstream's own refusal is shown as it is, and nothing is added to it.
func TestUpstreamsOwnStatus(t *testing.T) {
	t.Parallel()
	for status, code := range map[int]fetcher.Code{404: "", 401: "", 500: "", 429: fetcher.CodeRateLimited} {
		up := fetchertest.Start(t, fetchertest.Reply(status, `{"why":"so"}`, "Content-Type: application/json", "Set-Cookie: a=b", "X-Internal: 1"))
		got := start(t, setup{local: []string{up.URL}}).one(t, `{"url": "`+up.URL+`/"}`)
		if got.Collected || got.Status != status || string(got.Body) != `{"why":"so"}` || got.Error.Code != code || got.Attempts != 1 {
			t.Errorf("%d: %+v", status, got)
		}
		if len(got.Headers) != 3 || got.Headers["date"] == "" || got.Headers["content-type"] != "application/json" || got.Headers["content-length"] != "12" {
			t.Errorf("%d: headers %v", status, got.Headers)
		}
	}
}

func TestConditionOfTheClientAnsweredFromTheCache(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Reply(200, `[1]`, "Content-Type: application/json", "Cache-Control: max-age=60", `ETag: "v1"`))
	r := start(t, setup{local: []string{up.URL}})
	item := `{"url": "` + up.URL + `/", "headers": {"If-None-Match": "\"v1\""}}`
	r.one(t, `{"url": "`+up.URL+`/"}`).wantBody(t, `[1]`)
	got := r.one(t, item)
	if !got.Collected || got.Status != 304 || !strings.HasPrefix(got.Cache, "hit") || up.Calls() != 1 {
		t.Errorf("%+v after %d calls", got, up.Calls())
	}
}
