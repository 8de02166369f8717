package curl_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gather/curl"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func fields(pairs ...string) []curl.Header {
	var hs []curl.Header
	for i := 0; i+1 < len(pairs); i += 2 {
		hs = append(hs, curl.Header{Name: pairs[i], Value: pairs[i+1]})
	}
	return hs
}

const form, typeJSON = "application/x-www-form-urlencoded", "application/json"

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		line string
		want curl.Item
		said []string // options that have to be named
	}{
		{`curl https://h/x`, curl.Item{Method: "GET", URL: "https://h/x"}, nil},
		{`$ curl h/x`, curl.Item{Method: "GET", URL: "http://h/x"}, nil},
		{`/usr/bin/curl -sSL 'https://h/x?a=1&b=2#frag'`, curl.Item{Method: "GET", URL: "https://h/x?a=1&b=2", Follow: true}, nil},
		{`curl -XDELETE https://h/x`, curl.Item{Method: "DELETE", URL: "https://h/x"}, nil},
		{`curl --request PUT --url https://h/x -d '{"a":1}' -H content-type:application/json`, curl.Item{Method: "PUT", URL: "https://h/x", Headers: fields("content-type", typeJSON), Body: `{"a":1}`, HasBody: true}, nil},
		{"curl https://h/x \\\n  -H 'A: 1' \\\n  -H \"B: two \\\"q\\\" \\$x\"", curl.Item{Method: "GET", URL: "https://h/x", Headers: fields("A", "1", "B", `two "q" $x`)}, nil},
		{`curl -d a=1 -d b=2 h`, curl.Item{Method: "POST", URL: "http://h", Headers: fields("Content-Type", form), Body: "a=1&b=2", HasBody: true}, nil},
		{`curl -G -d a=1 --data-urlencode 'b=x y&z' h/p?q=0`, curl.Item{Method: "GET", URL: "http://h/p?q=0&a=1&b=x+y%26z"}, nil},
		{`curl --data-urlencode 'x y' --data-urlencode '=a=b' --data-urlencode é=é h`, curl.Item{Method: "POST", URL: "http://h", Headers: fields("Content-Type", form), Body: "x+y&a%3Db&é=%C3%A9", HasBody: true}, nil},
		{`curl --json '{"a":' --json '1}' h`, curl.Item{Method: "POST", URL: "http://h", Headers: fields("Content-Type", typeJSON, "Accept", typeJSON), Body: `{"a":1}`, HasBody: true}, nil},
		{`curl --data-raw @x h`, curl.Item{Method: "POST", URL: "http://h", Headers: fields("Content-Type", form), Body: "@x", HasBody: true}, nil},
		{`curl --data-binary $'a\nb\t\x41\u00e9\'\101' h`, curl.Item{Method: "POST", URL: "http://h", Headers: fields("Content-Type", form), Body: "a\nb\tAé'A", HasBody: true}, nil},
		{`curl -u user:pa:ss h`, curl.Item{Method: "GET", URL: "http://h", Headers: fields("Authorization", "Basic dXNlcjpwYTpzcw==")}, nil},
		{`curl https://user:p%40ss@h/x`, curl.Item{Method: "GET", URL: "https://h/x", Headers: fields("Authorization", "Basic dXNlcjpwQHNz")}, nil},
		{`curl --oauth2-bearer tok -A me -e http://r -b a=1 -b b=2 -r 0-9 h`, curl.Item{Method: "GET", URL: "http://h", Headers: fields("Authorization", "Bearer tok", "User-Agent", "me", "Referer", "http://r", "Cookie", "a=1;b=2", "Range", "bytes=0-9")}, nil},
		{`curl -A me -H 'user-agent: you' h`, curl.Item{Method: "GET", URL: "http://h", Headers: fields("user-agent", "you")}, nil},
		{`curl -H 'X-Empty;' -H 'A: 1' -H 'a: 2' -H 'Cookie: a=1' -H 'cookie: b=2' h`, curl.Item{Method: "GET", URL: "http://h", Headers: fields("X-Empty", "", "A", "1, 2", "Cookie", "a=1; b=2")}, nil},
		{`curl -d x -H 'Content-Type:' h`, curl.Item{Method: "POST", URL: "http://h", Body: "x", HasBody: true}, nil},
		{`curl -I h`, curl.Item{Method: "HEAD", URL: "http://h"}, nil},
		{`curl -m 1.5 --retry 2 --compressed -s h`, curl.Item{Method: "GET", URL: "http://h", Timeout: 1500 * time.Millisecond, Attempts: 3}, nil},
		{`curl -g 'h/{{a.body.id}}?x[]=1'`, curl.Item{Method: "GET", URL: "http://h/{{a.body.id}}?x[]=1"}, nil},
		{`curl 'http://[::1]:80/x'`, curl.Item{Method: "GET", URL: "http://[::1]:80/x"}, nil},
		{`curl -d '' h`, curl.Item{Method: "POST", URL: "http://h", Headers: fields("Content-Type", form), HasBody: true}, nil},
		{`curl -X POST -- h`, curl.Item{Method: "POST", URL: "http://h"}, nil},
		{`curl -sd x h`, curl.Item{Method: "POST", URL: "http://h", Headers: fields("Content-Type", form), Body: "x", HasBody: true}, nil},
		{`curl h/?a=*`, curl.Item{Method: "GET", URL: "http://h/?a=*"}, nil},

		{`curl -k -o out -v h`, curl.Item{Method: "GET", URL: "http://h"}, []string{"-k:", "-o:", "-v:"}},
		{`curl -F a=b h`, curl.Item{Method: "GET", URL: "http://h"}, []string{"-F:"}},
		{`curl -d @file h`, curl.Item{Method: "POST", URL: "http://h", Headers: fields("Content-Type", form), HasBody: true}, []string{"-d:"}},
		{`curl --data-urlencode a@file -b jar -x p:1 --http2 --cacert f h`, curl.Item{Method: "POST", URL: "http://h", Headers: fields("Content-Type", form), HasBody: true}, []string{"--data-urlencode:", "-b:", "-x:", "--http2:", "--cacert:"}},
		{`curl 'h/{a,b}'`, curl.Item{Method: "GET", URL: "http://h/{a,b}"}, []string{"[ ] { }:"}},
		{`curl h | jq . | head`, curl.Item{Method: "GET", URL: "http://h"}, []string{"| …:"}},
		{`A=1 curl h > file`, curl.Item{Method: "GET", URL: "http://h"}, []string{"NAME=value", "> …:"}},
		{`curl -H 'Accept:' -H 'nocolon' -H @f -u me h`, curl.Item{Method: "GET", URL: "http://h", Headers: fields("Authorization", "Basic bWU6")}, []string{"-H:", "-H:", "-u:", "-H:"}},
		{`curl --digest -K f --location-trusted --no-keepalive -e 'r;auto' h`, curl.Item{Method: "GET", URL: "http://h", Headers: fields("Referer", "r"), Follow: true}, []string{"--digest:", "-K:", "--location-trusted:", "--no-keepalive:", "-e:"}},
	} {
		t.Run(tt.line, func(t *testing.T) {
			t.Parallel()
			got, said, err := curl.Parse(tt.line)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			if len(said) != len(tt.said) {
				t.Fatalf("said %q, want %q", said, tt.said)
			}
			for i := range said {
				if !strings.HasPrefix(said[i], tt.said[i]) {
					t.Errorf("said %q, want %q", said[i], tt.said[i])
				}
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		``, `wget h`, `curl`, `curl h i`, `curl $URL`, `curl "$HOME/x"`, "curl `x`", `curl $(x) h`, `curl "h`, `curl h; rm x`, `curl h && curl i`, `curl h &`, `! curl h`, `curl ~/x`,
		`curl --nope h`, `curl -? h`, `curl -d`, `curl h --next i`, `curl h/{a,b}`, `curl h/{1..3}`, `if x; then curl h; fi`, `curl -I -d x h`, `curl <<< x h`, `curl -m x h`, `curl -m nan h`, `curl --retry x h`,
		`curl $"h"`, `curl $'\xZ'`, `curl $'\q'`, `curl http://%zz@h/`, `curl h ${x}`, `curl $((1+1))`, `x=1`, `curl ` + strings.Repeat("a", 1<<20),
	} {
		if item, _, err := curl.Parse(line); !errors.Is(err, curl.ErrNotCurl) {
			t.Errorf("%.40q: %+v, %v", line, item, err)
		}
	}
}

func TestRefusalsHoldNoValues(t *testing.T) {
	t.Parallel()
	for _, line := range []string{`curl -H 's3cret' h i`, `curl -u s3cret h i`, `curl -m s3cret h`, `curl $'s3cret\q' h`, `curl -d s3cret -I h`, `curl http://s3cret%zz@h/`} {
		if _, _, err := curl.Parse(line); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// random makes items of awkward characters.
func random(r *rand.Rand) curl.Item {
	awkward := []string{"a", "Z", "0", " ", "'", `"`, `\`, "$", "`", "!", "#", "&", ";", "|", "<", ">", "(", ")", "*", "?", "~", "=", "%", "é", "日", "{", "}", "[", "]", "@", "+", ",", "^", "-"}
	pick := func(extra ...string) string {
		set := append(awkward, extra...)
		var b strings.Builder
		for range r.IntN(8) {
			b.WriteString(set[r.IntN(len(set))])
		}
		return b.String()
	}
	it := curl.Item{Method: []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}[r.IntN(6)], URL: "http://127.0.0.1/p?q=" + strings.NewReplacer("#", "", " ", "%20", "@", "").Replace(pick())}
	for _, name := range []string{"X-A", "Accept", "Content-Type"}[:r.IntN(4)] {
		it.Headers = append(it.Headers, curl.Header{Name: name, Value: strings.TrimSpace(pick())})
	}
	if r.IntN(2) == 0 && it.Method != "HEAD" {
		it.HasBody, it.Body = true, pick("\n", "\t", "\r")
	}
	it.Follow = r.IntN(2) == 0
	it.Timeout = time.Duration(r.IntN(3)) * 1500 * time.Millisecond
	it.Attempts = r.IntN(3)
	return it
}

func TestFormatThenParseIsTheSame(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		want := random(r)
		line, err := curl.Format(want)
		if err != nil {
			t.Fatal(err)
		}
		got, said, err := curl.Parse(line)
		if err != nil || len(said) > 0 {
			t.Fatalf("%s: %v, %q", line, err, said)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\ngot  %+v\nwant %+v", line, got, want)
		}
	}
}

func TestWhatCannotBeFormatted(t *testing.T) {
	t.Parallel()
	for _, it := range []curl.Item{
		{URL: "http://h/\x00"}, {URL: "http://h", HasBody: true, Body: "\x00"}, {URL: "http://h", Headers: fields("A", "b\nc")}, {URL: "http://h", Headers: fields("A\r", "b")},
	} {
		if line, err := curl.Format(it); err == nil {
			t.Errorf("%q", line)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, line := range []string{`curl -X POST 'http://h' -d $'a\n' -H "A: b"`, `curl -sSLG h --data-urlencode a=b`, `curl 'h/{a,b}' | jq .`, `curl $'\U0001F600' -u a:b`, `curl --json '{}' -- x`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		item, _, err := curl.Parse(line)
		if err != nil {
			if !errors.Is(err, curl.ErrNotCurl) {
				t.Fatal(err)
			}
			return
		}
		out, err := curl.Format(item)
		if err != nil {
			return
		}
		again, _, err := curl.Parse(out)
		if err != nil {
			t.Fatalf("%q became %q: %v", line, out, err)
		}
		if again.Body != item.Body || again.HasBody != item.HasBody {
			t.Fatalf("%q became %q", line, out)
		}
	})
}
