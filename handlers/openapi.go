package handlers

import (
	_ "embed" // for the document beside this file
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/goccy/go-yaml"
)

//go:embed openapi.yaml
var specYAML []byte

// specJSON is the OpenAPI document as clients get it.
func specJSON() ([]byte, error) { return yaml.YAMLToJSON(specYAML) }

func (s *server) openAPI(c *gin.Context) {
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, formJSON, s.spec)
}
