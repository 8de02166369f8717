package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFaults loads the input of every file in testdata/faults and compares the
// report with the one written beside it.
func TestFaults(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/faults/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, _, _ := strings.Cut(string(text), "-- faults --\n")
			sections := split(input)
			path := write(t, sections["gather.yaml"])
			src := Sources{File: path, Env: lines(sections["env"]), Flags: map[string]string{}}
			for _, flag := range lines(sections["flags"]) {
				name, value, _ := strings.Cut(flag, "=")
				src.Flags[name] = value
			}
			_, _, err = Load(src)
			if err == nil {
				t.Fatal("no fault found")
			}
			report := strings.ReplaceAll(err.Error(), path, "gather.yaml")
			if strings.Contains(report, "hunter2") {
				t.Error("the report holds a secret")
			}
			golden(t, file, []byte(input+"-- faults --\n"+report+"\n"))
		})
	}
}

// split cuts text at its "-- name --" lines.
func split(text string) map[string]string {
	sections, name := map[string]string{}, ""
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "-- "); ok {
			name = strings.TrimSuffix(rest, " --\n")
			continue
		}
		sections[name] += line
	}
	return sections
}

func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}
