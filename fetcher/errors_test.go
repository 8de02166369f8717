package fetcher_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gather/fetcher"
	"gather/fetcher/fetchertest"
	"gather/fetcher/transport"
)

// Each code of the contract is reached by something that really fails so.
func TestEveryErrorHasItsCode(t *testing.T) {
	t.Parallel()
	silent := fetchertest.Silent()
	for name, tt := range map[string]struct {
		code   fetcher.Code
		status int
		answer fetchertest.Answer
		item   string // with %s for the upstream's URL; "" for a GET of it
		setup  setup
	}{
		"target_blocked":           {fetcher.CodeTargetBlocked, 403, nil, `{"url": "http://10.0.0.1/"}`, setup{}},
		"dns_failure":              {fetcher.CodeDNSFailure, 502, nil, `{"url": "https://no-such-name.invalid./"}`, setup{}},
		"connect_failure":          {fetcher.CodeConnectFailure, 502, nil, "", setup{}},
		"tls_failure":              {fetcher.CodeTLSFailure, 502, nil, "tls", setup{}},
		"bad_response, garbage":    {fetcher.CodeBadResponse, 502, fetchertest.Raw("SSH-2.0-x\r\n\r\n"), "", setup{}},
		"bad_response, closed":     {fetcher.CodeBadResponse, 502, fetchertest.Dead(), "", setup{}},
		"bad_response, truncated":  {fetcher.CodeBadResponse, 502, fetchertest.Truncated(100, "short"), "", setup{}},
		"bad_response, chunks":     {fetcher.CodeBadResponse, 502, fetchertest.TruncatedChunks(), "", setup{}},
		"bad_response, coding":     {fetcher.CodeBadResponse, 502, fetchertest.Reply(200, "x", "Content-Encoding: br"), "", setup{}},
		"bad_response, headers":    {fetcher.CodeBadResponse, 502, fetchertest.EndlessHeaders(), "", setup{}},
		"bad_response, no status":  {fetcher.CodeBadResponse, 502, fetchertest.Reply(999, ""), "", setup{}},
		"bad_body":                 {fetcher.CodeBadBody, 200, fetchertest.JSON("<html>"), "", setup{}},
		"body_too_large":           {fetcher.CodeBodyTooLarge, 502, fetchertest.Endless(), "", setup{maxBody: 1 << 20}},
		"body_too_large, bomb":     {fetcher.CodeBodyTooLarge, 502, fetchertest.GzipBomb(4 << 20), "", setup{maxBody: 1 << 20}},
		"too_many_redirects":       {fetcher.CodeTooManyRedirects, 502, fetchertest.Redirect("/"), "", setup{}},
		"timeout of the batch":     {fetcher.CodeTimeout, 504, silent, "", setup{limits: fetcher.Limits{Timeout: 50 * time.Millisecond}}},
		"timeout of the item":      {fetcher.CodeTimeout, 504, silent, `{"url": "%s/", "timeout": "50ms"}`, setup{}},
		"timeout of the upstream":  {fetcher.CodeTimeout, 504, silent, "", setup{rules: transport.Rules{Timeout: 50 * time.Millisecond}}},
		"timeout while it drips":   {fetcher.CodeTimeout, 504, fetchertest.Drip(time.Millisecond), `{"url": "%s/", "timeout": "50ms"}`, setup{}},
		"rate_limited":             {fetcher.CodeRateLimited, 429, fetchertest.Reply(429, ""), "", setup{}},
		"overloaded":               {fetcher.CodeOverloaded, 503, fetchertest.JSON(`"` + strings.Repeat("x", 1<<20) + `"`), "", setup{memory: 1 << 10}},
		"expression_failed":        {fetcher.CodeExpressionFailed, 422, fetchertest.JSON(`1`), `{"url": "%s/", "select": ".a"}`, setup{}},
		"expression on no JSON":    {fetcher.CodeExpressionFailed, 422, fetchertest.Reply(200, "text", "Content-Type: text/plain"), `{"url": "%s/", "select": "."}`, setup{}},
		"only-if-cached, no error": {"", 504, fetchertest.JSON(`1`), `{"url": "%s/", "cache": "only-if-cached"}`, setup{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := closedPort(t)
			switch {
			case tt.item == "tls":
				server := httptest.NewTLSServer(nil)
				server.Config.ErrorLog = nil
				t.Cleanup(server.Close)
				address, tt.item = server.URL, ""
			case tt.answer != nil:
				address = fetchertest.Start(t, tt.answer).URL
			}
			if tt.item == "" {
				tt.item = `{"url": "%s/?key=s3cret"}`
			}
			if strings.Contains(tt.item, "%s") {
				tt.item = fmt.Sprintf(tt.item, address)
			}
			tt.setup.local = []string{address}
			got := start(t, tt.setup).one(t, tt.item)
			got.wantError(t, tt.code, tt.status)
			if tt.code != "" && got.Error.Detail == "" || strings.Contains(got.Error.Detail, "s3cret") || strings.Contains(got.Error.Detail, "127.0.0.1") {
				t.Errorf("the detail reads %q", got.Error.Detail)
			}
		})
	}
}

// closedPort is the address of a port that nothing listens on.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return "http://" + listener.Addr().String()
}

