package web

import (
	"context"
	"strings"

	"tenantrollup/internal/run"
)

// waitingDays is how many days back a run is looked for that others wait for: older
// ones are not resumed by themselves.
const waitingDays = 3

// tellWhatItWaitsFor says on the progress of a queued run which runs are at work. If
// they cannot be read, what it says already is enough.
func (a *API) tellWhatItWaitsFor(ctx context.Context, status run.Status, bar *progressBar) {
	if bar == nil || status.State != run.StateQueued {
		return
	}
	all, err := a.Runs.List(ctx, nil, a.Today.AddDays(-waitingDays), a.Today)
	if err != nil {
		return
	}
	var atWork []string
	for _, other := range all {
		if other.State == run.StateRunning || other.State == run.StatePublishing && !givenUp(other) {
			atWork = append(atWork, other.Report+" of "+shortDay(other.Date))
		}
	}
	if len(atWork) > 0 {
		bar.Details = "It waits for " + strings.Join(atWork, ", ") + ": until a slice ends, or the platform starts another instance."
	}
}
