package fetcher

import (
	"net/http"
	"net/url"
	"testing"
)

func TestNextLink(t *testing.T) {
	t.Parallel()
	here, err := url.Parse("https://a.example/list/?page=1")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		link []string
		want string
	}{
		"none":                      {nil, ""},
		"plain":                     {[]string{`</x?page=2>; rel="next"`}, "https://a.example/x?page=2"},
		"absolute":                  {[]string{`<https://b.example/2>; rel=next`}, "https://b.example/2"},
		"relative to the page":      {[]string{`<?page=2>; rel="next"`}, "https://a.example/list/?page=2"},
		"among others":              {[]string{`</1>; rel="prev", </3>; rel="next", </9>; rel="last"`}, "https://a.example/3"},
		"in a field of its own":     {[]string{`</1>; rel="prev"`, `</3>; rel="next"`}, "https://a.example/3"},
		"several relations":         {[]string{`</3>; rel="last  next"`}, "https://a.example/3"},
		"in capitals":               {[]string{`</3>; REL="NEXT"`}, "https://a.example/3"},
		"other parameters":          {[]string{`</3>; title="a; rel=\"prev\", </4>"; type=text/html; rel=next`}, "https://a.example/3"},
		"a comma in the target":     {[]string{`</a,b>; rel="next"`}, "https://a.example/a,b"},
		"spaces":                    {[]string{`< /3 > ;  rel = "next"`}, "https://a.example/3"},
		"no relation":               {[]string{`</3>; title="next"`}, ""},
		"a relation that only ends": {[]string{`</3>; rel="notnext"`}, ""},
		"malformed before":          {[]string{`nonsense, </3>; rel="next"`}, "https://a.example/3"},
		"not closed":                {[]string{`</3; rel="next"`}, ""},
		"no URL":                    {[]string{`<http://[::1>; rel="next", </3>; rel="next"`}, "https://a.example/3"},
		"a quote not closed":        {[]string{`</3>; rel="next`}, "https://a.example/3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := nextLink(here, http.Header{"Link": tt.link})
			if got == nil && tt.want == "" {
				return
			}
			if got == nil || got.String() != tt.want {
				t.Errorf("got %v, want %q", got, tt.want)
			}
		})
	}
}

// FuzzNextLink: whatever an upstream sends ends, without a panic.
func FuzzNextLink(f *testing.F) {
	for _, seed := range []string{`</x>; rel="next"`, `<`, `<>;rel`, `<a>;"`, `,,;;==`, `<a>;rel="\`, `<a>;rel=next,<b>`} {
		f.Add(seed)
	}
	here := &url.URL{Scheme: "https", Host: "a.example", Path: "/"}
	f.Fuzz(func(t *testing.T, link string) {
		if next := nextLink(here, http.Header{"Link": {link}}); next != nil && next.String() == "" {
			t.Errorf("%q leads nowhere", link)
		}
	})
}

// FuzzWithParam: the parameter has the value afterwards, and no other has changed.
func FuzzWithParam(f *testing.F) {
	f.Add("page=1&a=b+c&z=%7E", "page", "2")
	f.Add("&&a&page&page=", "page", "")
	f.Add("a=%zz;b", "a b", "c&d")
	f.Fuzz(func(t *testing.T, query, name, value string) {
		before := &url.URL{Scheme: "https", Host: "a.example", RawQuery: query}
		after := withParam(before, name, value)
		want, err := url.ParseQuery(query)
		if err != nil {
			return // what cannot be read is left as it is
		}
		want.Set(name, value)
		got, err := url.ParseQuery(after.RawQuery)
		if err != nil || got.Encode() != want.Encode() || before.RawQuery != query {
			t.Errorf("%q with %q=%q is %q, error %v", query, name, value, after.RawQuery, err)
		}
	})
}
