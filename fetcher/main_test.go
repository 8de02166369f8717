package fetcher_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gather/cache"
	"gather/fetcher"
	"gather/fetcher/guard"
	"gather/fetcher/limiter"
	"gather/fetcher/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// setup is an engine's parts as a test wants them; the zero value is generous.
type setup struct {
	// local are upstreams on this machine, named a, b, c, …, which may be fetched.
	local []string
	// header and credential are those of upstream a.
	header     http.Header
	credential fetcher.Credential
	rules      transport.Rules
	limits     fetcher.Limits
	memory     int64
	maxBody    int64
	roots      *x509.CertPool
	now        func() time.Time
}

// rig is an engine and the memory budget behind it.
type rig struct {
	*fetcher.Engine
	budget *transport.Budget
}

// start makes an engine that is closed when the test ends, when every byte of its
// budget must be back.
func start(t testing.TB, s setup) *rig {
	t.Helper()
	var guarded guard.Options
	var hosts transport.HostsOptions
	var upstreams []fetcher.Upstream
	for i, address := range s.local {
		name := string(rune('a' + i))
		guarded.Upstreams = append(guarded.Upstreams, guard.Upstream{
			Name: name, URL: address, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		})
		rules := s.rules
		rules.Name = name
		hosts.Upstreams = append(hosts.Upstreams, transport.Upstream{Rules: rules, URL: address})
		base, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		upstream := fetcher.Upstream{Name: name, Base: base}
		if i == 0 {
			upstream.Header, upstream.Credential = s.header, s.credential
		}
		upstreams = append(upstreams, upstream)
	}
	hosts.Limiter.Gate = limiter.NewGate(256)
	g, err := guard.New(guarded)
	if err != nil {
		t.Fatal(err)
	}
	known, err := transport.NewHosts(hosts)
	if err != nil {
		t.Fatal(err)
	}
	budget := transport.NewBudget(orElse(s.memory, 256<<20))
	r := &rig{budget: budget, Engine: fetcher.New(fetcher.Options{
		Guard:  g,
		Hosts:  known,
		Store:  cache.NewMemoryStore(cache.MemoryLimits{Bytes: 16 << 20, Entries: 10_000}),
		Retry:  transport.RetryOptions{Backoff: transport.Backoff{Base: time.Millisecond, Cap: 5 * time.Millisecond}},
		Buffer: transport.BufferOptions{Budget: budget, MaxBody: orElse(s.maxBody, 16<<20)},
		Base:   transport.BaseOptions{RootCAs: s.roots},
		Limits: fetcher.Limits{
			Timeout:       orElse(s.limits.Timeout, 10*time.Second),
			MaxTimeout:    orElse(s.limits.MaxTimeout, time.Minute),
			MaxJobTimeout: orElse(s.limits.MaxJobTimeout, time.Hour),
			MaxRequests:   orElse(s.limits.MaxRequests, 10_000),
			MaxCalls:      orElse(s.limits.MaxCalls, 1000),
			MaxBatchBytes: orElse(s.limits.MaxBatchBytes, 64<<20),
			PerHost:       orElse(s.limits.PerHost, 128),
		},
		Upstreams: upstreams,
		UserAgent: "gather/test",
		Now:       s.now,
	})}
	t.Cleanup(func() {
		r.Close()
		if used := budget.Used(); used != 0 {
			t.Errorf("%d bytes of the budget were never given back", used)
		}
	})
	return r
}

func orElse[T comparable](given, otherwise T) T {
	var zero T
	if given == zero {
		return otherwise
	}
	return given
}

// answer is a response as a client reads it.
type answer struct {
	outcome
	ID           string            `json:"id"`
	Headers      map[string]string `json:"headers"`
	Body         json.RawMessage   `json:"body"`
	BodyEncoding string            `json:"bodyEncoding"`
	Elements     []outcome         `json:"elements"`
	Pages        []outcome         `json:"pages"`
}

type outcome struct {
	Collected bool               `json:"collected"`
	Status    int                `json:"status"`
	URL       string             `json:"url"`
	Cache     string             `json:"cache"`
	Error     problem            `json:"error"`
	Attempts  int                `json:"attempts"`
	Timing    map[string]float64 `json:"timing"`
}

type problem struct {
	Code   fetcher.Code `json:"code"`
	Detail string       `json:"detail"`
}

// result is a whole batch as a client reads it.
type result struct {
	Responses []answer `json:"responses"`
	Summary   struct {
		Requests     int      `json:"requests"`
		Collected    int      `json:"collected"`
		NotCollected int      `json:"notCollected"`
		CriticalPath []string `json:"criticalPath"`
	} `json:"summary"`
	// order is the ids as they were handed out.
	order []string
}

// fetch runs a batch given as JSON.
func (r *rig) fetch(t testing.TB, batch string) result {
	t.Helper()
	return r.fetchAs(t, t.Context(), batch, fetcher.CompileOptions{})
}

func (r *rig) compile(t testing.TB, batch string, opts fetcher.CompileOptions) *fetcher.Plan {
	t.Helper()
	plan, _, err := r.CompileText([]byte(batch), opts)
	if err != nil {
		t.Fatalf("the batch is refused:\n%v", err)
	}
	return plan
}

func (r *rig) fetchAs(t testing.TB, ctx context.Context, batch string, opts fetcher.CompileOptions) result {
	t.Helper()
	return r.run(t, ctx, r.compile(t, batch, opts), opts.Caller, nil)
}

// run runs a plan and reads what a client would. each, if not nil, is called with
// every id as it is handed out.
func (r *rig) run(t testing.TB, ctx context.Context, plan *fetcher.Plan, caller fetcher.Caller, each func(id string)) result {
	t.Helper()
	var got result
	responses := make([]*fetcher.Response, plan.Len())
	summary := r.Run(ctx, plan, fetcher.RunOptions{Caller: caller, Keep: true}, func(i int, response *fetcher.Response) {
		if responses[i] != nil {
			t.Errorf("the response of item %d came twice", i)
		}
		responses[i] = response
		got.order = append(got.order, response.ID)
		if each != nil {
			each(response.ID)
		}
	})
	if len(got.order) != plan.Len() {
		t.Fatalf("%d responses for %d items", len(got.order), plan.Len())
	}
	text := fetcher.AppendResult(nil, responses, &summary)
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatalf("the result is not JSON: %v\n%.500s", err, text)
	}
	for i, response := range responses {
		if got.Responses[i].ID != plan.ID(i) {
			t.Fatalf("response %d has the id %q, want %q", i, got.Responses[i].ID, plan.ID(i))
		}
		response.Release()
	}
	return got
}

// one runs a batch of one item.
func (r *rig) one(t testing.TB, item string) answer {
	t.Helper()
	return r.fetch(t, `{"requests": [`+item+`]}`).Responses[0]
}

// wantError fails unless an item was not collected for the reason given.
func (o outcome) wantError(t testing.TB, code fetcher.Code, status int) {
	t.Helper()
	if o.Collected || o.Error.Code != code || o.Status != status {
		t.Fatalf("collected %t, status %d, error %q (%s); want %s with %d", o.Collected, o.Status, o.Error.Code, o.Error.Detail, code, status)
	}
}

// wantBody fails unless an item was collected with exactly this body.
func (a answer) wantBody(t testing.TB, body string) {
	t.Helper()
	if !a.Collected || string(a.Body) != body {
		t.Fatalf("collected %t, status %d, error %v, body %.300s\nwant %.300s", a.Collected, a.Status, a.Error, a.Body, body)
	}
}

// quote is a JSON string.
func quote(s string) string { return strconv.QuoteToASCII(s) }
