package config

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// write puts a configuration into a fresh folder.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gather.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func loaded(t *testing.T, text string, env ...string) (*Config, *Origins) {
	t.Helper()
	cfg, origins, err := Load(Sources{File: write(t, text), Env: env})
	if err != nil {
		t.Fatal(err)
	}
	return cfg, origins
}

func TestLoadReadsEveryKindOfValue(t *testing.T) {
	t.Parallel()
	cfg, origins := loaded(t, `
server: {listen: "127.0.0.1:9090", drain: 3s}
fetch:
  maxBodyBytes: 5MB
  concurrency: 64
upstreams:
  - name: todo
    url: http://127.0.0.1:3000
    allow: [127.0.0.1/32]
    headers: {X-Version: 1.10}
    rate: 50
    credential: {type: bearer, env: TODO_TOKEN}
`, "TODO_TOKEN=s3cret", "GATHER_FETCH_MAX_REQUESTS=7")
	if cfg.Server.Listen != "127.0.0.1:9090" || cfg.Server.Drain.Std() != 3*time.Second {
		t.Errorf("server: %+v", cfg.Server)
	}
	if cfg.Fetch.MaxBodyBytes.Bytes() != 5_000_000 || cfg.Fetch.Concurrency != 64 || cfg.Fetch.MaxRequests != 7 {
		t.Errorf("fetch: %+v", cfg.Fetch)
	}
	u := cfg.Upstreams[0]
	if u.Headers["X-Version"] != "1.10" {
		t.Errorf("a header written as a number lost digits: %q", u.Headers["X-Version"])
	}
	if u.Rate != 50 || u.Burst != cfg.Defaults.Burst || u.Retries != cfg.Defaults.Retries {
		t.Errorf("limits: %+v", u.HostRules)
	}
	if u.Credential.Secret.Reveal() != "s3cret" {
		t.Error("the credential's secret was not read from the environment")
	}
	if at := origins.Of("upstreams[0].rate"); at.Kind != KindFile || at.Line != 11 || at.Column != 11 {
		t.Errorf("origin of the rate: %v", at)
	}
	if at := origins.Of("upstreams[0].burst"); at.String() != "from defaults.burst" {
		t.Errorf("origin of the burst: %v", at)
	}
}
