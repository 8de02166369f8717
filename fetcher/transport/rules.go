package transport

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"gather/fetcher/limiter"
)

// Rules say how one host, or several that share an upstream entry, are treated.
type Rules struct {
	Name        string        // of the upstream entry; "" for hosts under the default rules
	Rate        float64       // calls a second; 0: unlimited
	Burst       int           // calls that may go at once after a rest; less than 1 counts as 1
	Concurrency int           // most calls in flight; 0: unlimited
	Timeout     time.Duration // of one attempt, from its turn to the end of the body; 0: the call's deadline alone
	Retries     int           // attempts after the first
	Hedge       bool          // send a second GET or HEAD beside a slow one
}

func (r Rules) limits() limiter.Rules {
	return limiter.Rules{Rate: r.Rate, Burst: r.Burst, Concurrency: r.Concurrency}
}

// Upstream is a configured upstream: its rules and the origins that share them.
type Upstream struct {
	Rules
	URL   string   // its scheme, host and port are the upstream's origin
	Hosts []string // more hosts under the same scheme: "host", "host:port" or "*.example.com"; without a port, the URL's
}

// origin is a scheme, host and port as [net/url.URL] holds them: lower case, the scheme's default port left out.
type origin struct{ scheme, host string }

// pattern is a "*." entry: any name that ends in suffix, which begins with a dot.
type pattern struct {
	scheme, suffix, port string
	host                 *Host
}

func (p *pattern) matches(o origin) bool {
	name, port := splitPort(o.host)
	return p.scheme == o.scheme && p.port == port && len(name) > len(p.suffix) && strings.HasSuffix(name, p.suffix)
}

// originOf does not allocate for a URL in normal form.
func originOf(u *url.URL) origin {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	name, port := splitPort(host)
	if port == defaultPort(scheme) || port == "" {
		host = name
	}
	return origin{scheme, host}
}

// splitPort cuts the port off, leaving the brackets of an IPv6 address.
func splitPort(host string) (name, port string) {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		return host[:i], host[i+1:]
	}
	return host, ""
}

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// parseUpstream gives the origins and patterns an upstream's rules are for.
func parseUpstream(up Upstream) (exact []origin, patterns []pattern, err error) {
	if up.Name == "" {
		return nil, nil, errors.New("an upstream needs a name")
	}
	base, err := url.Parse(up.URL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, nil, fmt.Errorf("upstream %s: its url is not an absolute http or https URL", up.Name)
	}
	own := originOf(base)
	_, basePort := splitPort(own.host)
	exact = append(exact, own)
	for _, entry := range up.Hosts {
		name, wild := strings.CutPrefix(strings.ToLower(entry), "*.")
		if strings.Count(name, ":") > 1 && !strings.HasPrefix(name, "[") {
			name = "[" + name + "]" // an IPv6 address, as configuration files have it
		}
		u, err := url.Parse(base.Scheme + "://" + name)
		if err != nil || u.Host == "" || u.Host != name || strings.Contains(name, "*") {
			return nil, nil, fmt.Errorf(`upstream %s: hosts: want "host", "host:port" or "*.pattern"`, up.Name)
		}
		if u.Port() == "" && basePort != "" {
			u.Host += ":" + basePort
		}
		further := originOf(u)
		if !wild {
			exact = append(exact, further)
			continue
		}
		name, port := splitPort(further.host)
		patterns = append(patterns, pattern{scheme: further.scheme, suffix: "." + name, port: port})
	}
	return exact, patterns, nil
}
