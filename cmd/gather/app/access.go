package app

import (
	"gather/access"
	"gather/config"
)

func accessOptions(cfg *config.Config) access.Options {
	opts := access.Options{
		Listen:       cfg.Server.Listen,
		AllowedHosts: cfg.Server.AllowedHosts,
		CORSOrigins:  cfg.Server.CORSOrigins,
	}
	for _, key := range cfg.Auth.Keys {
		opts.Keys = append(opts.Keys, access.Key{
			Name: key.Name, SHA256: key.SHA256, Rate: key.Rate, Burst: key.Burst,
			Weight: key.Weight, MaxRequests: key.MaxRequests, Upstreams: key.Upstreams,
		})
	}
	return opts
}
