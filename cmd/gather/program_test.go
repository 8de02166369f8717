package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// built is the real program, built once for all tests that start it.
var built = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "gather-test-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(folder, "gather")
	if out, err := exec.Command("go", "build", "-o", file, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return file, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if file, err := built(); err == nil {
		_ = os.RemoveAll(filepath.Dir(file))
	}
	os.Exit(code)
}

// program is the real program, serving in a process of its own.
type program struct {
	t       *testing.T
	address string
	folder  string
	pid     int
	log     *journal
	stop    func()
}

// journal is all that a program printed, on either stream.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text.WriteString(line + "\n")
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// startProgram serves with a configuration and variables "NAME=value" until the
// test ends or stop is called; it must then end by itself, without a fault.
func startProgram(t *testing.T, configuration string, env ...string) *program {
	t.Helper()
	file, err := built()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, folder: t.TempDir(), log: new(journal)}
	path := filepath.Join(p.folder, "gather.yaml")
	if err := os.WriteFile(path, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	cmd := exec.CommandContext(ctx, file, "serve", "--config", path, "--listen", "127.0.0.1:0")
	cmd.Dir = p.folder
	cmd.Env = append([]string{"HOME=" + p.folder}, env...)
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	p.pid = cmd.Process.Pid
	listening, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			p.log.add(lines.Text())
			if _, rest, ok := strings.Cut(lines.Text(), "gather listens on "); ok {
				_, rest, _ = strings.Cut(rest, "://")
				listening <- strings.TrimSuffix(rest, "/")
			}
		}
	}()
	p.stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the program ended with %v:\n%s", err, p.log)
		}
		cancel()
		<-ended
		_ = out.Close()
	})
	t.Cleanup(p.stop)
	select {
	case p.address = <-listening:
	case <-ended:
		t.Fatalf("the program does not listen:\n%s", p.log)
	}
	return p
}

// dial opens a connection that a test has 15 seconds for.
func (p *program) dial() net.Conn {
	p.t.Helper()
	conn, err := net.Dial("tcp", p.address)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(15 * time.Second))
	p.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// memory is a line of the process's status, such as VmRSS or VmHWM, in bytes.
func (p *program) memory(name string) int64 {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		p.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), name+":")
	var kib int64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		p.t.Fatalf("%s: %v", name, err)
	}
	return kib << 10
}
