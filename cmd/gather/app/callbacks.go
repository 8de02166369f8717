package app

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"gather/config"
	"gather/fetcher/guard"
	"gather/fetcher/transport"
	"gather/jobs"
	"gather/webhooks"
)

// endpoints resolve whom a callback goes to.
type endpoints struct {
	named map[string]endpoint
	// anyone signs callbacks to URLs that no endpoint is configured for.
	anyone []string
}

type endpoint struct {
	url     string
	secrets []string
}

func newEndpoints(cfg *config.Config) *endpoints {
	e := &endpoints{named: make(map[string]endpoint, len(cfg.Callbacks)), anyone: reveal(cfg.Jobs.CallbackSecrets)}
	if len(e.anyone) == 0 {
		// Nobody can check these signatures; they only keep every callback signed.
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		e.anyone = []string{"whsec_" + base64.StdEncoding.EncodeToString(key)}
	}
	for i := range cfg.Callbacks {
		c := &cfg.Callbacks[i]
		e.named[c.Name] = endpoint{url: c.URL, secrets: reveal(c.Secrets)}
	}
	return e
}

func reveal(secrets []config.Secret) []string {
	list := make([]string, len(secrets))
	for i, secret := range secrets {
		list[i] = secret.Reveal()
	}
	return list
}

func (e *endpoints) has(name string) bool {
	_, ok := e.named[name]
	return ok
}

// Endpoint implements jobs.Endpoints.
func (e *endpoints) Endpoint(t jobs.Target) (string, []string, error) {
	if t.Endpoint == "" {
		return t.URL, e.anyone, nil
	}
	found, ok := e.named[t.Endpoint]
	if !ok {
		return "", nil, errors.New("the endpoint is not configured any more")
	}
	return found.url, found.secrets, nil
}

// newDeliverer makes callbacks through a guard of their own: it knows the
// configured endpoints besides the upstreams.
func newDeliverer(cfg *config.Config) (*webhooks.Deliverer, error) {
	opts := guardOptions(cfg)
	for i := range cfg.Callbacks {
		c := &cfg.Callbacks[i]
		opts.Upstreams = append(opts.Upstreams, guard.Upstream{
			Name: "callback " + c.Name, URL: c.URL, Allow: append(prefixes(c.Allow), literal(c.URL)...),
		})
	}
	g, err := guard.New(opts)
	if err != nil {
		return nil, err
	}
	pool := transport.NewBase(transport.BaseOptions{DialContext: g.DialContext, IdlePerHost: 8})
	return webhooks.NewDeliverer(&http.Client{Transport: guard.NewTransport(pool, g)}, time.Now), nil
}

// literal is the address an endpoint's URL names outright: an operator who
// writes one means it.
func literal(address string) []netip.Prefix {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return nil
	}
	return []netip.Prefix{netip.PrefixFrom(addr, addr.BitLen())}
}
