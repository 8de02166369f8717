package fetchertest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"

	"github.com/klauspost/compress/zstd"
)

// Gzip answers 200 with a body in the gzip coding.
func Gzip(body string, fields ...string) Answer {
	return Reply(http.StatusOK, GzipBytes(body), append(fields, "Content-Encoding: gzip")...)
}

// Zstd answers 200 with a body in the zstd coding.
func Zstd(body string, fields ...string) Answer {
	return Reply(http.StatusOK, ZstdBytes(body), append(fields, "Content-Encoding: zstd")...)
}

// GzipBomb answers with a gzip body that decodes to so many zero bytes, about a thousand times what is sent.
func GzipBomb(decoded int64) Answer {
	var coded bytes.Buffer
	w := gzip.NewWriter(&coded)
	writeZeros(w, decoded)
	_ = w.Close() // writing to memory cannot fail
	return Reply(http.StatusOK, coded.String(), "Content-Encoding: gzip")
}

// ZstdBomb answers with a zstd body that decodes to so many zero bytes, more than ten thousand times what is sent.
func ZstdBomb(decoded int64) Answer {
	var coded bytes.Buffer
	w, err := zstd.NewWriter(&coded, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return Reply(http.StatusInternalServerError, err.Error())
	}
	writeZeros(w, decoded)
	_ = w.Close()
	return Reply(http.StatusOK, coded.String(), "Content-Encoding: zstd")
}

// GzipBytes is body in the gzip coding.
func GzipBytes(body string) string {
	var coded bytes.Buffer
	w := gzip.NewWriter(&coded)
	_, _ = io.WriteString(w, body)
	_ = w.Close()
	return coded.String()
}

// ZstdBytes is body in the zstd coding.
func ZstdBytes(body string) string {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return ""
	}
	defer func() { _ = w.Close() }()
	return string(w.EncodeAll([]byte(body), nil))
}

func writeZeros(w io.Writer, n int64) {
	zeros := make([]byte, 1<<20)
	for n > 0 {
		m := min(n, int64(len(zeros)))
		_, _ = w.Write(zeros[:m])
		n -= m
	}
}
