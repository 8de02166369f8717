package config

// Callback is an endpoint that is told when a job is done.
type Callback struct {
	// Name by which batches and collections ask for it.
	Name string `yaml:"name" jsonschema:"required"`
	// Where deliveries are posted; http or https.
	URL string `yaml:"url" jsonschema:"required" secret:"true"`
	// Environment variables with its signing secrets (whsec_…), newest first; every one signs.
	SecretEnv StringList `yaml:"secretEnv" jsonschema:"required"`
	// CIDRs or addresses that it may resolve to although they are private.
	Allow []string `yaml:"allow"`
	// Secrets are the variables' values, in the order of SecretEnv.
	Secrets []Secret `yaml:"-" json:"-"`
}

// Collection is a batch with a name.
type Collection struct {
	// Name in /v1/collections/{name}; in a file of collectionsDir, left out: the file's name.
	Name string `yaml:"name"`
	// One sentence for people.
	Description string `yaml:"description"`
	// Parameters by name, used as {{params.name}}.
	Params map[string]Param `yaml:"params"`
	// When it runs by itself as a job: five cron fields, a descriptor such as @daily, or @every 1h.
	Schedule string `yaml:"schedule"`
	// IANA time zone of schedule; empty: UTC.
	Timezone string `yaml:"timezone"`
	// Call back only when the collected result differs from the last run's.
	OnChange bool `yaml:"onChange"`
	// Who is told when a scheduled run is done.
	Callback *CollectionCallback `yaml:"callback"`
	// Deadline of a run; left out: fetch.timeout, or jobs.timeout for a job.
	Timeout Duration `yaml:"timeout"`
	// Cache mode of items that name none.
	Cache string `yaml:"cache" jsonschema:"enum=,enum=default,enum=no-store,enum=reload,enum=force-cache,enum=only-if-cached"`
	// Names of the API keys that may run it; none: all.
	Keys []string `yaml:"keys"`
	// The batch, as POST /v1/fetch takes it.
	Batch Raw `yaml:"batch" jsonschema:"required" secret:"true"`
}

// CollectionCallback names a configured endpoint or a URL; one of the two.
type CollectionCallback struct {
	// Name of an entry in callbacks.
	Endpoint string `yaml:"endpoint"`
	// Where deliveries are posted.
	URL string `yaml:"url" secret:"true"`
}

// Param is a typed parameter of a collection. One without default is required.
type Param struct {
	// Type of its values.
	Type string `yaml:"type" jsonschema:"enum=string,enum=integer,enum=number,enum=boolean"`
	// One sentence for people.
	Description string `yaml:"description"`
	// Value where none is given.
	Default Raw `yaml:"default"`
	// Least value; for integer and number.
	Min Raw `yaml:"min"`
	// Greatest value; for integer and number.
	Max Raw `yaml:"max"`
	// The only values allowed.
	Enum []Raw `yaml:"enum"`
	// Regular expression (RE2) that the whole value must match; for string.
	Pattern string `yaml:"pattern"`
	// Most characters; for string.
	MaxLength int `yaml:"maxLength" jsonschema:"minimum=1,maximum=1000000"`
}

// Hook is an inbound webhook.
type Hook struct {
	// Name in /v1/hooks/{name}.
	Name string `yaml:"name" jsonschema:"required"`
	// Whose signature it bears.
	Type string `yaml:"type" jsonschema:"enum=standard,enum=github,enum=stripe,required"`
	// Environment variables with its secrets; a signature by any of them is valid.
	SecretEnv StringList `yaml:"secretEnv" jsonschema:"required"`
	// Collection that a delivery starts.
	Collection string `yaml:"collection" jsonschema:"required"`
	// Parameters of the run; {{hook.…}} refers to the payload.
	Params map[string]Raw `yaml:"params"`
	// Who is told when the run is done.
	Callback *CollectionCallback `yaml:"callback"`
	// Secrets are the variables' values, in the order of SecretEnv.
	Secrets []Secret `yaml:"-" json:"-"`
}
