package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

const (
	tlsTimeout      = 5 * time.Second
	idleTimeout     = 90 * time.Second
	maxHeaderBytes  = 64 << 10
	streamBuffer    = 256 << 10 // HTTP/2 receive window of a stream; net/http's default is 4 MiB
	connBuffer      = 1 << 20   // and of a connection
	defaultIdle     = 256
	idlePerHostPart = 4 // idle connections of all hosts together, in idle connections of one
)

// BaseOptions are what the connection pool is made with. The zero value is usable.
type BaseOptions struct {
	// DialContext makes the connections, with a timeout of its own: the guard's dialer. nil: net.Dialer's, with 5 s.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// RootCAs verify the upstreams' certificates; nil: the system's.
	RootCAs *x509.CertPool
	// IdlePerHost is how many connections to one host are kept warm: at least the largest concurrency of any host, since a pool smaller than
	// the calls in flight dials anew for each of the others. 0: 256.
	IdlePerHost int
	// HTTP2 offers HTTP/2 over TLS as well. With a warm pool HTTP/1.1 costs half of it, and no stream of one call can hold up another.
	HTTP2 bool
}

// NewBase returns the connection pool below all stages: direct connections only, no transparent decompression (the buffer stage decodes,
// under the byte cap), a header section of at most 64 KiB with all 1xx responses before it, TLS 1.2 or newer.
func NewBase(opts BaseOptions) *http.Transport {
	dial := opts.DialContext
	if dial == nil {
		dial = (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	}
	idle := cmp.Or(opts.IdlePerHost, defaultIdle)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(opts.HTTP2)
	return &http.Transport{
		Proxy: nil, // a proxy would dial past the guard
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dial(watchDial(ctx), network, address)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: opts.RootCAs, ClientSessionCache: tls.NewLRUClientSessionCache(idle)},
		TLSHandshakeTimeout:    tlsTimeout,
		DisableCompression:     true,
		MaxIdleConns:           idle * idlePerHostPart,
		MaxIdleConnsPerHost:    idle,
		IdleConnTimeout:        idleTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxHeaderBytes,
		Protocols:              protocols,
		HTTP2: &http.HTTP2Config{
			MaxReceiveBufferPerStream:     streamBuffer,
			MaxReceiveBufferPerConnection: connBuffer,
			SendPingTimeout:               15 * time.Second,
			PingTimeout:                   5 * time.Second,
		},
	}
}
