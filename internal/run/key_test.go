package run_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"tenantrollup/internal/run"
)

func TestKeyIsLoggedAsReportAndDate(t *testing.T) {
	key := run.Key{Report: "mailbox-activity", Date: "2026-11-24"}
	var lines bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&lines, nil))
	log.Info("first", slog.Any("", key))
	log.With(slog.Any("", key)).Info("second")
	for line := range strings.Lines(lines.String()) {
		if !strings.HasSuffix(line, `,"report":"mailbox-activity","date":"2026-11-24"}`+"\n") {
			t.Errorf("logged %s", line)
		}
	}
}
