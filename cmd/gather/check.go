package main

import (
	"errors"
	"fmt"

	"gather/config"
)

// CheckCmd judges a configuration file together with the environment, as serve
// would read them.
type CheckCmd struct {
	File string `arg:"" optional:"" placeholder:"FILE" help:"Configuration file; gather.yaml here if it is left out."`
}

// Run prints every fault and ends with exit code 1, or prints what is in the
// file.
func (c *CheckCmd) Run(s Streams, src sources) error {
	from := config.Sources{File: c.File, Env: src.env, Judge: judgeSyntax}
	path, named := from.Path()
	if !named {
		from.File = path // judging no file at all would be no answer
	}
	cfg, origins, err := config.Load(from)
	if err == nil {
		err = judgePlans(cfg, origins)
	}
	var faults *config.Faults
	if errors.As(err, &faults) {
		if _, err := fmt.Fprintln(s.Out, faults); err != nil {
			return err
		}
		return exitError(1)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "%s: ok (%s, %s, %s, %s, %s)\n", path,
		count(len(cfg.Auth.Keys), "key"), count(len(cfg.Upstreams), "upstream"), count(len(cfg.Collections), "collection"),
		count(len(cfg.Callbacks), "callback"), count(len(cfg.Hooks), "hook"))
	return err
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
