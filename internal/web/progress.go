package web

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tenantrollup/internal/run"
)

// progressBar is how far a run has come, in words.
type progressBar struct {
	ID       string // of its element
	Done, Of int
	Text     string
	Queued   time.Time // behind the text, if it is not zero
	Details  string
	Quarter  int // how many quarters are done, 0 to 4
}

func progressOf(status run.Status) *progressBar {
	progress := status.Progress
	if progress == nil || status.State == run.StateStopped || status.State == run.StateHeld || givenUp(status) {
		return nil
	}
	bar := progressBar{ID: "progress-" + status.Report, Done: progress.Done, Of: progress.Of}
	if bar.Of == 0 {
		bar.Text = "Waiting to start"
		if status.State == run.StateQueued {
			bar.Text += ", queued since"
			bar.Queued = status.Started
			bar.Details = "An idle instance begins within ten seconds; a busy one when its slice ends."
		}
		return &bar
	}
	bar.Quarter = 4 * bar.Done / bar.Of
	bar.Text = fmt.Sprintf("%s of %s done", run.Number(bar.Done), run.Customers(bar.Of))
	var details []string
	if progress.PerSecond > 0 {
		details = append(details, fmt.Sprintf("%.1f a second, about %s left", progress.PerSecond, lasting(time.Duration(progress.SecondsLeft)*time.Second)))
	}
	if progress.SetAside > 0 {
		details = append(details, run.Customers(progress.SetAside)+" set aside to be asked again")
	}
	details = append(details, fmt.Sprintf("slice %d", progress.Slice))
	bar.Details = strings.Join(details, " · ")
	return &bar
}

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
