package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// running is a demo under test and where its two servers are.
type running struct {
	page, sample string
	// line is the curl line it printed.
	line string
}

// startDemo runs the demo command as main does, on free ports, until the test ends.
func startDemo(t *testing.T) running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	out, printed := io.Pipe()
	ended := make(chan int, 1)
	env := []string{"GATHER_JOBS_DATABASE=sqlite:" + filepath.Join(t.TempDir(), "gather.db")}
	go func() {
		defer func() { _ = printed.Close() }()
		ended <- run(ctx, []string{"demo", "--listen", "127.0.0.1:0", "--sample", "127.0.0.1:0"}, env,
			Streams{In: strings.NewReader(""), Out: printed, Err: io.Discard})
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("the demo ended with exit code %d", code)
		}
	})
	var d running
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		if _, address, ok := strings.Cut(line, "sample API at http://"); ok {
			d.sample = strings.TrimSuffix(address, "/")
		}
		if _, address, ok := strings.Cut(line, "The page   http://"); ok {
			d.page = strings.TrimSuffix(address, "/")
		}
		if _, command, ok := strings.Cut(line, "In a shell "); ok {
			d.line = command
		}
		if strings.HasPrefix(line, "Ctrl-C") {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if d.page == "" || d.sample == "" || d.line == "" {
		t.Fatalf("the demo did not say where it is: %+v", d)
	}
	return d
}

// shell runs a command with a curl that fails on an error status, and gives what
// it printed.
func shell(t *testing.T, command string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c",
		`curl() { command curl --fail-with-body "$@"; }`+"\n"+command)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s\n%v\n%s", command, err, out)
	}
	return string(out)
}

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// TestDocumentsCurlLines runs every curl line of the documents against the demo.
func TestDocumentsCurlLines(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("skipped: the curl lines of the documents, for want of curl")
	}
	d := startDemo(t)
	if out := shell(t, d.line); strings.Count(out, `"collected":true`) != 3 {
		t.Errorf("the line the demo prints collects less than three:\n%s", out)
	}
	ran := 0
	for _, name := range []string{"README.md", "docs/tutorial.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
			command := strings.NewReplacer("127.0.0.1:8080", d.page, "127.0.0.1:8081", d.sample).Replace(block[1])
			if !strings.Contains(command, "curl") {
				continue
			}
			ran++
			out := shell(t, command)
			if out == "" {
				t.Errorf("%s: nothing came of\n%s", name, command)
			}
			if strings.Contains(out, `"collected":false`) && !strings.Contains(command, "nope") {
				t.Errorf("%s: not collected:\n%s\n%s", name, command, out)
			}
		}
	}
	if ran < 8 {
		t.Errorf("only %d blocks of the documents hold curl lines", ran)
	}
}
