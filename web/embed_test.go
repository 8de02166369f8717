package web_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"gather/web"
)

var reference = regexp.MustCompile(`(?:src|href)="(/[^"]*)"`)

// TestPagesHoldNothingThePolicyRefuses keeps the built pages servable under a content security policy without 'unsafe-inline' and without any other origin.
func TestPagesHoldNothingThePolicyRefuses(t *testing.T) {
	t.Parallel()
	dist, err := web.Dist()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := fs.Glob(dist, "*.html")
	if err != nil || len(pages) == 0 {
		t.Fatalf("pages: %v, %v", pages, err)
	}
	for _, name := range pages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page, err := fs.ReadFile(dist, name)
			if err != nil {
				t.Fatal(err)
			}
			text := string(page)
			for _, refused := range []string{"<style", " style=", "<script>", " onclick=", "https://", "http://"} {
				if strings.Contains(text, refused) {
					t.Errorf("holds %q", refused)
				}
			}
			for _, found := range reference.FindAllStringSubmatch(text, -1) {
				path := strings.TrimPrefix(found[1], "/")
				if path == "openapi.json" { // Made by the service itself.
					continue
				}
				if _, err := fs.Stat(dist, path); err != nil {
					t.Errorf("names %s: %v", found[1], err)
				}
			}
		})
	}
}
