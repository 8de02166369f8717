package docs

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every module that is imported has its reason in dependencies.md, and nothing
// else has a line there.
func TestDependenciesAreExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]+ \\| [^|]+ \\|$").FindAllStringSubmatch(string(text), -1) {
		explained[row[1]] = true
	}
	imported := importedModules(t)
	for module := range imported {
		if !explained[module] {
			t.Errorf("%s is imported but not explained in docs/dependencies.md", module)
		}
	}
	for module := range explained {
		if !imported[module] {
			t.Errorf("%s is explained in docs/dependencies.md but not imported", module)
		}
	}
}

// importedModules are those of go.mod that a Go file of this module imports.
func importedModules(t *testing.T) map[string]bool {
	t.Helper()
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var required []string
	for _, line := range regexp.MustCompile(`(?m)^(?:require )?\s*(\S+\.\S+/\S+|\S+\.\S+) v\S+`).FindAllStringSubmatch(string(mod), -1) {
		required = append(required, line[1])
	}
	// The longest path first: a module may lie below another's.
	slices.SortFunc(required, func(a, b string) int { return len(b) - len(a) })

	imported := map[string]bool{}
	err = filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == "node_modules" || name == "testdata" || strings.HasPrefix(name, ".") && name != "..") {
			return filepath.SkipDir
		}
		if entry.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			of, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			at := slices.IndexFunc(required, func(module string) bool { return of == module || strings.HasPrefix(of, module+"/") })
			if at >= 0 {
				imported[required[at]] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imported
}
