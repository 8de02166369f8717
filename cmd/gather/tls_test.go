package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// startTLS starts the program with a certificate of its own, and gives the roots
// that verify it.
func startTLS(t *testing.T) (*program, *x509.CertPool) {
	t.Helper()
	folder := t.TempDir()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: encoded}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return startProgram(t, fmt.Sprintf("server: {tls: {cert: '%s', key: '%s'}}", cert, key)), roots
}

// TestTLSByFiles serves https with a certificate from files, and nothing in clear.
func TestTLSByFiles(t *testing.T) {
	t.Parallel()
	p, roots := startTLS(t)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get("https://" + p.address + "/livez")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != 200 || response.TLS.Version < tls.VersionTLS12 {
		t.Errorf("%d by TLS %x", response.StatusCode, response.TLS.Version)
	}
	if answer, err := http.Get("http://" + p.address + "/livez"); err == nil {
		_ = answer.Body.Close()
		if answer.StatusCode < 400 {
			t.Errorf("in clear: %d", answer.StatusCode)
		}
	}
}

// TestRapidReset opens HTTP/2 streams and resets each at once, 100,000 of them
// unless the connection is closed first: health answers and memory stays.
func TestRapidReset(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("skipped: the memory of another process, for want of /proc")
	}
	p, roots := startTLS(t)
	before := p.memory("VmRSS")
	conn, err := tls.Dial("tcp", p.address, &tls.Config{RootCAs: roots, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if got := conn.ConnectionState().NegotiatedProtocol; got != "h2" {
		t.Fatalf("the protocol is %q", got)
	}
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	go func() { // what is answered must be read, or the peer's writes would block
		buf := make([]byte, 64<<10)
		for {
			if _, err := conn.Read(buf); err != nil {
				return
			}
		}
	}()
	if _, err := conn.Write([]byte(http2.ClientPreface)); err != nil {
		t.Fatal(err)
	}
	framer := http2.NewFramer(conn, conn)
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, field := range []hpack.HeaderField{
		{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "https"}, {Name: ":authority", Value: p.address},
		{Name: ":path", Value: "/v1/fetch?url=http://192.0.2.1/"},
	} {
		// Sensitive fields enter no table, so that one block does for every stream.
		field.Sensitive = true
		if err := encoder.WriteField(field); err != nil {
			t.Fatal(err)
		}
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}, Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	sent := 0
	for ; sent < 100_000; sent++ {
		id := uint32(2*sent + 1)
		if framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true}) != nil ||
			framer.WriteRSTStream(id, http2.ErrCodeCancel) != nil {
			break // closed by the service
		}
		if sent%10_000 != 5_000 {
			continue
		}
		began := time.Now()
		answer, err := client.Get("https://" + p.address + "/livez")
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if took := time.Since(began); took > 500*time.Millisecond || answer.StatusCode != http.StatusOK {
			t.Errorf("/livez: %d after %v", answer.StatusCode, took)
		}
	}
	grown := p.memory("VmHWM") - before
	t.Logf("%d streams were reset; grown by %d MiB", sent, grown>>20)
	if grown > mostGrowth {
		t.Errorf("the program grew by %d MiB", grown>>20)
	}
}
