package config

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPrecedence sets the same keys in several sources.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	const file = "fetch: {concurrency: 10}\nserver: {allowedHosts: [a.example, b.example]}\n"
	tests := []struct {
		name   string
		file   string
		env    []string
		flags  map[string]string
		key    string
		want   string // of the key, as gather config shows it
		origin string
	}{
		{"default", "", nil, nil, "fetch.concurrency", "256", "default"},
		{"file", file, nil, nil, "fetch.concurrency", "10", "gather.yaml:1:22"},
		{"environment over file", file, []string{"GATHER_FETCH_CONCURRENCY=20"}, nil, "fetch.concurrency", "20", "env GATHER_FETCH_CONCURRENCY"},
		{"flag over all", file, []string{"GATHER_FETCH_CONCURRENCY=20"}, map[string]string{"fetch.concurrency": "30"}, "fetch.concurrency", "30", "flag fetch.concurrency"},
		{"empty variable is not set", file, []string{"GATHER_FETCH_CONCURRENCY="}, nil, "fetch.concurrency", "10", "gather.yaml:1:22"},
		{"later variable wins", "", []string{"GATHER_LOG_LEVEL=debug", "GATHER_LOG_LEVEL=warn"}, nil, "log.level", "warn", "env GATHER_LOG_LEVEL"},
		{"words", "", []string{"GATHER_FETCH_MAX_BODY_BYTES=1MiB"}, nil, "fetch.maxBodyBytes", "1MiB", "env GATHER_FETCH_MAX_BODY_BYTES"},
		{"words run together", "", []string{"GATHER_FETCH_MAXBODYBYTES=1MiB"}, nil, "fetch.maxBodyBytes", "1MiB", "env GATHER_FETCH_MAXBODYBYTES"},
		{"deep", "", []string{"GATHER_SERVER_TIMEOUTS_READ_HEADER=1s"}, nil, "server.timeouts.readHeader", "1s", "env GATHER_SERVER_TIMEOUTS_READ_HEADER"},
		{"list replaces the file's", file, []string{"GATHER_SERVER_ALLOWED_HOSTS=c.example"}, nil, "server.allowedHosts", "[c.example]", "env GATHER_SERVER_ALLOWED_HOSTS"},
		{"list with commas", "", []string{"GATHER_SERVER_ALLOWED_HOSTS=c.example, d.example,"}, nil, "server.allowedHosts", "[c.example, d.example]", "env GATHER_SERVER_ALLOWED_HOSTS"},
		{"list in brackets", "", []string{`GATHER_FETCH_PORTS_ALLOW=[22, 25]`}, nil, "fetch.ports.allow", "[22, 25]", "env GATHER_FETCH_PORTS_ALLOW"},
		{"list emptied", file, []string{"GATHER_SERVER_ALLOWED_HOSTS=[]"}, nil, "server.allowedHosts", "[]", "env GATHER_SERVER_ALLOWED_HOSTS"},
		{"string emptied by flag", "fetch: {resolver: '1.1.1.1:53'}", nil, map[string]string{"fetch.resolver": ""}, "fetch.resolver", `""`, "flag fetch.resolver"},
		{"boolean", "", []string{"GATHER_DEFAULTS_HEDGE=true"}, nil, "defaults.hedge", "true", "env GATHER_DEFAULTS_HEDGE"},
		{"fraction", "", nil, map[string]string{"defaults.rate": "0.5"}, "defaults.rate", "0.5", "flag defaults.rate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := write(t, tt.file)
			cfg, origins, err := Load(Sources{File: path, Env: tt.env, Flags: tt.flags})
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if err := cfg.Show(&out, origins); err != nil {
				t.Fatal(err)
			}
			name := tt.key[strings.LastIndexByte(tt.key, '.')+1:]
			want := strings.ReplaceAll(name+": "+tt.want+"  # "+tt.origin, "gather.yaml", path)
			if !strings.Contains(out.String(), want+"\n") {
				t.Errorf("no line %q in\n%s", want, out.String())
			}
			if got := origins.Of(tt.key).String(); got != strings.ReplaceAll(tt.origin, "gather.yaml", path) {
				t.Errorf("origin %s, want %s", got, tt.origin)
			}
		})
	}
}

// TestListsOfMappingsFromTheEnvironment sets whole sections in one variable.
func TestListsOfMappingsFromTheEnvironment(t *testing.T) {
	t.Parallel()
	cfg, origins := loaded(t, "upstreams: [{name: old, url: 'https://old.example', rate: 1}]\n",
		`GATHER_UPSTREAMS=[{"name": "new", "url": "https://new.example", "credential": {"type": "bearer", "env": "GATHER_NEW_TOKEN"}}]`,
		"GATHER_NEW_TOKEN=t", // looks like a key; the configuration names it
	)
	if len(cfg.Upstreams) != 1 || cfg.Upstreams[0].Name != "new" || cfg.Upstreams[0].Credential.Secret.Reveal() != "t" {
		t.Errorf("got %+v", cfg.Upstreams)
	}
	if got := cfg.Upstreams[0].Rate; got != cfg.Defaults.Rate {
		t.Errorf("the rate of the list replaced is left over: %v", got)
	}
	if got := origins.Of("upstreams[0].url").String(); got != "env GATHER_UPSTREAMS" {
		t.Errorf("origin %s", got)
	}
}

