package handlers_test

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gin-gonic/gin"
	"github.com/goccy/go-yaml"

	"gather/access"
	"gather/collections"
	"gather/handlers"
)

// outside are the routes that are the page's, not the interface's.
var outside = []string{"GET /", "HEAD /", "GET /docs", "HEAD /docs", "GET /ui/config.json", "GET /assets/app.js"}

// TestRoutesAreDocumented holds the router and the document to each other.
func TestRoutesAreDocumented(t *testing.T) {
	t.Parallel()
	policy, err := access.New(access.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := handlers.New(handlers.Options{
		Access: policy, Collections: collections.NewBook(nil), Metrics: http.NotFoundHandler(),
		UI: fstest.MapFS{"index.html": {}, "assets/app.js": {}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var routed []string
	param := regexp.MustCompile(`:(\w+)`)
	for _, route := range handler.(*gin.Engine).Routes() {
		if name := route.Method + " " + param.ReplaceAllString(route.Path, "{$1}"); !slices.Contains(outside, name) {
			routed = append(routed, name)
		}
	}
	slices.Sort(routed)

	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var documented []string
	for path, item := range document.Paths {
		for method := range item {
			if method != "parameters" {
				documented = append(documented, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(documented)
	for _, name := range routed {
		if !slices.Contains(documented, name) {
			t.Errorf("%s is routed and not in the document", name)
		}
	}
	for _, name := range documented {
		if !slices.Contains(routed, name) {
			t.Errorf("%s is in the document and not routed", name)
		}
	}
}
