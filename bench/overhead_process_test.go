//go:build unix

package bench_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	childRole     = "GATHER_BENCH_ROLE"     // makes the test binary one of the programs that are measured
	childUpstream = "GATHER_BENCH_UPSTREAM" // where that program's upstream is
	profiles      = "GATHER_BENCH_PROFILES" // a folder: the programs leave CPU and heap profiles there
	clients       = 4                       // batches under way at once
)

// program is one of the programs that are measured, running as a process of its own.
type program struct {
	url    string
	cmd    *exec.Cmd
	ask    io.WriteCloser
	told   *bufio.Reader
	client *http.Client
}

// startProgram starts the test binary again, as a benchmark that serves until this one ends.
func startProgram(b *testing.B, role, upstream string) *program {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	answers, answering, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	benchmark, _, _ := strings.Cut(b.Name(), "/")
	p := &program{told: bufio.NewReader(answers), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}}
	p.cmd = exec.Command(self, "-test.run=^$", "-test.bench=^"+benchmark+"$", "-test.benchtime=1x", "-test.timeout=0")
	if dir := os.Getenv(profiles); dir != "" {
		name := filepath.Join(dir, benchmark+"."+role)
		p.cmd.Args = append(p.cmd.Args, "-test.cpuprofile="+name+".cpu", "-test.memprofile="+name+".mem")
	}
	p.cmd.Env = append(os.Environ(), childRole+"="+role, childUpstream+"="+upstream)
	p.cmd.ExtraFiles = []*os.File{answering}
	if p.ask, err = p.cmd.StdinPipe(); err != nil {
		b.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = p.ask.Close() // its end is the program's
		if err := p.cmd.Wait(); err != nil {
			b.Errorf("%s: %v", role, err)
		}
		_ = answers.Close()
	})
	_ = answering.Close()
	p.url = p.line(b)
	return p
}

func (p *program) line(b *testing.B) string {
	b.Helper()
	line, err := p.told.ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// cpu is the CPU time the process has used so far.
func (p *program) cpu(b *testing.B) time.Duration {
	b.Helper()
	if _, err := io.WriteString(p.ask, "cpu\n"); err != nil {
		b.Fatal(err)
	}
	n, err := strconv.ParseInt(p.line(b), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(n)
}

// tellParent is the program's side: it says where it serves, then its CPU time as often as it is asked.
func tellParent(url string) {
	out := os.NewFile(3, "report")
	_, _ = fmt.Fprintln(out, url)
	asked := bufio.NewScanner(os.Stdin)
	for asked.Scan() {
		var used syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
			return
		}
		_, _ = fmt.Fprintln(out, used.Utime.Nano()+used.Stime.Nano())
	}
}

// post sends one batch and returns the answer.
func (p *program) post(batch []byte) ([]byte, error) {
	resp, err := p.client.Post(p.url+"/v1/fetch", "application/json", bytes.NewReader(batch))
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, answer)
	}
	_ = resp.Body.Close()
	return answer, err
}

// spend has so many batches answered, a few at once, and says what CPU time they took.
func (p *program) spend(b *testing.B, batches int, text func() []byte) time.Duration {
	b.Helper()
	work := make(chan []byte, batches)
	for range batches {
		work <- text()
	}
	close(work)
	before := p.cpu(b)
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for batch := range work {
				if _, err := p.post(batch); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return p.cpu(b) - before
}

// upstream is the API that both programs call, in the process of the benchmark.
type upstream struct {
	URL   string
	calls atomic.Int64
}
