package app

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"gather/cache"
	"gather/config"
	"gather/fetcher"
	"gather/fetcher/guard"
	"gather/fetcher/limiter"
	"gather/fetcher/transport"
)

// perHost is how many calls of one batch wait for one host at once: enough to
// keep any host busy, few enough that a job of ten thousand waits as data.
const perHost = 128

// Observer is told of every call, and of every target that is refused.
type Observer interface {
	transport.Observer
	Refused(guard.Reason)
}

// NewEngine builds the engine a configuration describes. observer may be nil, and so may shared,
// which outlives the engine.
func NewEngine(cfg *config.Config, version string, observer Observer, shared *Shared) (*fetcher.Engine, error) {
	judging := guardOptions(cfg)
	if observer != nil {
		judging.Refused = observer.Refused
	}
	guarded, err := guard.New(judging)
	if err != nil {
		return nil, err
	}
	hosts, err := transport.NewHosts(hostsOptions(cfg))
	if err != nil {
		return nil, err
	}
	upstreams, err := upstreams(cfg)
	if err != nil {
		return nil, err
	}
	return fetcher.New(fetcher.Options{
		Guard: guarded,
		Hosts: hosts,
		Store: shared.store(cfg),
		Cache: cache.Options{TargetedFields: cfg.Cache.TargetedFields, Rules: cacheRules(cfg, hosts)},
		Buffer: transport.BufferOptions{
			Budget:  transport.NewBudget(int64(cfg.Fetch.MemoryBytes)),
			MaxBody: int64(cfg.Fetch.MaxBodyBytes),
		},
		Base:      transport.BaseOptions{IdlePerHost: mostConcurrency(cfg)},
		Observer:  observer,
		Upstreams: upstreams,
		Limits: fetcher.Limits{
			Timeout:       cfg.Fetch.Timeout.Std(),
			MaxTimeout:    cfg.Fetch.MaxTimeout.Std(),
			MaxJobTimeout: cfg.Jobs.Timeout.Std(),
			MaxRequests:   cfg.Fetch.MaxRequests,
			MaxCalls:      cfg.Fetch.MaxCalls,
			MaxBatchBytes: int64(cfg.Fetch.MaxBatchBytes),
			PerHost:       perHost,
		},
		UserAgent: "gather/" + version,
		Now:       time.Now,
	}), nil
}

func guardOptions(cfg *config.Config) guard.Options {
	opts := guard.Options{
		Mode:     guard.Mode(cfg.Fetch.Policy),
		Ports:    guard.Ports{Allow: ports(cfg.Fetch.Ports.Allow), Deny: ports(cfg.Fetch.Ports.Deny)},
		Resolver: cfg.Fetch.Resolver,
		NAT64:    prefixes(cfg.Fetch.NAT64),
	}
	for i := range cfg.Upstreams {
		up := &cfg.Upstreams[i]
		opts.Upstreams = append(opts.Upstreams, guard.Upstream{
			Name: up.Name, URL: up.URL, Hosts: up.Hosts, Allow: prefixes(up.Allow),
		})
	}
	return opts
}

// ports and prefixes convert what the configuration has already judged.
func ports(numbers []int) []uint16 {
	list := make([]uint16, len(numbers))
	for i, n := range numbers {
		list[i] = uint16(n)
	}
	return list
}

func prefixes(texts []string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			list = append(list, prefix)
		} else if addr, err := netip.ParseAddr(text); err == nil {
			list = append(list, netip.PrefixFrom(addr, addr.BitLen()))
		}
	}
	return list
}

func hostsOptions(cfg *config.Config) transport.HostsOptions {
	opts := transport.HostsOptions{
		Defaults: rules(&cfg.Defaults),
		Limiter: limiter.Options{
			Gate:     limiter.NewGate(cfg.Fetch.Concurrency),
			MaxQueue: cfg.Limits.Queue,
			MaxPause: cfg.Limits.Cooldown.Std(),
		},
		MaxHosts: cfg.Limits.Hosts,
	}
	for i := range cfg.Upstreams {
		up := &cfg.Upstreams[i]
		r := rules(&up.HostRules)
		r.Name, r.Timeout = up.Name, up.Timeout.Std()
		opts.Upstreams = append(opts.Upstreams, transport.Upstream{Rules: r, URL: up.URL, Hosts: up.Hosts})
	}
	return opts
}

func rules(r *config.HostRules) transport.Rules {
	return transport.Rules{
		Rate: r.Rate, Burst: r.Burst, Concurrency: r.Concurrency, Retries: r.Retries, Hedge: r.Hedge,
	}
}

// mostConcurrency is the largest number of calls any host may have in flight: a
// pool of fewer idle connections would dial anew for each of the others.
func mostConcurrency(cfg *config.Config) int {
	most := cfg.Defaults.Concurrency
	for i := range cfg.Upstreams {
		most = max(most, cfg.Upstreams[i].Concurrency)
	}
	return min(most, cfg.Fetch.Concurrency)
}

func upstreams(cfg *config.Config) ([]fetcher.Upstream, error) {
	list := make([]fetcher.Upstream, 0, len(cfg.Upstreams))
	for i := range cfg.Upstreams {
		up := &cfg.Upstreams[i]
		base, err := url.Parse(up.URL)
		if err != nil {
			return nil, fmt.Errorf("upstream %s: its url cannot be read", up.Name)
		}
		header := make(http.Header, len(up.Headers))
		for name, value := range up.Headers {
			header.Set(name, value)
		}
		built := fetcher.Upstream{Name: up.Name, Base: base, Header: header}
		if c := up.Credential; c != nil {
			built.Credential = fetcher.Credential{Kind: strings.ToLower(c.Type), Name: c.Name, Secret: c.Secret.Reveal()}
		}
		list = append(list, built)
	}
	return list, nil
}

// cacheRules finds an upstream's rules by the host a request belongs to.
func cacheRules(cfg *config.Config, hosts *transport.Hosts) func(*http.Request) cache.Rules {
	byName := make(map[string]cache.Rules, len(cfg.Upstreams))
	for i := range cfg.Upstreams {
		c := cfg.Upstreams[i].Cache
		byName[cfg.Upstreams[i].Name] = cache.Rules{
			Ignore: c.Off, Private: c.Private, DefaultLifetime: c.DefaultLifetime.Std(), MaxLifetime: c.MaxLifetime.Std(),
		}
	}
	return func(r *http.Request) cache.Rules { return byName[hosts.Of(r).Name()] }
}
