package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"gather/curl"
	"gather/fetcher"
	"gather/fetcher/guard"
)

// curlRequest turns a curl command line into a request of a batch, and says what of
// it the request does not have.
func curlRequest(line string) (fetcher.Request, []string, error) {
	item, untranslated, err := curl.Parse(line)
	if err != nil {
		return fetcher.Request{}, nil, err
	}
	r := fetcher.Request{
		URL: literal(item.URL), Method: item.Method, Timeout: item.Timeout, Attempts: item.Attempts,
		Headers: make(map[string]string, len(item.Headers)),
	}
	if !item.Follow {
		r.Redirect = "manual" // curl shows a redirect's own answer
	}
	if r.Attempts > fetcher.MaxAttempts {
		r.Attempts = fetcher.MaxAttempts
		untranslated = append(untranslated, fmt.Sprintf("--retry: there are at most %d attempts", fetcher.MaxAttempts))
	}
	for _, header := range item.Headers {
		switch {
		case strings.EqualFold(header.Name, "Accept-Encoding"):
			untranslated = append(untranslated, "-H: the field Accept-Encoding is gather's own, which decodes what comes")
		case guard.CheckHeader(header.Name, "") != nil:
			untranslated = append(untranslated, "-H: the field "+header.Name+" cannot be set")
		default:
			r.Headers[header.Name] = literal(header.Value)
		}
	}
	if !item.HasBody {
		return r, untranslated, nil
	}
	if !utf8.ValidString(item.Body) {
		return r, nil, fmt.Errorf("-d: the data is not text in UTF-8, which a batch cannot hold")
	}
	typed := slices.ContainsFunc(item.Headers, func(h curl.Header) bool { return strings.EqualFold(h.Name, "Content-Type") })
	if !typed {
		r.Headers["Content-Type"] = "application/octet-stream"
		untranslated = append(untranslated, "-H: the field Content-Type cannot be left out; it is application/octet-stream")
	}
	r.Body, err = jsontext.AppendQuote(nil, literal(item.Body))
	return r, untranslated, err
}

// literal keeps two braces from beginning a reference.
func literal(text string) string { return strings.ReplaceAll(text, "{{", `{{"{{"}}`) }
