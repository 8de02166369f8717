// Package docs carries the documents that are part of the program. It owns no
// code.
package docs

import _ "embed" // for the documents

// Schema is the JSON Schema (2020-12) of the configuration, generated from the
// structs of package config: go test ./config -run TestSchemaIsCurrent -update.
//
//go:embed gather.schema.json
var Schema []byte
