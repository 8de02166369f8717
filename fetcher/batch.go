package fetcher

import (
	"bufio"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Batch is one request of a client: many requests to be fetched at once.
type Batch struct {
	Requests []Request
	// Timeout bounds the whole batch; 0 stands for the server's limit.
	Timeout time.Duration
	// Concurrency is the most calls in flight at once for this batch: 0 stands
	// for the server's limit, 1 is sequential.
	Concurrency int
	// Callback names who is told when a job ends; only jobs take it.
	Callback *Callback
}

// Callback names a receiver of a job's end: exactly one of URL and Endpoint.
type Callback struct {
	URL      string
	Endpoint string
}

// Request is one item of a batch, as submitted.
type Request struct {
	// ID is 1 to 64 of A-Za-z0-9_-; empty stands for the position.
	ID string
	// URL is absolute, or a path starting with "/" where Upstream is given.
	URL      string
	Upstream string
	// Method is empty for GET.
	Method  string
	Headers map[string]string
	// Body is the JSON to be sent, nil for none.
	Body jsontext.Value
	// Timeout lies inside the batch's; 0 stands for the upstream's rule.
	Timeout   time.Duration
	Required  bool
	DependsOn []string
	// ForEach is a jq path into an earlier item, or empty.
	ForEach  string
	Paginate *Paginate
	// Select is a jq expression, or empty.
	Select   string
	Cache    string
	Redirect string
	// Attempts is retry.attempts; 0 stands for the upstream's rule.
	Attempts int
}

// idAt is the request's id at the i-th position of its batch.
func (r *Request) idAt(i int) string {
	if r.ID == "" {
		return strconv.Itoa(i)
	}
	return r.ID
}

// Paginate says how to get from one page to the next and what to keep of each.
type Paginate struct {
	// Next is "link" (RFC 8288, rel=next) or a jq expression over the page that
	// gives the next page's URL, or the value of Param.
	Next string
	// Param is the query parameter to count or to set.
	Param string
	// Items is a jq expression for what to concatenate; "." by default.
	Items string
	// Total is a jq expression for the number of items in all; X-Total-Count by default.
	Total string
	// MaxPages is at least 1; 0 stands for DefaultMaxPages.
	MaxPages int
}

// DefaultMaxPages is how many pages an item fetches unless it says more or less.
const DefaultMaxPages = 50

// URLs makes a batch of plain GETs, for the short forms.
func URLs(urls []string) Batch {
	batch := Batch{Requests: make([]Request, len(urls))}
	for i, u := range urls {
		batch.Requests[i].URL = u
	}
	return batch
}

// ReadURLs reads a list of one URL a line; empty lines and lines that begin with
// # are passed over.
func ReadURLs(lines *bufio.Scanner) ([]string, error) {
	var urls []string
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line != "" && line[0] != '#' {
			urls = append(urls, line)
		}
	}
	return urls, lines.Err()
}
