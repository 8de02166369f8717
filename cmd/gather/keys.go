package main

import (
	"errors"
	"fmt"
	"regexp"

	"gather/access"
)

// KeysCmd groups what there is to do with API keys.
type KeysCmd struct {
	New KeysNewCmd `cmd:"" help:"Make an API key: it is shown once, its hash goes into the configuration."`
}

// KeysNewCmd makes an API key.
type KeysNewCmd struct {
	Name string `default:"default" placeholder:"NAME" help:"Name of the caller, in logs and metrics."`
}

var keyName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Run prints the key and the line of auth.keys that lets it in. The key is kept
// nowhere.
func (c *KeysNewCmd) Run(s Streams) error {
	if !keyName.MatchString(c.Name) {
		return errors.New("--name takes 1 to 64 of A-Z, a-z, 0-9, _ and -")
	}
	key, hash := access.Generate()
	if _, err := fmt.Fprintf(s.Out, "%s\n- {name: %s, sha256: %s}\n", key, c.Name, hash); err != nil {
		return err
	}
	_, err := fmt.Fprintln(s.Err, "The first line is the key: keep it, it is not shown again. The second goes under auth.keys in gather.yaml.")
	return err
}
