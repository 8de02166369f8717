package app

import (
	"log/slog"
	"net/http"

	"gather/config"
)

// newServer is the HTTP server with every time-out and cap a stranger's
// connection needs. There is no WriteTimeout for a whole answer, since streams
// last; handlers bound each write instead.
func newServer(cfg *config.Config, handler http.Handler, log *slog.Logger) *http.Server {
	t := cfg.Server.Timeouts
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: t.ReadHeader.Std(),
		ReadTimeout:       t.Read.Std(),
		IdleTimeout:       t.Idle.Std(),
		MaxHeaderBytes:    int(cfg.Server.MaxHeaderBytes),
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
