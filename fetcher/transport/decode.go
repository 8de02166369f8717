package transport

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

type coding uint8

const (
	identity coding = iota
	codingGzip
	codingZstd
)

// deflateMost is the most bytes that one deflated byte stands for.
const deflateMost = 1032

// zstdWindow is the largest window a zstd coding may need (RFC 9659).
const zstdWindow = 8 << 20

// contentCoding is the one coding a response's body has. Codings on top of each other are nothing we ask for.
func contentCoding(h http.Header) (coding, error) {
	values := h["Content-Encoding"]
	if len(values) == 0 {
		return identity, nil
	}
	found := identity
	for _, value := range values {
		for name := range strings.SplitSeq(value, ",") {
			c := identity
			switch name = strings.TrimSpace(name); {
			case name == "", strings.EqualFold(name, "identity"):
				continue
			case strings.EqualFold(name, "gzip"), strings.EqualFold(name, "x-gzip"):
				c = codingGzip
			case strings.EqualFold(name, "zstd"):
				c = codingZstd
			}
			if c == identity || found != identity {
				return identity, &failure{kind: ErrBadResponse, text: "the content coding is not one that was asked for"}
			}
			found = c
		}
	}
	return found, nil
}

// decoder keeps what decoding needs. A body is decoded from memory, never from the network, so a zstd window of up to 8 MiB is held only for
// as long as the work takes, and by no more bodies than there are processors: an upstream cannot make us hold one by being slow.
type decoder struct {
	gzips sync.Pool          // of *gzip.Reader
	zstds chan *zstd.Decoder // nil: not made yet
}

func newDecoder() *decoder {
	d := &decoder{zstds: make(chan *zstd.Decoder, runtime.GOMAXPROCS(0))}
	for range cap(d.zstds) {
		d.zstds <- nil
	}
	return d
}

// decodeBody decodes body into one of its own. The caller closes body.
func (in *intake) decodeBody(c coding, body *Body) (*Body, error) {
	scratch := in.scratch.Get().(*[scratchSize]byte)
	defer in.scratch.Put(scratch)
	g := grower{budget: in.opts.Budget, limit: in.limit}
	var decoded *Body
	var err error
	if c == codingGzip {
		decoded, err = in.decoder.gunzip(body.bytes, &g, scratch[:])
	} else {
		decoded, err = in.decoder.unzstd(in.ctx.Done(), body.bytes, &g, scratch[:])
	}
	if err == nil || err == ErrBodyTooLarge || err == ErrOverloaded {
		return decoded, err
	}
	if cause := ended(in.ctx); cause != nil {
		return nil, cause
	}
	// The bytes came whole, so the upstream sent them like this.
	return nil, &failure{kind: ErrBadResponse, text: "the body is not what its content coding says"}
}

func (d *decoder) gunzip(coded []byte, g *grower, scratch []byte) (*Body, error) {
	r, _ := d.gzips.Get().(*gzip.Reader)
	if r == nil {
		r = new(gzip.Reader)
	}
	defer d.gzips.Put(r)
	if err := r.Reset(bytes.NewReader(coded)); err != nil {
		return nil, err
	}
	return g.readAll(r, scratch, gzipLength(coded))
}

// gzipLength is the length the last member says it decodes to, modulo 2^32 (RFC 1952 section 2.3.1), or 0 where that cannot be true.
func gzipLength(coded []byte) int64 {
	if len(coded) < 18 { // the shortest member there is
		return 0
	}
	n := int64(binary.LittleEndian.Uint32(coded[len(coded)-4:]))
	if n > int64(len(coded))*deflateMost {
		return 0
	}
	return n
}

func (d *decoder) unzstd(canceled <-chan struct{}, coded []byte, g *grower, scratch []byte) (*Body, error) {
	var r *zstd.Decoder
	select {
	case r = <-d.zstds:
	case <-canceled:
		return nil, io.ErrUnexpectedEOF
	}
	defer func() { d.zstds <- r }()
	if r == nil {
		made, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return nil, err
		}
		r = made
	}
	if err := r.Reset(bytes.NewReader(coded)); err != nil {
		return nil, err
	}
	defer func() { _ = r.Reset(nil) }() // lets go of what was decoded
	var first zstd.Header
	var expected int64
	if first.Decode(coded) == nil && first.HasFCS && first.FrameContentSize <= uint64(g.limit) {
		expected = int64(first.FrameContentSize)
	}
	return g.readAll(r, scratch, expected)
}

// becomeDecoded makes the header section say what the body now is. A strong ETag named the coded bytes (RFC 9110 section 8.8.3), a digest
// was of them (RFC 9530).
func becomeDecoded(resp *http.Response, length int) {
	h := resp.Header
	delete(h, "Content-Encoding")
	delete(h, "Content-Length")
	delete(h, "Content-Digest")
	delete(h, "Repr-Digest")
	delete(h, "Digest")
	if etag := h.Get("ETag"); strings.HasPrefix(etag, `"`) {
		h.Set("ETag", "W/"+etag)
	}
	resp.ContentLength = int64(length)
	resp.Uncompressed = true
}
