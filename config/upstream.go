package config

// Fetch is what may be fetched, and the caps on it.
type Fetch struct {
	// open: any public address; listed: configured upstreams and their hosts only.
	Policy string `yaml:"policy" jsonschema:"enum=open,enum=listed"`
	// Exceptions to the ports that are refused.
	Ports Ports `yaml:"ports"`
	// Deadline of a batch that names none.
	Timeout Duration `yaml:"timeout"`
	// Longest deadline that a batch may ask for.
	MaxTimeout Duration `yaml:"maxTimeout"`
	// Most items a batch.
	MaxRequests int `yaml:"maxRequests" jsonschema:"minimum=1,maximum=1000000"`
	// Most calls that forEach and paginate make of one item.
	MaxCalls int `yaml:"maxCalls" jsonschema:"minimum=1,maximum=1000000"`
	// Largest response, decoded.
	MaxBodyBytes Size `yaml:"maxBodyBytes"`
	// Largest sum of the responses of a batch, decoded.
	MaxBatchBytes Size `yaml:"maxBatchBytes"`
	// Budget of all bodies in flight.
	MemoryBytes Size `yaml:"memoryBytes"`
	// Most calls in flight, all hosts together.
	Concurrency int `yaml:"concurrency" jsonschema:"minimum=1,maximum=100000"`
	// host:port of a DNS server; empty: the system's.
	Resolver string `yaml:"resolver"`
	// This network's NAT64 prefixes (RFC 6052); an address inside one is judged as the IPv4 address it carries.
	NAT64 []string `yaml:"nat64"`
}

// Ports are exceptions to the port rules: 80, 443 and ports from 1024 up are
// fetched, except bad ports of the Fetch standard and those of data stores.
type Ports struct {
	// Ports fetched although the rules refuse them.
	Allow []int `yaml:"allow" jsonschema:"minimum=1,maximum=65535"`
	// Ports refused besides.
	Deny []int `yaml:"deny" jsonschema:"minimum=1,maximum=65535"`
}

// HostRules are the limits of a host.
type HostRules struct {
	// Calls a second; 0: unlimited.
	Rate float64 `yaml:"rate" jsonschema:"minimum=0,maximum=1000000"`
	// Calls at once after a pause; at least 1 where rate is above 0.
	Burst int `yaml:"burst" jsonschema:"minimum=0,maximum=1000000"`
	// Most calls in flight.
	Concurrency int `yaml:"concurrency" jsonschema:"minimum=1,maximum=100000"`
	// Most retries of a call; 0: none.
	Retries int `yaml:"retries" jsonschema:"minimum=0,maximum=10"`
	// Whether a slow GET or HEAD is sent a second time, after the host's 95th percentile.
	Hedge bool `yaml:"hedge"`
}

// Upstream is an API with a name.
type Upstream struct {
	// Name by which batches ask for it.
	Name string `yaml:"name" jsonschema:"required"`
	// Base URL; paths of items are appended to it. No query, no fragment, no user.
	URL string `yaml:"url" jsonschema:"required"`
	// More hosts under the same limits and scheme, as name, name:port or *.name for every name below it.
	Hosts []string `yaml:"hosts"`
	// CIDRs or addresses that it may resolve to although they are private; cloud metadata stays refused.
	Allow []string `yaml:"allow"`
	// Header fields sent with every call; credentials belong in credential.
	Headers map[string]string `yaml:"headers" secret:"true"`
	// Secret sent with every call to the origin of url; hosts do not see it.
	Credential *Credential `yaml:"credential"`
	// The limits; what is left out comes from defaults.
	HostRules `yaml:",inline"`
	// Deadline of one call; left out: the item's.
	Timeout Duration `yaml:"timeout"`
	// How its responses are cached.
	Cache CacheRules `yaml:"cache"`
}

// Credential is a secret of an upstream, taken from the environment.
type Credential struct {
	// How it is sent: Authorization Bearer or Basic, a header field, or a query parameter.
	Type string `yaml:"type" jsonschema:"enum=bearer,enum=basic,enum=header,enum=query,required"`
	// Environment variable that holds the secret; for basic the password, or user:password where username is left out.
	Env string `yaml:"env" jsonschema:"required"`
	// Name of the header field or query parameter; for types header and query only.
	Name string `yaml:"name"`
	// User name; for type basic only.
	Username string `yaml:"username"`
	// Secret is the variable's value, user:password for basic; never printed.
	Secret Secret `yaml:"-" json:"-"`
}

// CacheRules are exceptions to RFC 9111 for one upstream.
type CacheRules struct {
	// Keep responses to requests with credentials, in a partition of the caller's own.
	Private bool `yaml:"private"`
	// Freshness of a response that states none; 0s: as RFC 9111 says.
	DefaultLifetime Duration `yaml:"defaultLifetime" zero:"ok"`
	// Longest freshness, whatever the response states; 0s: no cap.
	MaxLifetime Duration `yaml:"maxLifetime" zero:"ok"`
	// Store nothing of this upstream.
	Off bool `yaml:"off"`
}
