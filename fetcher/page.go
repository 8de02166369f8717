package fetcher

import (
	"context"
	"hash/maphash"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"gather/fetcher/expr"
)

// page is one answer, taken apart on a worker.
type page struct {
	response Response
	arrived  bool
	// items is the JSON of the page's items, without the array's brackets.
	items []byte
	count int
	hash  uint64
	// next is where the following page is, nil for nowhere.
	next *url.URL
	// total is how many items all pages hold, -1 where nobody said.
	total int
}

// takeApart runs on a worker.
func (p *pager) takeApart(ctx context.Context, response *Response) (page, error) {
	spec := p.spec()
	parts := page{total: -1} // which only counted pages have
	if response.Body.Kind != BodyJSON {
		return parts, &Error{Code: CodeExpressionFailed, Detail: "a page is not JSON"}
	}
	content := response.Body.Bytes
	items := content
	var err error
	if spec.items != nil {
		if items, err = spec.items.JSON(ctx, content); err != nil {
			return parts, err
		}
	}
	var ok bool
	if parts.items, parts.count, ok = elements(items); !ok {
		return parts, &Error{Code: CodeExpressionFailed, Detail: "the items of a page are not an array"}
	}
	parts.hash = maphash.Bytes(p.seed, parts.items)
	here, err := url.Parse(response.URL)
	if err != nil {
		return parts, &Error{Code: CodeBadResponse, Detail: "the page has no address"}
	}
	switch {
	case spec.link:
		parts.next = nextLink(here, response.Header)
	case spec.next != nil:
		if parts.next, err = spec.follow(ctx, here, content); err != nil {
			return parts, err
		}
	default:
		parts.next = spec.count(here, parts.count)
		if parts.total, err = spec.totalOf(ctx, response.Header, content); err != nil {
			return parts, err
		}
	}
	return parts, nil
}

// follow is where a jq expression says the next page is.
func (s *pages) follow(ctx context.Context, here *url.URL, content []byte) (*url.URL, error) {
	decoded, err := expr.Decode(content)
	if err != nil {
		return nil, err
	}
	value, err := s.next.Value(ctx, decoded)
	if err != nil {
		return nil, err
	}
	if value == nil || value == false || value == "" {
		return nil, nil
	}
	text, ok := value.(string)
	if s.param != "" {
		if !ok {
			text = string(expr.Append(nil, value))
		}
		return withParam(here, s.param, text), nil
	}
	if !ok {
		return nil, &Error{Code: CodeExpressionFailed, Detail: "the next page's address is not a string"}
	}
	next, err := here.Parse(text)
	if err != nil {
		return nil, &Error{Code: CodeExpressionFailed, Detail: "the next page's address is not a URL"}
	}
	return next, nil
}

// count is the page after here, by a number in its query.
func (s *pages) count(here *url.URL, items int) *url.URL {
	start, step := 1, 1
	if s.offset {
		start, step = 0, items
	}
	if given, err := strconv.Atoi(here.Query().Get(s.param)); err == nil {
		start = given
	}
	return withParam(here, s.param, strconv.Itoa(start+step))
}

// totalOf is how many items there are in all, -1 where nobody says.
func (s *pages) totalOf(ctx context.Context, h http.Header, content []byte) (int, error) {
	text := h.Get("X-Total-Count")
	if s.total != nil {
		value, err := s.total.JSON(ctx, content)
		if err != nil {
			return 0, err
		}
		text = string(value)
	}
	total, err := strconv.Atoi(text)
	if err != nil || total < 0 {
		return -1, nil //nolint:nilerr // a field that is no number tells nothing
	}
	return total, nil
}

// withParam sets one query parameter and leaves the others as they are written.
func withParam(u *url.URL, name, value string) *url.URL {
	own := url.QueryEscape(name) + "=" + url.QueryEscape(value)
	var query []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		key, _, _ := strings.Cut(part, "=")
		if key, err := url.QueryUnescape(key); err == nil && key == name {
			part, own = own, ""
		}
		if part != "" {
			query = append(query, part)
		}
	}
	if own != "" {
		query = append(query, own)
	}
	changed := *u
	changed.RawQuery = strings.Join(query, "&")
	return &changed
}
