package main

import "gather/docs"

// SchemaCmd prints the JSON Schema of the configuration file, for editors.
type SchemaCmd struct{}

// Run implements the command.
func (SchemaCmd) Run(s Streams) error {
	_, err := s.Out.Write(docs.Schema)
	return err
}
