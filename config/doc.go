// Package config owns gather's configuration: its structs, every default
// (defaults.go), how it is loaded (YAML, then environment, then flags), what
// makes it valid, where each value came from, and how it is watched for
// changes.
//
// It reports all faults at once, each with its place (file:line:column, an
// environment variable or a flag), its key path and one sentence.
//
// It never opens a socket, never resolves a name, never prints a secret, and
// never imports another package of this module: only cmd/gather reads it and
// hands plain values on.
package config