func TestCircuitOpensForAllCallers(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Reply(500, ""))
	r := start(t, setup{local: []string{up.URL}})
	for range 100 {
		got := r.one(t, `{"url": "`+up.URL+`/"}`)
		if got.Error.Code == fetcher.CodeCircuitOpen {
			got.wantError(t, fetcher.CodeCircuitOpen, 503)
			return
		}
	}
	t.Error("100 failures, and the circuit is still closed")
}

func TestCoolingDownPastTheDeadline(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Flaky(1, fetchertest.Reply(429, "", "Retry-After: 60"), fetchertest.JSON(`1`)))
	r := start(t, setup{local: []string{up.URL}})
	r.one(t, `{"url": "`+up.URL+`/"}`).wantError(t, fetcher.CodeRateLimited, 429)
	began := time.Now()
	r.one(t, `{"url": "`+up.URL+`/"}`).wantError(t, fetcher.CodeRateLimited, 429)
	if took := time.Since(began); took > 5*time.Second || up.Calls() != 1 {
		t.Errorf("refused after %s and %d calls", took, up.Calls())
	}
}

func TestWaitThatCannotEndInTime(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.JSON(`1`))
	r := start(t, setup{local: []string{up.URL}, rules: transport.Rules{Rate: 0.01, Burst: 1}})
	began := time.Now()
	got := r.fetch(t, `{"timeout": "9s", "concurrency": 1, "requests": [{"url": "`+up.URL+`/1"}, {"url": "`+up.URL+`/2"}]}`)
	got.Responses[0].wantBody(t, `1`)
	got.Responses[1].wantError(t, fetcher.CodeTimeout, 504)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s to say that it would take too long", took)
	}
}

func TestTimeoutsSayWhose(t *testing.T) {
	t.Parallel()
	up := fetchertest.Start(t, fetchertest.Silent())
	r := start(t, setup{local: []string{up.URL}})
	got := r.fetch(t, `{"timeout": "200ms", "concurrency": 2, "requests": [
		{"url": "`+up.URL+`/1"}, {"url": "`+up.URL+`/2", "timeout": "50ms"}, {"url": "`+up.URL+`/3"}, {"url": "`+up.URL+`/4"}
	]}`)
	for i, want := range []string{"no answer within 200ms", "no answer within 50ms", "no answer within 200ms", "no answer within 200ms"} {
		got.Responses[i].wantError(t, fetcher.CodeTimeout, 504)
		if detail := got.Responses[i].Error.Detail; detail != want {
			t.Errorf("item %d says %q, want %q", i, detail, want)
		}
	}
}

func TestRetriesAreAskedFor(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		item     string
		retries  int
		attempts int
	}{
		"by the upstream":             {`"method": "GET"`, 2, 3},
		"by the item":                 {`"retry": {"attempts": 3}`, 0, 3},
		"not by the item":             {`"retry": {"attempts": 1}`, 2, 1},
		"never for a POST":            {`"method": "POST"`, 2, 1},
		"unless the item asks for it": {`"method": "POST", "retry": {"attempts": 3}`, 0, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up := fetchertest.Start(t, fetchertest.Flaky(2, fetchertest.Reply(503, ""), fetchertest.JSON(`1`)))
			r := start(t, setup{local: []string{up.URL}, rules: transport.Rules{Retries: tt.retries}})
			got := r.one(t, `{"url": "`+up.URL+`/", `+tt.item+`}`)
			if got.Attempts != tt.attempts || up.Calls() != tt.attempts || got.Collected != (tt.attempts == 3) {
				t.Errorf("%d attempts, %d calls, %+v", got.Attempts, up.Calls(), got)
			}
		})
	}
}

func TestClassifyKeepsForeignTextsToItself(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		errors.New(`Get "https://a.example/?key=s3cret": oops`),
		fmt.Errorf(`Get "https://a.example/?key=s3cret": %w`, context.Canceled),
		fmt.Errorf(`Get "https://a.example/?key=s3cret": %w`, transport.ErrTruncated),
		fmt.Errorf(`dial 10.0.0.1 s3cret: %w`, transport.ErrConnect),
	} {
		if got := fetcher.Classify(err); strings.Contains(got.Error(), "s3cret") || got.Detail == "" {
			t.Errorf("%v reads %q", err, got)
		}
	}
}

func TestEveryCodeHasAStatus(t *testing.T) {
	t.Parallel()
	for code, status := range map[fetcher.Code]int{
		fetcher.CodeTargetBlocked: 403, fetcher.CodeDNSFailure: 502, fetcher.CodeConnectFailure: 502, fetcher.CodeTLSFailure: 502,
		fetcher.CodeBadResponse: 502, fetcher.CodeBodyTooLarge: 502, fetcher.CodeTooManyRedirects: 502, fetcher.CodeTimeout: 504,
		fetcher.CodeRateLimited: 429, fetcher.CodeCircuitOpen: 503, fetcher.CodeOverloaded: 503, fetcher.CodeDependencyFailed: 424,
		fetcher.CodeExpressionFailed: 422, fetcher.CodeCanceled: 499,
	} {
		if code.Status() != status {
			t.Errorf("%s has %d, want %d", code, code.Status(), status)
		}
	}
}
