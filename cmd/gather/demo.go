package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"gather/config"
	"gather/demo"
)

// sampleAddress is where the sample API listens if it can.
const sampleAddress = "127.0.0.1:8081"

// DemoCmd starts the service together with the sample API.
type DemoCmd struct {
	ConfigFlags
	Sample string        `help:"Address of the sample API." placeholder:"HOST:PORT"`
	Delay  time.Duration `help:"How long the sample API takes for every answer; an URL's _delay overrides it." default:"0s"`
}

// Run implements the command.
func (c DemoCmd) Run(ctx context.Context, s Streams, src sources) error {
	listener, err := c.listen(ctx)
	if err != nil {
		return err
	}
	api := &http.Server{Handler: demo.New(demo.Options{Delay: c.Delay}), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = api.Serve(listener) }()
	defer func() { _ = api.Close() }()

	cfg, err := src.load(c.Config, c.paths())
	if err != nil {
		return err
	}
	base := "http://" + listener.Addr().String()
	own := sampleUpstream(base)
	for slices.ContainsFunc(cfg.Upstreams, func(up config.Upstream) bool { return up.Name == own.Name }) {
		own.Name += "-demo" // the name is somebody's own
	}
	cfg.Upstreams = append(cfg.Upstreams, own)
	if c.LogLevel == "" {
		cfg.Log.Level = "warn"
	}
	sample := []string{base + "/users/1?_delay=1s", base + "/posts/1?_delay=1s", base + "/todos/1?_delay=1s"}
	service, err := newApp(s, cfg, sample)
	if err != nil {
		return err
	}
	return service.Run(ctx, func(address net.Addr) {
		page := pageURL(cfg, address)
		_, _ = fmt.Fprintf(s.Out, `gather is running, with a sample API at %s/

  The page   %s
  In a shell curl -s %sv1/fetch -d url=%s/users/1 -d url=%s/posts/1 -d url=%s/todos/1

Ctrl-C stops both.
`, base, page, page, base, base, base)
	})
}

// listen takes the sample's usual address, or any free one where that is taken
// and none was asked for.
func (c DemoCmd) listen(ctx context.Context) (net.Listener, error) {
	var config net.ListenConfig
	if c.Sample != "" {
		listener, err := config.Listen(ctx, "tcp", c.Sample)
		if err != nil {
			return nil, fmt.Errorf("the sample API cannot listen on %s: %w", c.Sample, errors.Unwrap(err))
		}
		return listener, nil
	}
	listener, err := config.Listen(ctx, "tcp", sampleAddress)
	if err != nil {
		listener, err = config.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	return listener, err
}

// sampleUpstream lets the service fetch from the sample API although it is on
// this machine, and as fast as a demonstration wants.
func sampleUpstream(base string) config.Upstream {
	return config.Upstream{
		Name: "sample", URL: base, Allow: []string{"127.0.0.1/32", "::1/128"},
		HostRules: config.HostRules{Rate: 200, Burst: 200, Concurrency: 64, Retries: 2},
	}
}
