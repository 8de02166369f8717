package fetcher

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// AppendJSON appends the response as one JSON object without a raw line break,
// so that it is also a line of NDJSON and the data of an event. A JSON body is
// appended as it came; only line breaks between its tokens are left out.
func (r *Response) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"id":`...)
	dst = appendString(dst, r.ID)
	dst = append(dst, `,"collected":`...)
	dst = strconv.AppendBool(dst, r.Collected)
	dst = append(dst, `,"status":`...)
	dst = strconv.AppendInt(dst, int64(r.Status), 10)
	dst = appendHeaders(dst, r.Header)
	dst = r.Body.append(dst)
	dst = appendWhere(dst, r.URL, r.Cache, r.Error)
	dst = appendOutcomes(dst, "elements", r.Elements)
	dst = appendOutcomes(dst, "pages", r.Pages)
	dst = append(dst, `,"attempts":`...)
	dst = strconv.AppendInt(dst, int64(r.Attempts), 10)
	dst = append(dst, `,"timing":`...)
	dst = r.Timing.append(dst)
	return append(dst, '}')
}

// AppendJSON appends the summary as one JSON object on one line.
func (s *Summary) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"requests":`...)
	dst = strconv.AppendInt(dst, int64(s.Requests), 10)
	dst = append(dst, `,"collected":`...)
	dst = strconv.AppendInt(dst, int64(s.Collected), 10)
	dst = append(dst, `,"notCollected":`...)
	dst = strconv.AppendInt(dst, int64(s.NotCollected), 10)
	dst = append(dst, `,"durationMs":`...)
	dst = appendMillis(dst, s.Duration)
	dst = append(dst, `,"sequentialMs":`...)
	dst = appendMillis(dst, s.Sequential)
	if len(s.CriticalPath) > 0 {
		dst = append(dst, `,"criticalPath":[`...)
		for i, id := range s.CriticalPath {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, id)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func (b *Body) append(dst []byte) []byte {
	if b.Kind == BodyNone {
		return dst
	}
	if b.Kind == BodyBinary {
		dst = append(dst, `,"bodyEncoding":"base64"`...)
	}
	dst = append(dst, `,"body":`...)
	return b.appendValue(dst)
}

// appendValue appends the body as one JSON value, null for none.
func (b *Body) appendValue(dst []byte) []byte {
	switch b.Kind {
	case BodyJSON:
		return appendOneLine(dst, b.Bytes)
	case BodyText:
		return appendString(dst, b.Bytes)
	case BodyBinary:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, b.Bytes)
		return append(dst, '"')
	default:
		return append(dst, "null"...)
	}
}

// appendOneLine appends valid JSON without its raw line breaks. They can only
// stand between tokens: inside a string they would have to be escaped.
func appendOneLine(dst, value []byte) []byte {
	next := func(b []byte) int { return bytes.IndexByte(b, '\n') }
	if bytes.IndexByte(value, '\r') >= 0 {
		next = func(b []byte) int { return bytes.IndexAny(b, "\r\n") }
	}
	for {
		n := next(value)
		if n < 0 {
			return append(dst, value...)
		}
		dst = append(dst, value[:n]...)
		value = value[n+1:]
	}
}

func appendWhere(dst []byte, url, cacheStatus string, err *Error) []byte {
	if url != "" {
		dst = append(dst, `,"url":`...)
		dst = appendString(dst, url)
	}
	if cacheStatus != "" {
		dst = append(dst, `,"cache":`...)
		dst = appendString(dst, cacheStatus)
	}
	if err != nil {
		dst = append(dst, `,"error":{"code":`...)
		dst = appendString(dst, string(err.Code))
		dst = append(dst, `,"detail":`...)
		dst = appendString(dst, err.Detail)
		dst = append(dst, '}')
	}
	return dst
}

func appendOutcomes(dst []byte, name string, outcomes []Outcome) []byte {
	if outcomes == nil {
		return dst
	}
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, `":[`...)
	for i := range outcomes {
		o := &outcomes[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"collected":`...)
		dst = strconv.AppendBool(dst, o.Collected)
		dst = append(dst, `,"status":`...)
		dst = strconv.AppendInt(dst, int64(o.Status), 10)
		dst = appendWhere(dst, o.URL, o.Cache, o.Error)
		dst = append(dst, `,"attempts":`...)
		dst = strconv.AppendInt(dst, int64(o.Attempts), 10)
		dst = append(dst, `,"timing":`...)
		dst = o.Timing.append(dst)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func (t *Timing) append(dst []byte) []byte {
	phases := [...]struct {
		key string
		d   time.Duration
	}{
		{`{"start":`, t.Start},
		{`,"queued":`, t.Queued},
		{`,"dns":`, t.DNS},
		{`,"connect":`, t.Connect},
		{`,"tls":`, t.TLS},
		{`,"wait":`, t.Wait},
		{`,"receive":`, t.Receive},
		{`,"total":`, t.Total},
	}
	for i := range phases {
		dst = append(dst, phases[i].key...)
		dst = appendMillis(dst, phases[i].d)
	}
	return append(dst, '}')
}

// appendMillis appends milliseconds with at most three digits after the point.
func appendMillis(dst []byte, d time.Duration) []byte {
	micros := d.Microseconds()
	dst = strconv.AppendInt(dst, micros/1000, 10)
	if rest := micros % 1000; rest > 0 {
		dst = append(dst, '.', byte('0'+rest/100))
		if rest %= 100; rest > 0 {
			dst = append(dst, byte('0'+rest/10))
			if rest %= 10; rest > 0 {
				dst = append(dst, byte('0'+rest))
			}
		}
	}
	return dst
}

// appendString appends a JSON string. Bytes that are not UTF-8 become U+FFFD;
// bodies are checked before, so this only meets odd header values.
func appendString[T ~string | ~[]byte](dst []byte, s T) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

// AppendResult appends a whole batch as one JSON object: every response in the
// order of the batch, then the summary, with a line break at the end.
func AppendResult(dst []byte, responses []*Response, summary *Summary) []byte {
	dst = append(dst, `{"responses":[`...)
	for i, response := range responses {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = response.AppendJSON(dst)
	}
	dst = append(dst, `],"summary":`...)
	return append(summary.AppendJSON(dst), '}', '\n')
}
