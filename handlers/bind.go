package handlers

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"gather/fetcher"
)

// bindBatch reads a batch in any of its forms and gives the JSON it stands for.
func (s *server) bindBatch(c *gin.Context) ([]byte, error) {
	if c.Request.Method == http.MethodGet {
		return batchOfQuery(c.Request.URL.RawQuery)
	}
	body, err := s.readBody(c)
	if err != nil {
		return nil, err
	}
	switch form, err := formOf(c.Request.Header, body); {
	case err != nil:
		return nil, err
	case form == "text/plain":
		return s.batchOfList(body)
	case form == "application/x-www-form-urlencoded":
		return batchOfQuery(strings.TrimSpace(string(body)))
	default:
		return body, nil
	}
}

// readBody reads the request's content, at most the server's cap of it.
func (s *server) readBody(c *gin.Context) ([]byte, error) {
	if coding := c.GetHeader("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, &problem{
			status: http.StatusUnsupportedMediaType, detail: "a compressed body is not read; send it as it is",
			header: http.Header{"Accept-Encoding": {"identity"}},
		}
	}
	return s.content(c)
}

// formOf is the media type a body is read as. Shells send what they have under
// curl's default type, so there the content decides.
func formOf(h http.Header, body []byte) (string, error) {
	declared := h.Get("Content-Type")
	mediaType, _, err := mime.ParseMediaType(declared)
	if declared != "" && err != nil {
		return "", unsupported()
	}
	switch {
	case mediaType == formJSON, strings.HasSuffix(mediaType, "+json"), mediaType == "text/plain":
		return mediaType, nil
	case mediaType != "" && mediaType != "application/x-www-form-urlencoded":
		return "", unsupported()
	case looksLikeJSON(body):
		return formJSON, nil
	case mediaType == "" || isList(body):
		return "text/plain", nil
	default:
		return mediaType, nil
	}
}

// looksLikeJSON reports whether a body begins as no URL and no form does.
func looksLikeJSON(body []byte) bool {
	trimmed := bytes.TrimSpace(body)
	return len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[')
}

func unsupported() error {
	return &problem{
		status: http.StatusUnsupportedMediaType,
		detail: "send application/json, text/plain (one URL a line) or application/x-www-form-urlencoded (url=…)",
		header: http.Header{"Accept-Post": {"application/json, text/plain, application/x-www-form-urlencoded"}},
	}
}

// isList tells a list of URLs from a form: its first line is a comment or has a
// scheme before any "=".
func isList(body []byte) bool {
	line, _, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n"))
	if bytes.HasPrefix(line, []byte("#")) {
		return true
	}
	scheme, equals := bytes.Index(line, []byte("://")), bytes.IndexByte(line, '=')
	return scheme > 0 && (equals < 0 || scheme < equals)
}

// batchOfList reads one URL a line; empty lines and # comments are passed over.
func (s *server) batchOfList(body []byte) ([]byte, error) {
	if !utf8.Valid(body) {
		return nil, &problem{status: http.StatusBadRequest, detail: "the list is not UTF-8"}
	}
	// Millions of short lines are counted only: kept, each takes many times its length.
	if n := countURLs(body); n > s.MaxJobRequests {
		return nil, fetcher.Faults{{
			Pointer: "#/requests", Detail: fmt.Sprintf("%d requests are more than the %d allowed in a job", n, s.MaxJobRequests),
		}}
	}
	urls, err := fetcher.ReadURLs(bufio.NewScanner(bytes.NewReader(body)))
	if err != nil {
		return nil, &problem{status: http.StatusBadRequest, detail: "the list has a line that is too long"}
	}
	return shortForm(urls, 0, 0), nil
}

// countURLs counts the lines that fetcher.ReadURLs keeps.
func countURLs(list []byte) int {
	count := 0
	for line := range bytes.Lines(list) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			count++
		}
	}
	return count
}

// batchOfQuery reads url=…&url=…, with the batch's own fields beside it.
func batchOfQuery(query string) ([]byte, error) {
	values, err := parameters(query)
	if err != nil {
		return nil, err
	}
	var timeout time.Duration
	var concurrency int
	var faults fetcher.Faults
	for _, name := range slices.Sorted(maps.Keys(values)) {
		given := values[name]
		switch last := given[len(given)-1]; name {
		case "url":
		case "timeout":
			if timeout, err = time.ParseDuration(last); err != nil || timeout <= 0 {
				faults = append(faults, fetcher.Fault{Pointer: "#/timeout", Detail: `must be a duration above zero such as "10s"`})
			}
		case "concurrency":
			if concurrency, err = strconv.Atoi(last); err != nil || concurrency < 0 {
				faults = append(faults, fetcher.Fault{Pointer: "#/concurrency", Detail: "must be a whole number of at least 0"})
			}
		default:
			faults = append(faults, fetcher.Fault{
				Pointer: "#/" + fetcher.PointerToken(name),
				Detail:  "unknown parameter; inside a URL write & as %26",
			})
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return shortForm(values["url"], timeout, concurrency), nil
}

// parameters reads a query or a form, strictly: what net/url would drop without
// a word is an error.
func parameters(query string) (url.Values, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, &problem{status: http.StatusBadRequest, detail: "the parameters are not form-urlencoded, or too many"}
	}
	for name, given := range values {
		if !utf8.ValidString(name) || slices.ContainsFunc(given, func(v string) bool { return !utf8.ValidString(v) }) {
			return nil, &problem{status: http.StatusBadRequest, detail: "the parameters are not UTF-8"}
		}
	}
	return values, nil
}

// shortForm is a batch of plain URLs as JSON.
func shortForm(urls []string, timeout time.Duration, concurrency int) []byte {
	b := []byte(`{"requests":[`)
	for i, u := range urls {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(quote(append(b, `{"url":`...), u), '}')
	}
	b = append(b, ']')
	if timeout > 0 {
		b = quote(append(b, `,"timeout":`...), timeout.String())
	}
	b = strconv.AppendInt(append(b, `,"concurrency":`...), int64(concurrency), 10)
	return append(b, '}')
}
