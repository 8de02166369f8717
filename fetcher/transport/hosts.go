package transport

import (
	"cmp"
	"container/list"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"gather/fetcher/limiter"
)

const (
	defaultMaxHosts = 10_000
	evictionSearch  = 16 // hosts looked at for an idle one before the oldest goes
)

// HostsOptions are what the registry of hosts starts from. The zero value is usable: everything unlimited, nothing configured.
type HostsOptions struct {
	Defaults  Rules // for hosts without an upstream entry, each on its own
	Upstreams []Upstream
	Limiter   limiter.Options // the shared gate, queue and pause limits
	MaxHosts  int             // most hosts remembered besides the upstreams; 0: 10,000
}

// Hosts finds the Host a URL belongs to. Hosts under the default rules come into being when first asked for, and the ones used least recently
// are forgotten, so that any number of names costs bounded memory.
type Hosts struct {
	limits   limiter.Options
	maxHosts int

	mu       sync.Mutex
	defaults Rules
	named    map[string]*Host // by upstream name
	exact    map[origin]*Host
	patterns []pattern
	others   map[origin]*list.Element // of *entry
	recent   list.List                // the most recently used first
}

type entry struct {
	key  origin
	host *Host
}

// NewHosts returns a registry, or what is wrong with the upstreams.
func NewHosts(opts HostsOptions) (*Hosts, error) {
	h := &Hosts{
		limits:   opts.Limiter,
		maxHosts: cmp.Or(opts.MaxHosts, defaultMaxHosts),
		others:   make(map[origin]*list.Element),
	}
	if err := h.Replace(opts.Defaults, opts.Upstreams); err != nil {
		return nil, err
	}
	return h, nil
}

// Replace puts new rules in force. An upstream that keeps its name keeps its state: queue, cool-down, breaker, latencies. On an error nothing
// has changed.
func (h *Hosts) Replace(defaults Rules, upstreams []Upstream) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	named := make(map[string]*Host, len(upstreams))
	exact := make(map[origin]*Host)
	var patterns []pattern
	for _, up := range upstreams {
		origins, wild, err := parseUpstream(up)
		if err != nil {
			return err
		}
		if named[up.Name] != nil {
			return fmt.Errorf("upstream %s: the name is taken", up.Name)
		}
		host := h.named[up.Name]
		if shown := origins[0].scheme + "://" + origins[0].host; host == nil || host.origin != shown {
			host = newHost(shown, up.Rules, h.limits)
		}
		named[up.Name] = host
		for _, o := range origins {
			if exact[o] == nil { // two upstreams may share an origin: the first one's limits hold
				exact[o] = host
			}
		}
		for _, p := range wild {
			p.host = host
			patterns = append(patterns, p)
		}
	}
	for _, up := range upstreams {
		named[up.Name].setRules(up.Rules)
	}
	defaults.Name = ""
	for _, e := range h.others {
		e.Value.(*entry).host.setRules(defaults)
	}
	h.defaults, h.named, h.exact, h.patterns = defaults, named, exact, patterns
	return nil
}

// For is the Host of an absolute http or https URL.
func (h *Hosts) For(u *url.URL) *Host {
	key := originOf(u)
	h.mu.Lock()
	defer h.mu.Unlock()
	if host := h.configured(key); host != nil {
		return host
	}
	if e := h.others[key]; e != nil {
		h.recent.MoveToFront(e)
		return e.Value.(*entry).host
	}
	if len(h.others) >= h.maxHosts {
		h.forgetOne(time.Now())
	}
	host := newHost(key.scheme+"://"+key.host, h.defaults, h.limits)
	h.others[key] = h.recent.PushFront(&entry{key, host})
	return host
}

// configured is the Host of the upstream entry an origin belongs to, or nil.
func (h *Hosts) configured(key origin) *Host {
	if host := h.exact[key]; host != nil {
		return host
	}
	for i := range h.patterns {
		if h.patterns[i].matches(key) {
			return h.patterns[i].host
		}
	}
	return nil
}

// upstream is the name of the upstream entry a request's URL belongs to, or "".
func (h *Hosts) upstream(req *http.Request) string {
	u := req.URL
	if u == nil {
		return ""
	}
	if host := CallFrom(req.Context()).cachedHost(u); host != nil {
		return host.Name()
	}
	key := originOf(u)
	h.mu.Lock()
	defer h.mu.Unlock()
	if host := h.configured(key); host != nil {
		return host.Name()
	}
	return ""
}

// Of is For a request, looked up once a hop where the request has a Call.
func (h *Hosts) Of(req *http.Request) *Host {
	call := CallFrom(req.Context())
	if host := call.cachedHost(req.URL); host != nil {
		return host
	}
	host := h.For(req.URL)
	call.cacheHost(req.URL, host)
	return host
}

// Cached notes for a request's host whether the cache answered it by itself.
func (h *Hosts) Cached(req *http.Request, hit bool) {
	host := h.Of(req)
	if hit {
		host.cacheHits.Add(1)
	} else {
		host.cacheMisses.Add(1)
	}
}

// forgetOne drops a host that was not used for long: an idle one if there is one at hand, so that asking for many names ends nobody's cool-down.
func (h *Hosts) forgetOne(now time.Time) {
	victim := h.recent.Back()
	for e, n := victim, 0; e != nil && n < evictionSearch; e, n = e.Prev(), n+1 {
		if e.Value.(*entry).host.idle(now) {
			victim = e
			break
		}
	}
	delete(h.others, h.recent.Remove(victim).(*entry).key)
}

// Len is the number of hosts remembered.
func (h *Hosts) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.named) + len(h.others)
}

// Snapshot reports every host's state: the upstreams by name, then the others by origin.
func (h *Hosts) Snapshot() []HostStatus {
	h.mu.Lock()
	hosts := make([]*Host, 0, len(h.named)+len(h.others))
	for _, host := range h.named {
		hosts = append(hosts, host)
	}
	for _, e := range h.others {
		hosts = append(hosts, e.Value.(*entry).host)
	}
	h.mu.Unlock()

	status := make([]HostStatus, len(hosts))
	for i, host := range hosts {
		status[i] = host.Snapshot()
	}
	slices.SortFunc(status, func(a, b HostStatus) int {
		if (a.Name == "") != (b.Name == "") {
			return cmp.Compare(b.Name, a.Name)
		}
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Origin, b.Origin))
	})
	return status
}
