package main

import (
	"context"
	"fmt"
	"net"

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
	return serve(ctx, s, cfg, nil, func(address net.Addr) {
		_, _ = fmt.Fprintf(s.Err, "gather listens on %s\n", pageURL(cfg, address))
	})
}

// serve runs the service until ctx ends.
func serve(ctx context.Context, s Streams, cfg *config.Config, sample []string, started func(net.Addr)) error {
	service, err := app.New(cfg, app.Options{Log: app.NewLog(s.Err, cfg.Log), Version: version(), Sample: sample})
	if err != nil {
		return err
	}
	return service.Run(ctx, started)
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
