package app

import (
	"io"
	"log/slog"
	"net/http"
	"time"

	"gather/config"
)

// newServer is the HTTP server with every time-out and cap a stranger's
// connection needs. There is no WriteTimeout for a whole answer, since streams
// last; the listener's connections bound each write instead.
func newServer(cfg *config.Config, handler http.Handler, log *slog.Logger) *http.Server {
	t := cfg.Server.Timeouts
	return &http.Server{
		Handler:                      bounded(handler),
		ReadHeaderTimeout:            t.ReadHeader.Std(),
		ReadTimeout:                  t.Read.Std(),
		IdleTimeout:                  t.Idle.Std(),
		MaxHeaderBytes:               int(cfg.Server.MaxHeaderBytes),
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		DisableGeneralOptionsHandler: true, // OPTIONS * is the router's to refuse, as all else
	}
}

// bounded puts right what net/http leaves open about where a request ends.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 1 && (r.ProtoMinor == 0 || len(r.TransferEncoding) > 0) {
			// A server in front may have seen the end elsewhere, where there was a
			// Content-Length besides; net/http hides that (RFC 9112 section 6.1).
			w.Header().Set("Connection", "close")
		}
		read := &deadlined{ReadCloser: r.Body, control: http.NewResponseController(w)}
		if r.Body == http.NoBody {
			read.done()
		} else {
			r.Body = read
		}
		next.ServeHTTP(w, r)
	})
}

// deadlined lifts ReadTimeout from the connection once the body is read: net/http
// goes on reading, to see when the client leaves, and would take the time-out for
// that.
type deadlined struct {
	io.ReadCloser
	control *http.ResponseController
}

func (b *deadlined) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.done()
	}
	return n, err
}

func (b *deadlined) done() { _ = b.control.SetReadDeadline(time.Time{}) }
