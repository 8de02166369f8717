package guard_test

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gather/fetcher/guard"
)

func TestCheckHeader(t *testing.T) {
	t.Parallel()
	const fine = guard.Reason(0)
	for _, row := range []struct {
		name, value string
		want        guard.Reason
	}{
		{"Accept", "application/json", fine},
		{"authorization", "Bearer abc", fine},
		{"X-Api-Key", "", fine},
		{"Cookie", "a=b; c=d", fine},
		{"Content-Type", "application/json", fine},
		{"If-None-Match", `W/"ü"`, fine},
		{"Range", "bytes=0-1", fine},
		{"X-Tab", "a\tb", fine},
		{"Test", "TE is a prefix of this one", fine},
		{"Hostname", "x", fine},
		{"Upgrade-Insecure-Requests", "1", fine},
		{strings.Repeat("a", guard.MaxHeaderName), strings.Repeat("a", guard.MaxHeaderValue), fine},
		{"Host", "example.com", guard.ReasonHeaderName},
		{"hOsT", "example.com", guard.ReasonHeaderName},
		{"Content-Length", "5", guard.ReasonHeaderName},
		{"Content_Length", "5", guard.ReasonHeaderName},
		{"Transfer-Encoding", "chunked", guard.ReasonHeaderName},
		{"transfer_encoding", "chunked", guard.ReasonHeaderName},
		{"Connection", "close", guard.ReasonHeaderName},
		{"Proxy-Authorization", "Basic eA==", guard.ReasonHeaderName},
		{"Proxy-Connection", "keep-alive", guard.ReasonHeaderName},
		{"proxy-anything", "x", guard.ReasonHeaderName},
		{"TE", "trailers", guard.ReasonHeaderName},
		{"Trailer", "X", guard.ReasonHeaderName},
		{"Upgrade", "websocket", guard.ReasonHeaderName},
		{"HTTP2-Settings", "x", guard.ReasonHeaderName},
		{"Keep-Alive", "timeout=5", guard.ReasonHeaderName},
		{"Expect", "100-continue", guard.ReasonHeaderName},
		{"Metadata", "true", guard.ReasonHeaderName},
		{"Metadata-Flavor", "Google", guard.ReasonHeaderName},
		{"X-Google-Metadata-Request", "True", guard.ReasonHeaderName},
		{"X-aws-ec2-metadata-token", "x", guard.ReasonHeaderName},
		{"X-aws-ec2-metadata-token-ttl-seconds", "60", guard.ReasonHeaderName},
		{"X-aliyun-ecs-metadata-token", "x", guard.ReasonHeaderName},
		{"X-Identity-Header", "x", guard.ReasonHeaderName},
		{"", "x", guard.ReasonHeaderName},
		{":authority", "example.com", guard.ReasonHeaderName},
		{"Host ", "example.com", guard.ReasonHeaderName},
		{"X Y", "x", guard.ReasonHeaderName},
		{"X:Y", "x", guard.ReasonHeaderName},
		{"X\r\nHost", "x", guard.ReasonHeaderName},
		{"X\x00", "x", guard.ReasonHeaderName},
		{"Ü", "x", guard.ReasonHeaderName},
		{strings.Repeat("a", guard.MaxHeaderName+1), "x", guard.ReasonHeaderName},
		{"X", "a\r\nHost: b", guard.ReasonHeaderValue},
		{"X", "a\rb", guard.ReasonHeaderValue},
		{"X", "a\nb", guard.ReasonHeaderValue},
		{"X", "a\x00b", guard.ReasonHeaderValue},
		{"X", "a\x7fb", guard.ReasonHeaderValue},
		{"X", "\x1b[31m", guard.ReasonHeaderValue},
		{"X", strings.Repeat("a", guard.MaxHeaderValue+1), guard.ReasonHeaderValue},
	} {
		err := guard.CheckHeader(row.name, row.value)
		if row.want == fine {
			if err != nil {
				t.Errorf("%.40q: %v", row.name, err)
			}
			continue
		}
		refused, ok := errors.AsType[*guard.Error](err)
		if !ok || refused.Reason != row.want {
			t.Errorf("%.40q = %.40q: %v, want %v", row.name, row.value, err, row.want)
		}
		if !errors.Is(err, guard.ErrHeader) || errors.Is(err, guard.ErrBlocked) || errors.Is(err, guard.ErrMalformed) {
			t.Errorf("%.40q: of the wrong kind", row.name)
		}
	}
}

func TestStripHopByHop(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	for name, value := range map[string]string{
		"Keep-Alive": "timeout=5", "TE": "trailers", "Trailer": "X", "Transfer-Encoding": "chunked", "Upgrade": "h2c",
		"HTTP2-Settings": "x", "Proxy-Authorization": "x", "Proxy-Connection": "close", "X-Hop": "1", "X-Other": "2",
		"Accept": "*/*", "X-End": "3",
	} {
		h.Set(name, value)
	}
	h["Connection"] = []string{"close, x-hop", " X-OTHER ,,"}
	guard.StripHopByHop(h)
	if got := slices.Sorted(maps.Keys(h)); !slices.Equal(got, []string{"Accept", "X-End"}) {
		t.Errorf("left: %q", got)
	}
}

func TestStripCrossOrigin(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	for _, name := range []string{
		"Accept", "Accept-Language", "Accept-Encoding", "User-Agent", "Authorization", "Cookie", "X-Api-Key",
		"Acceptance", "Referer", "If-None-Match", "Content-Type", "Range",
	} {
		h.Set(name, "x")
	}
	h["accept-charset"] = []string{"x"} // set past Set, as a caller may
	h["authorization"] = []string{"x"}
	guard.StripCrossOrigin(h)
	want := []string{"Accept", "Accept-Encoding", "Accept-Language", "User-Agent", "accept-charset"}
	if got := slices.Sorted(maps.Keys(h)); !slices.Equal(got, want) {
		t.Errorf("left: %q, want %q", got, want)
	}
}
