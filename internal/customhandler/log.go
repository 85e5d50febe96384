package customhandler

import (
	"bytes"
	"context"
	"io"
	"log/slog"
)

// NewLogger returns a logger of JSON lines, one for each event and at most 8 KiB
// long, for the level and above. The host treats every line on stdout as
// information and on stderr as an error (or, if the word is in the line, a
// warning), so everything below warning goes to stdout and the rest to stderr.
func NewLogger(stdout, stderr io.Writer, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	return slog.New(levels{
		low:  slog.NewJSONHandler(oneLine{stdout}, options),
		high: slog.NewJSONHandler(oneLine{stderr}, options),
	})
}

// levels sends each record to one of two handlers.
type levels struct{ low, high slog.Handler }

func (l levels) at(level slog.Level) slog.Handler {
	if level < slog.LevelWarn {
		return l.low
	}
	return l.high
}

func (l levels) Enabled(ctx context.Context, level slog.Level) bool {
	return l.at(level).Enabled(ctx, level)
}

func (l levels) Handle(ctx context.Context, record slog.Record) error {
	return l.at(record.Level).Handle(ctx, record)
}

func (l levels) WithAttrs(attrs []slog.Attr) slog.Handler {
	return levels{low: l.low.WithAttrs(attrs), high: l.high.WithAttrs(attrs)}
}

func (l levels) WithGroup(name string) slog.Handler {
	return levels{low: l.low.WithGroup(name), high: l.high.WithGroup(name)}
}

// oneLine escapes the one line ending that encoding JSON leaves as it is, U+0085,
// and bounds the line.
type oneLine struct{ io.Writer }

func (w oneLine) Write(line []byte) (int, error) {
	if _, err := w.Writer.Write(bounded(bytes.ReplaceAll(line, []byte("\u0085"), []byte(`\u0085`)))); err != nil {
		return 0, err
	}
	return len(line), nil
}
