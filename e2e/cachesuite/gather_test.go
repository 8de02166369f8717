package cachesuite_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// startGather builds and starts the program, allowed to fetch from an origin on one loopback
// port, and returns its address and that port.
func startGather(t *testing.T) (address, originPort string) {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "gather")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "gather/cmd/gather").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	listen, originPort := freePort(t), freePort(t)
	config := fmt.Sprintf(`server: {listen: "127.0.0.1:%s"}
log: {level: error}
upstreams:
  - {name: suite, url: "http://127.0.0.1:%s", allow: [127.0.0.1/32], rate: 0, concurrency: 256, retries: 0}
`, listen, originPort)
	file := filepath.Join(dir, "gather.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "serve", "--config", file)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("gather: %s", &stderr)
		}
	})
	address = "http://127.0.0.1:" + listen
	waitReady(t, address)
	return address, originPort
}

// freePort is one nobody listens on now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return port
}

// waitReady asks another process, which gives no other sign, until it answers.
func waitReady(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if resp, err := http.Get(address + "/readyz"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("gather is not ready after 20 s")
}
