package main

import (
	"context"
	"io"
	"log/slog"
	"slices"
)

// logged are the only attributes that reach the log. What people write, who they
// are and what opens their doors has no key here, so it cannot slip in.
var logged = []string{"addr", "at", "attempts", "class", "code", "count", "engine", "error", "event", "lang", "languages", "method", "mode", "outcome", "kind", "panic", "ref", "what", "why", "reference", "seconds", "signal", "stack", "type", "version", "wait"}

// quiet is a slog handler that lets through only the attributes in logged.
type quiet struct{ slog.Handler }

func newLog(w io.Writer) *slog.Logger {
	return slog.New(quiet{slog.NewTextHandler(w, nil)})
}

func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	kept := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if allowed(a) {
			kept.AddAttrs(a)
		}
		return true
	})
	return q.Handler.Handle(ctx, kept)
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quiet{q.Handler.WithAttrs(slices.DeleteFunc(slices.Clone(attrs), func(a slog.Attr) bool { return !allowed(a) }))}
}

// WithGroup drops the group's name: a key means the same wherever it stands.
func (q quiet) WithGroup(string) slog.Handler { return q }

func allowed(a slog.Attr) bool {
	return slices.Contains(logged, a.Key) && a.Value.Kind() != slog.KindGroup
}
