package main

import (
	"context"
	"fmt"
	"net"
	"sync"

	"gather/cmd/gather/app"
	"gather/config"
)

// ConfigFlags are the settings that have a flag of their own; every one has an
// environment variable, too.
type ConfigFlags struct {
	Config   string `help:"Configuration file; gather.yaml here if it is there." placeholder:"FILE" type:"path"`
	Listen   string `help:"Address to listen on." placeholder:"HOST:PORT"`
	LogLevel string `help:"debug, info, warn or error." placeholder:"LEVEL"`
}

// paths are the flags that were given, by their key in the configuration.
func (f ConfigFlags) paths() map[string]string {
	given := make(map[string]string)
	for path, value := range map[string]string{"server.listen": f.Listen, "log.level": f.LogLevel} {
		if value != "" {
			given[path] = value
		}
	}
	return given
}

// ServeCmd starts the service.
type ServeCmd struct {
	ConfigFlags
}

// Run implements the command.
func (c ServeCmd) Run(ctx context.Context, s Streams, src sources) error {
	cfg, err := src.load(c.Config, c.paths())
	if err != nil {
		return err
	}
	service, err := newApp(s, cfg, nil)
	if err != nil {
		return err
	}
	var watching sync.WaitGroup
	defer watching.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	return service.Run(ctx, func(address net.Addr) {
		_, _ = fmt.Fprintf(s.Err, "gather listens on %s\n", pageURL(cfg, address))
		watching.Go(func() { service.Watch(ctx, src.from(c.Config, c.paths()), judgePlans) })
	})
}

func newApp(s Streams, cfg *config.Config, sample []string) (*app.App, error) {
	return app.New(cfg, app.Options{Log: app.NewLog(s.Err, cfg.Log), Version: version(), Sample: sample})
}

// pageURL is where a browser finds the page.
func pageURL(cfg *config.Config, address net.Addr) string {
	scheme := "http"
	if cfg.Server.TLS.Cert != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return scheme + "://" + address.String() + "/"
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port) + "/"
}
