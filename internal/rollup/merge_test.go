package rollup

import (
	"log/slog"
	"strings"
	"testing"

	"tenantrollup/internal/csvmerge"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// answered is the outcome of a customer whose report has one row.
func answered(t *testing.T) outcome {
	t.Helper()
	const text = "Total\n1\n"
	table, err := csvmerge.Days{}.Check(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	body := newSpool(t.Context(), newSpace())
	if _, err := body.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return outcome{body: body, table: table}
}

// Regression: every body was kept until the next checkpoint, and memory was
// full within seconds.
func TestBodiesAreKeptOnlyUntilTheHeaderIsSettled(t *testing.T) {
	call, err := report.Parse("getMailboxUsageMailboxCounts(period='D7')")
	if err != nil {
		t.Fatal(err)
	}
	s := &slice{rollup: &Rollup{}, call: call, log: slog.New(slog.DiscardHandler), cp: run.Checkpoint{Run: "0badcafe", Slices: 1}}
	if err := s.openFiles(); err != nil {
		t.Fatal(err)
	}
	for want := range 3 {
		if len(s.batch) != want {
			t.Errorf("%d bodies are kept, want %d", len(s.batch), want)
		}
		if err := s.merge(t.Context(), answered(t)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.layOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.merge(t.Context(), answered(t)); err != nil || len(s.batch) != 0 {
		t.Errorf("%d bodies are kept after the header was settled, %v", len(s.batch), err)
	}
}
