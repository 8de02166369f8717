package handlers

import (
	"bytes"
	_ "embed" // for the document beside this file
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/goccy/go-yaml"

	"gather/access"
)

//go:embed openapi.yaml
var specYAML []byte

// reference is the OpenAPI document as JSON, cut where paths are added to it.
type reference struct {
	head, tail []byte
	// responses are those of running any collection.
	responses jsontext.Value
}

func newReference() (*reference, error) {
	text, err := yaml.YAMLToJSON(specYAML)
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	_, end, err := member(text, "/paths")
	if err != nil {
		return nil, err
	}
	responses, _, err := member(text, "/paths/~1v1~1collections~1{name}/get/responses")
	if err != nil {
		return nil, err
	}
	return &reference{head: text[:end-1], tail: text[end-1:], responses: responses}, nil
}

// member finds a value in the document, and the offset behind it.
func member(text []byte, at jsontext.Pointer) (jsontext.Value, int64, error) {
	in := jsontext.NewDecoder(bytes.NewBuffer(text))
	for in.StackPointer() != at {
		if _, err := in.ReadToken(); err != nil {
			return nil, 0, fmt.Errorf("openapi.yaml: %s is not to be found: %w", at, err)
		}
	}
	value, err := in.ReadValue()
	if err != nil {
		return nil, 0, fmt.Errorf("openapi.yaml: %s: %w", at, err)
	}
	return value, in.InputOffset(), nil
}

// openAPI answers with the document and, in it, the collections the caller may run.
func (s *server) openAPI(c *gin.Context) error {
	document := bytes.Clone(s.reference.head)
	if caller := callerOf(c); caller.keyed || !s.Auth {
		for _, d := range s.Collections.All() {
			if !d.MayRun(caller.Client) {
				continue
			}
			path, err := collectionPath(d, s.reference.responses)
			if err != nil {
				return err
			}
			document = append(quote(append(document, ','), collectionURL(d)), ':')
			document = append(document, path...)
		}
	}
	c.Header("Cache-Control", "no-cache")
	c.Writer.Header().Add("Vary", "X-Api-Key, Authorization")
	c.Data(http.StatusOK, formJSON, append(document, s.reference.tail...))
	return nil
}

// admitReader lets everybody read the document who may open the page. Who shows
// a key is admitted by it, since it decides which collections they see.
func (s *server) admitReader(c *gin.Context) {
	scope := access.Page
	if c.GetHeader("X-Api-Key") != "" || c.GetHeader("Authorization") != "" {
		scope = access.API
	}
	s.admit(scope)(c)
}
