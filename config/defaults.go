package config

import "time"

const (
	kib Size = 1 << 10
	mib Size = 1 << 20
)

// Default returns the configuration of a start without file, environment or
// flags: loopback only, public addresses only, everything bounded. It is the
// one place where defaults stand, together with the setDefaults methods below
// for the elements of lists.
func Default() *Config {
	return &Config{
		Server: Server{
			Listen: "127.0.0.1:8080",
			Timeouts: Timeouts{
				ReadHeader: Duration(5 * time.Second),
				Read:       Duration(30 * time.Second),
				Write:      Duration(30 * time.Second),
				Idle:       Duration(2 * time.Minute),
			},
			MaxBodyBytes:   8 * mib,
			MaxHeaderBytes: 64 * kib,
			Drain:          Duration(15 * time.Second),
		},
		Log: Log{Level: "info", Format: "text"},
		Fetch: Fetch{
			Policy:        "open",
			Timeout:       Duration(10 * time.Second),
			MaxTimeout:    Duration(time.Minute),
			MaxRequests:   100,
			MaxCalls:      1000,
			MaxBodyBytes:  10 * mib,
			MaxBatchBytes: 64 * mib,
			MemoryBytes:   256 * mib,
			Concurrency:   256,
		},
		Defaults: HostRules{Rate: 10, Burst: 20, Concurrency: 8, Retries: 2},
		Cache:    Cache{Bytes: 64 * mib, Entries: 100_000},
		Limits: Limits{
			Queue:    20_000, // two jobs of the largest size
			Cooldown: Duration(time.Minute),
			Hosts:    10_000,
		},
		Jobs: Jobs{
			Database:    "sqlite:gather-data/gather.db",
			Workers:     100,
			Retention:   Duration(7 * 24 * time.Hour),
			MaxRequests: 10_000,
			Timeout:     Duration(time.Hour),
		},
	}
}

// defaulter is an element of a list or map that has defaults of its own.
type defaulter interface{ setDefaults() }

func (k *Key) setDefaults() { k.Weight = 1 }

func (p *Param) setDefaults() {
	p.Type = "string"
	p.MaxLength = 1024
}
