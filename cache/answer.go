package cache

import (
	"maps"
	"net/http"
	"strconv"
	"time"
)

// answer is the result of an exchange, which one or several requests are answered with.
type answer struct {
	err      error
	stored   *StoredResponse // a representation, in the store or not
	evaluate bool            // the requests' own conditions and ranges are yet to be applied
	proto    proto
	trailer  http.Header
	lease    *lease
	share    bool // may answer others than the request that started it
	outcome  Outcome
	live     *http.Response // instead of stored: streamed, for one request alone
}

// proto is the version the response came by.
type proto struct {
	name         string
	major, minor int
	uncompressed bool
}

func protoOf(r *http.Response) proto {
	return proto{r.Proto, r.ProtoMajor, r.ProtoMinor, r.Uncompressed}
}

var http11 = proto{name: "HTTP/1.1", major: 1, minor: 1}

// reply is a response and what it needs, in one piece of memory.
type reply struct {
	response http.Response
	body     body
	values   [2]string // of Age and Cache-Status
}

// hit answers the request from a stored response.
func (v *visit) hit(r *StoredResponse, now time.Time) (*http.Response, Outcome) {
	ttl := r.TTL(now)
	o := Outcome{Hit: true, HasTTL: true, TTL: ttl, Stale: ttl <= 0}
	return v.represent(r, &answer{proto: http11, evaluate: true}, &o, now), o
}

// represent makes the response to the request from a representation: its conditions and range
// evaluated where that is the cache's to do (RFC 9111 §4.3.2), with Age where it was not
// generated or validated for this request (§5.1), and with Cache-Status.
func (v *visit) represent(r *StoredResponse, a *answer, o *Outcome, now time.Time) *http.Response {
	status, header, content := r.Status, http.Header(nil), r.Body
	if a.evaluate {
		if r.Status == http.StatusOK && conditional(v.header) && notModified(v.header, r, now) {
			status, header, content = http.StatusNotModified, notModifiedFields(r.Header), nil
		} else if len(v.header["Range"]) > 0 {
			var changed http.Header
			if status, changed, content = r.cut(v.header, now); changed != nil {
				header = maps.Clone(r.Header)
				maps.Copy(header, changed)
			}
		}
	}
	if header == nil {
		header = maps.Clone(r.Header)
	}
	reply := new(reply)
	if o.Hit || o.Stale {
		reply.values[0] = strconv.FormatInt(int64(r.Age(now)/time.Second), 10)
		header["Age"] = reply.values[0:1:1]
	} else if len(header["Age"]) == 0 {
		delete(header, "Age")
	}
	if o.Fwd != "" && o.FwdStatus == 0 && status != r.Status {
		o.FwdStatus = r.Status
	}
	if v.t.options.ShowKey {
		o.Key = r.KeyDigest
	}
	v.mark(header, o, reply.values[1:2:2])
	resp := &reply.response
	*resp = http.Response{
		Status:        statusLine(status),
		StatusCode:    status,
		Proto:         a.proto.name,
		ProtoMajor:    a.proto.major,
		ProtoMinor:    a.proto.minor,
		Uncompressed:  a.proto.uncompressed,
		Header:        header,
		ContentLength: int64(len(content)),
		Trailer:       a.trailer,
		Request:       v.req,
	}
	if v.req.Method != http.MethodHead && len(content) > 0 {
		reply.body.open(content, a.lease)
		if len(content) == len(r.Body) && &content[0] == &r.Body[0] {
			reply.body.checked = r.checked
		}
		resp.Body = &reply.body
		return resp
	}
	if v.req.Method == http.MethodHead && len(content) == 0 {
		resp.ContentLength = headLength(header)
	}
	resp.Body = http.NoBody
	a.lease.release()
	return resp
}

// headLength is the length a response to HEAD tells of; -1 if it does not.
func headLength(h http.Header) int64 {
	if n, ok := parseOffset(h.Get("Content-Length")); ok {
		return n
	}
	return -1
}

// mark appends this cache's member to Cache-Status: the last is the nearest (RFC 9211 §2). alone
// is used where there is no other.
func (v *visit) mark(h http.Header, o *Outcome, alone []string) {
	member := o.value(v.t.options.Name)
	if upstream := h["Cache-Status"]; len(upstream) > 0 {
		h["Cache-Status"] = append(upstream[:len(upstream):len(upstream)], member)
		return
	}
	alone[0] = member
	h["Cache-Status"] = alone
}

// unavailable is the cache's own 504 for a request that wants nothing but the cache (RFC 9111
// §5.2.1.7).
func (v *visit) unavailable() (*http.Response, Outcome) {
	o := Outcome{Detail: "only-if-cached"}
	h := http.Header{"Content-Length": {"0"}, "Date": {v.t.options.Now().UTC().Format(http.TimeFormat)}}
	v.mark(h, &o, make([]string, 1))
	return &http.Response{
		Status:     statusLine(http.StatusGatewayTimeout),
		StatusCode: http.StatusGatewayTimeout,
		Proto:      http11.name, ProtoMajor: 1, ProtoMinor: 1,
		Header:  h,
		Body:    http.NoBody,
		Request: v.req,
	}, o
}

func statusLine(status int) string {
	if status == http.StatusOK {
		return "200 OK"
	}
	text := http.StatusText(status)
	if text == "" {
		return strconv.Itoa(status)
	}
	return strconv.Itoa(status) + " " + text
}
