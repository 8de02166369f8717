package config

// Config is the whole configuration. The yaml tags are the public key names;
// the jsonschema tags carry the enumerations and bounds that both the loader
// and the JSON Schema apply.
type Config struct {
	// What the HTTP server listens on and how long it waits.
	Server Server `yaml:"server"`
	// What is logged, and how.
	Log Log `yaml:"log"`
	// Who may call.
	Auth Auth `yaml:"auth"`
	// What may be fetched, and the caps on it.
	Fetch Fetch `yaml:"fetch"`
	// The rules of every host that has no entry in upstreams; upstreams inherit what they leave out.
	Defaults HostRules `yaml:"defaults"`
	// APIs with a name: base URL, credential, limits and cache rules.
	Upstreams []Upstream `yaml:"upstreams"`
	// The HTTP cache.
	Cache Cache `yaml:"cache"`
	// Queues and cool-downs.
	Limits Limits `yaml:"limits"`
	// Durable jobs.
	Jobs Jobs `yaml:"jobs"`
	// Endpoints that jobs may call back by name.
	Callbacks []Callback `yaml:"callbacks"`
	// Batches with a name and parameters.
	Collections []Collection `yaml:"collections"`
	// Folder with one collection a file (*.yaml, *.yml, *.json), read beside collections and watched.
	CollectionsDir string `yaml:"collectionsDir"`
	// Inbound webhooks, each starting a collection.
	Hooks []Hook `yaml:"hooks"`
}

// Server is the HTTP server.
type Server struct {
	// host:port to listen on; an address that is not loopback needs auth.keys.
	Listen string `yaml:"listen"`
	// Host header values answered besides the listening address, as name or name:port.
	AllowedHosts []string `yaml:"allowedHosts"`
	// Origins that browsers may call from, as scheme://host[:port]; none: same origin only.
	CORSOrigins []string `yaml:"corsOrigins"`
	// Certificate files; both or neither.
	TLS TLS `yaml:"tls"`
	// Time-outs of client connections.
	Timeouts Timeouts `yaml:"timeouts"`
	// Largest request body.
	MaxBodyBytes Size `yaml:"maxBodyBytes"`
	// Largest request header, all fields together.
	MaxHeaderBytes Size `yaml:"maxHeaderBytes"`
	// Longest wait for running requests at shutdown, before they are cancelled.
	Drain Duration `yaml:"drain"`
}

// TLS names the files of a certificate.
type TLS struct {
	// PEM file with the certificate chain.
	Cert string `yaml:"cert"`
	// PEM file with the private key.
	Key string `yaml:"key"`
}

// Timeouts bound what a client connection may cost.
type Timeouts struct {
	// From the connection's first byte to the end of the request header.
	ReadHeader Duration `yaml:"readHeader"`
	// From the connection's first byte to the end of the request body.
	Read Duration `yaml:"read"`
	// For one write to the client; renewed with each, so that streams may last.
	Write Duration `yaml:"write"`
	// Between two requests of a kept-alive connection.
	Idle Duration `yaml:"idle"`
}

// Log is the structured log on standard error.
type Log struct {
	// Least severe level that is logged.
	Level string `yaml:"level" jsonschema:"enum=debug,enum=info,enum=warn,enum=error"`
	// How records are written.
	Format string `yaml:"format" jsonschema:"enum=text,enum=json"`
}

// Auth is who may call.
type Auth struct {
	// API keys, made by gather keys new; none: the service binds loopback addresses only.
	Keys []Key `yaml:"keys"`
}

// Key is one API key. Only its hash is kept.
type Key struct {
	// Name of the caller, in logs, metrics and the fair queue; keys of one name are one caller, share its rate and differ in the hash alone, for rotation.
	Name string `yaml:"name" jsonschema:"required"`
	// SHA-256 of the key, 64 hexadecimal digits.
	SHA256 string `yaml:"sha256" jsonschema:"required,pattern=^[0-9a-fA-F]{64}$" secret:"true"`
	// Requests a second; 0: unlimited.
	Rate float64 `yaml:"rate" jsonschema:"minimum=0,maximum=1000000"`
	// Requests at once after a pause; default: rate, rounded up.
	Burst int `yaml:"burst" jsonschema:"minimum=0,maximum=1000000"`
	// Share of a contended host, in proportion to the other callers' weights.
	Weight int `yaml:"weight" jsonschema:"minimum=1,maximum=1000"`
	// Most items a batch; 0: fetch.maxRequests, or jobs.maxRequests for a job.
	MaxRequests int `yaml:"maxRequests" jsonschema:"minimum=0,maximum=1000000"`
	// Upstreams this key may use; none: all, and every other host that fetch.policy allows.
	Upstreams []string `yaml:"upstreams"`
}

// Cache is the HTTP cache (RFC 9111).
type Cache struct {
	// Budget of the cache in memory: bodies, fields and keys together.
	Bytes Size `yaml:"bytes"`
	// Most stored responses, whatever their size.
	Entries int `yaml:"entries" jsonschema:"minimum=1,maximum=100000000"`
	// Targeted cache-control fields obeyed, most important first (RFC 9213), such as CDN-Cache-Control.
	TargetedFields []string `yaml:"targetedFields"`
	// redis:// or rediss:// URL of a store that several instances share; empty: this one's memory. There bytes and entries do not count, but the server's own maxmemory.
	Redis string `yaml:"redis" secret:"true"`
}

// Limits are the queues in front of every host.
type Limits struct {
	// Must be empty: each instance counts for itself, so give each its part of every rate.
	Redis string `yaml:"redis" secret:"true"`
	// Most calls waiting for one host; more are refused as overloaded.
	Queue int `yaml:"queue" jsonschema:"minimum=1,maximum=10000000"`
	// Longest cool-down a host may ask for with Retry-After or RateLimit.
	Cooldown Duration `yaml:"cooldown"`
	// Most hosts remembered besides the upstreams; the ones used least recently are forgotten.
	Hosts int `yaml:"hosts" jsonschema:"minimum=1,maximum=10000000"`
}

// Jobs are durable batches.
type Jobs struct {
	// Where jobs are kept: sqlite:FILE (relative to the working directory) or postgres://….
	Database string `yaml:"database" secret:"true"`
	// Most jobs running at once in this instance.
	Workers int `yaml:"workers" jsonschema:"minimum=1,maximum=10000"`
	// How long a finished job is kept.
	Retention Duration `yaml:"retention"`
	// Most items a job.
	MaxRequests int `yaml:"maxRequests" jsonschema:"minimum=1,maximum=1000000"`
	// Longest run of a job.
	Timeout Duration `yaml:"timeout"`
	// Environment variables with the secrets (whsec_…) that sign callbacks to URLs without an entry in callbacks, newest first.
	CallbackSecretEnv StringList `yaml:"callbackSecretEnv"`

	// CallbackSecrets are the variables' values, in the order of CallbackSecretEnv.
	CallbackSecrets []Secret `yaml:"-" json:"-"`
}