func TestUpstreamsInheritWhatEverSourceSetsDefaults(t *testing.T) {
	t.Parallel()
	cfg, _ := loaded(t, "upstreams: [{name: a, url: 'https://a.example', retries: 0}]\ndefaults: {retries: 5, hedge: true}\n", "GATHER_DEFAULTS_CONCURRENCY=3")
	got, want := cfg.Upstreams[0].HostRules, HostRules{Rate: 10, Burst: 20, Concurrency: 3, Retries: 0, Hedge: true}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestKeyBurstFollowsItsRate(t *testing.T) {
	t.Parallel()
	const hash = "2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e9"
	cfg, origins := loaded(t, "auth: {keys: [{name: a, rate: 2.5, sha256: "+hash+"0}, {name: b, sha256: "+hash+"1}]}\n")
	if a, b := cfg.Auth.Keys[0], cfg.Auth.Keys[1]; a.Burst != 3 || a.Weight != 1 || b.Burst != 0 || b.Rate != 0 {
		t.Errorf("got %+v and %+v", a, b)
	}
	if got := origins.Of("auth.keys[0].burst").String(); got != "from auth.keys[0].rate" {
		t.Errorf("origin %s", got)
	}
}

func TestFileIsFound(t *testing.T) {
	t.Parallel()
	path := write(t, "log: {level: debug}")
	missing := filepath.Join(t.TempDir(), "none.yaml")
	for name, tt := range map[string]struct {
		src   Sources
		level string // "": a fault
	}{
		"named by the environment":    {Sources{Env: []string{EnvFile + "=" + path}}, "debug"},
		"named by both":               {Sources{File: path, Env: []string{EnvFile + "=" + missing}}, "debug"},
		"none":                        {Sources{}, "info"},
		"missing":                     {Sources{File: missing}, ""},
		"missing, by the environment": {Sources{Env: []string{EnvFile + "=" + missing}}, ""},
		"a folder":                    {Sources{File: filepath.Dir(path)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, _, err := Load(tt.src)
			switch {
			case tt.level == "" && (err == nil || !strings.Contains(err.Error(), "cannot be read")):
				t.Errorf("got %v", err)
			case tt.level != "" && err != nil:
				t.Error(err)
			case tt.level != "" && cfg.Log.Level != tt.level:
				t.Errorf("level %s", cfg.Log.Level)
			}
		})
	}
}

// TestEnvNames pins the rule and that no two keys share a name.
func TestEnvNames(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"server.listen": "GATHER_SERVER_LISTEN", "fetch.maxRequests": "GATHER_FETCH_MAX_REQUESTS", "collectionsDir": "GATHER_COLLECTIONS_DIR",
		"server.timeouts.readHeader": "GATHER_SERVER_TIMEOUTS_READ_HEADER", "server.tls.cert": "GATHER_SERVER_TLS_CERT", "upstreams": "GATHER_UPSTREAMS",
	} {
		if got := EnvName(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
		if !slices.Contains(KeyPaths(), path) {
			t.Errorf("%s is no key", path)
		}
	}
	seen := map[string]string{EnvFile: "--config"}
	for _, path := range KeyPaths() {
		if other, ok := seen[EnvName(path)]; ok {
			t.Errorf("%s and %s are both %s", path, other, EnvName(path))
		}
		seen[EnvName(path)] = path
		if serviceLink.MatchString(EnvName(path)) {
			t.Errorf("%s cannot be told from a variable of Kubernetes", EnvName(path))
		}
	}
}

func TestOtherEnvIsLeftAlone(t *testing.T) {
	t.Parallel()
	src := Sources{File: write(t, ""), Env: []string{"GATHER_SERVER=http://127.0.0.1:8080"}}
	if _, _, err := Load(src); err == nil {
		t.Error("an unknown variable is accepted")
	}
	src.OtherEnv = []string{"GATHER_SERVER"}
	if _, _, err := Load(src); err != nil {
		t.Error(err)
	}
}

// TestOneKeyTwice sets a key under both of its names.
func TestOneKeyTwice(t *testing.T) {
	t.Parallel()
	_, _, err := Load(Sources{File: write(t, ""), Env: []string{"GATHER_FETCH_MAX_REQUESTS=5", "GATHER_FETCH_MAXREQUESTS=6"}})
	if err == nil || !strings.Contains(err.Error(), "is set by GATHER_FETCH_MAX_REQUESTS as well") {
		t.Errorf("%v", err)
	}
}
