package jobs

import (
	"context"
	"log/slog"
)

// riverLogger lets River's warnings and errors through. What it says below that
// is about itself.
func riverLogger(l *slog.Logger) *slog.Logger {
	return slog.New(warnings{l.Handler()})
}

type warnings struct{ slog.Handler }

func (h warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

func (h warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{h.Handler.WithAttrs(attrs)}
}

func (h warnings) WithGroup(name string) slog.Handler { return warnings{h.Handler.WithGroup(name)} }
