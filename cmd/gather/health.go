package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"time"

	"gather/config"
)

// HealthCmd asks a running service whether it is ready, for containers without a
// shell or curl.
type HealthCmd struct {
	ConfigFlags
}

// Run implements the command.
func (c HealthCmd) Run(ctx context.Context, s Streams, src sources) error {
	cfg, err := src.load(c.Config, c.paths())
	if err != nil {
		return err
	}
	return askReady(ctx, s, cfg)
}

func askReady(ctx context.Context, s Streams, cfg *config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, pageURL(cfg, listenAddress(cfg.Server.Listen))+"readyz", nil)
	if err != nil {
		return err
	}
	// The certificate names the public host, and this asks the very process next
	// to it, so there is nobody in between to be verified against.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // see above
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the service does not answer on %s", cfg.Server.Listen)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the service is not ready: status %d", answer.StatusCode)
	}
	_, err = fmt.Fprintln(s.Out, "ready")
	return err
}

// listenAddress is a configured address as a net.Addr.
type listenAddress string

func (listenAddress) Network() string  { return "tcp" }
func (a listenAddress) String() string { return string(a) }
