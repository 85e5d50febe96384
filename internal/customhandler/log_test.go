package customhandler_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"tenantrollup/internal/customhandler"
)

func TestNewLogger(t *testing.T) {
	var stdout, stderr bytes.Buffer
	log := customhandler.NewLogger(&stdout, &stderr, slog.LevelDebug).With("run", "0a1b2c3d").WithGroup("g")
	log.Debug("debug")
	log.Info("info", "name", "two\nlines")
	log.Warn("warn")
	log.Error("error", "name", "contoso")

	messages := func(out string) (got string) {
		t.Helper()
		for line := range strings.Lines(out) {
			var event struct {
				Time, Level, Msg, Run string
				G                     map[string]string
			}
			if err := json.Unmarshal([]byte(line), &event); err != nil {
				t.Fatalf("line %q is no JSON: %v", line, err)
			}
			if event.Time == "" || event.Run != "0a1b2c3d" || !strings.EqualFold(event.Level, event.Msg) {
				t.Errorf("line %q, want time, level and the logger's attributes", line)
			}
			got += event.Msg + event.G["name"] + ";"
		}
		return got
	}
	t.Run("below warning goes to stdout", func(t *testing.T) {
		if got := messages(stdout.String()); got != "debug;infotwo\nlines;" {
			t.Errorf("stdout has %q", got)
		}
	})
	t.Run("from warning up goes to stderr", func(t *testing.T) {
		if got := messages(stderr.String()); got != "warn;errorcontoso;" {
			t.Errorf("stderr has %q", got)
		}
	})
	t.Run("no line ending of any kind is left inside", func(t *testing.T) {
		var out bytes.Buffer
		customhandler.NewLogger(&out, &out, slog.LevelInfo).Info("a\nb\rc\vd\fe\u0085f\u2028g\u2029h")
		if text := strings.TrimSuffix(out.String(), "\n"); strings.ContainsAny(text, "\n\r\v\f\u0085\u2028\u2029") || !json.Valid(out.Bytes()) {
			t.Errorf("logged %q", text)
		}
	})
	t.Run("below the level goes nowhere", func(t *testing.T) {
		var out bytes.Buffer
		customhandler.NewLogger(&out, &out, slog.LevelInfo).Debug("debug")
		if out.Len() != 0 {
			t.Errorf("logged %s", &out)
		}
	})
}
