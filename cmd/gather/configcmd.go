package main

import "gather/config"

// ConfigCmd shows the configuration in force.
type ConfigCmd struct {
	ConfigFlags
}

// Run prints the effective values as YAML, each with its origin as a comment.
// Secrets are masked; those from the environment show the variable's name.
func (c *ConfigCmd) Run(s Streams, src sources) error {
	cfg, origins, err := config.Load(config.Sources{File: c.Config, Env: src.env, Flags: c.paths(), Judge: judgeSyntax})
	if err != nil {
		return err
	}
	return cfg.Show(s.Out, origins)
}
