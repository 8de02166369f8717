package transport_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"gather/fetcher/transport"
)

func TestBody(t *testing.T) {
	t.Parallel()
	if err := iotest.TestReader(transport.NewBody([]byte("some body")), []byte("some body")); err != nil {
		t.Error(err)
	}
	body := transport.NewBody([]byte("some body"))
	if _, err := io.ReadFull(body, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	var rest strings.Builder
	if n, err := body.WriteTo(&rest); n != 4 || err != nil || rest.String() != "body" {
		t.Errorf("wrote %q, %v", rest.String(), err)
	}
	if n, err := body.WriteTo(&rest); n != 0 || err != nil {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if _, err := body.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	if got := string(body.Bytes()); got != "some body" {
		t.Errorf("Bytes after reading: %q", got)
	}
	if err := errors.Join(body.Close(), body.Close()); err != nil {
		t.Error(err)
	}
}
