package web_test

import (
	"strings"
	"testing"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

func TestQueuedRunSaysWhichRunItWaitsFor(t *testing.T) {
	queued := nightOf("details", "2026-11-24", run.StateQueued, 0)
	queued.Progress.Of = 0
	given := nightOf("stuck", "2026-11-24", run.StatePublishing, 0)
	given.Reason = "storage refuses"
	for rule, c := range map[string]struct {
		others []run.Status
		want   string
	}{
		"one that is running": {[]run.Status{nightOf("mailbox-activity", "2026-11-24", run.StateRunning, 0)}, "It waits for mailbox-activity of 24 Nov: until a slice ends,"},
		"all that are running": {[]run.Status{nightOf("day", "2026-11-24", run.StatePublishing, 0), nightOf("day", "2026-11-22", run.StateRunning, 0)},
			"It waits for day of 24 Nov, day of 22 Nov: until"},
		"none that needs a person": {[]run.Status{nightOf("a", "2026-11-24", run.StateStopped, 0), nightOf("b", "2026-11-24", run.StateHeld, 0), given}, "An idle instance begins within ten seconds"},
		"none from long ago":       {[]run.Status{nightOf("a", report.Date("2026-11-20"), run.StateRunning, 0)}, "An idle instance begins within ten seconds"},
		"none that is finished":    {[]run.Status{nightOf("a", "2026-11-24", run.StatePublished, 0)}, "An idle instance begins within ten seconds"},
	} {
		t.Run(rule, func(t *testing.T) {
			page := openRun(t, "details/2026-11-24", runs{known: append(c.others, queued)})
			if !strings.Contains(page, "queued since") || !strings.Contains(page, c.want) {
				t.Errorf("%q is missing in\n%s", c.want, page)
			}
		})
	}
}
