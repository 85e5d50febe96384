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
	t.Run("lines below warning go to stdout", func(t *testing.T) {
		if got := messages(stdout.String()); got != "debug;infotwo\nlines;" {
			t.Errorf("stdout has %q", got)
		}
	})
	t.Run("warnings and errors go to stderr", func(t *testing.T) {
		if got := messages(stderr.String()); got != "warn;errorcontoso;" {
			t.Errorf("stderr has %q", got)
		}
	})
	t.Run("no line endings of any kind are left inside a line", func(t *testing.T) {
		var out bytes.Buffer
		customhandler.NewLogger(&out, &out, slog.LevelInfo).Info("a\nb\rc\vd\fe\u0085f\u2028g\u2029h")
		if text := strings.TrimSuffix(out.String(), "\n"); strings.ContainsAny(text, "\n\r\v\f\u0085\u2028\u2029") || !json.Valid(out.Bytes()) {
			t.Errorf("logged %q", text)
		}
	})
	t.Run("lines below the level go nowhere", func(t *testing.T) {
		var out bytes.Buffer
		customhandler.NewLogger(&out, &out, slog.LevelInfo).Debug("debug")
		if out.Len() != 0 {
			t.Errorf("logged %s", &out)
		}
	})
}

// A line that the host splits is no longer JSON, and no alarm reads it.
func TestALongLineIsCut(t *testing.T) {
	const most = 8 << 10
	for rule, value := range map[string]string{
		"text":                      strings.Repeat("x", 351_000),
		"what JSON escapes":         strings.Repeat("\x01\"\\\n", 20_000),
		"letters of many bytes":     strings.Repeat("ü東𝄞", 20_000),
		"escapes everywhere":        strings.Repeat("a\u2028", 20_000),
		"its own line end":          strings.Repeat("\u0085", 20_000),
		"just too long":             strings.Repeat("y", most),
		"a stack next to the error": strings.Repeat("goroutine 1 [running]:\n\t", 1_000),
	} {
		t.Run(rule, func(t *testing.T) {
			var out bytes.Buffer
			customhandler.NewLogger(&out, &out, slog.LevelInfo).Error("invocation failed", "error", value, "stack", value, "class", "service-fault")
			var line struct{ Time, Level, Msg, Error, Class string }
			if err := json.Unmarshal(out.Bytes(), &line); err != nil || out.Len() > most || strings.Count(out.String(), "\n") != 1 {
				t.Fatalf("%d bytes, %v: %.200s", out.Len(), err, &out)
			}
			if line.Time == "" || line.Level != "ERROR" || line.Msg != "invocation failed" || line.Class != "service-fault" {
				t.Errorf("what is short was cut: %.200s", &out)
			}
			kept, said, cut := strings.Cut(line.Error, "… (cut: ")
			if !cut || !strings.HasSuffix(said, " bytes)") || len(kept) < 500 || !strings.HasPrefix(value, kept) {
				t.Errorf("%d bytes of the value are left, and it ends in %q", len(kept), said)
			}
		})
	}
	t.Run("a line that fits is unchanged", func(t *testing.T) {
		var out bytes.Buffer
		value := strings.Repeat("z", most-200)
		customhandler.NewLogger(&out, &out, slog.LevelInfo).Info("long", "value", value)
		if !strings.Contains(out.String(), value) {
			t.Errorf("%d bytes: %.100s", out.Len(), &out)
		}
	})
	t.Run("of thousands of short values only time, level and message are kept", func(t *testing.T) {
		var out bytes.Buffer
		customhandler.NewLogger(&out, &out, slog.LevelInfo).Info("many", "values", make([]int, 10_000))
		var line struct{ Time, Level, Msg, Cut string }
		if err := json.Unmarshal(out.Bytes(), &line); err != nil || out.Len() > most || line.Time == "" || line.Msg != "many" || !strings.Contains(line.Cut, "bytes") {
			t.Errorf("%v: %.200s", err, &out)
		}
	})
}
