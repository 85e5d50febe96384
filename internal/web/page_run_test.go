package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// openRun returns the page of a run.
func openRun(t *testing.T, target string, known runs) string {
	t.Helper()
	status, page := browse(t, 6*time.Hour, http.MethodGet, "/api/runs/"+target, "", known, nil)
	if status != http.StatusOK {
		t.Fatalf("answered %d\n%s", status, page)
	}
	return page
}

func TestRunPage(t *testing.T) {
	full := nightOf("mailbox-activity", "2026-11-24", run.StatePublished, 0)
	full.WithData, full.NoData, full.Excluded, full.Failed, full.Rows = 234, 1, 1, 14, 21631
	full.Classes = run.Classes{run.NoData: 1, run.Excluded: 1, run.ConsentMissing: 14}
	full.Warnings = run.Classes{run.WarnNamesConcealed: 1, run.WarnRelationshipEnding: 1200, "warning-of-2030": 2}
	full.Notes = []string{"The script's -ReportType has no successor."}
	full.OldestRefresh, full.NewestRefresh = "2026-11-15", "2026-11-22"
	for _, c := range []struct {
		rule, target string
		known        runs
		has, hasNot  []string
	}{
		{"a published run in numbers and words", "mailbox-activity/2026-11-24", runs{known: []run.Status{full}}, []string{
			"14 of 250 customers failed", "<dd>21,631", "<dd>20 s", `ended <time datetime="2026-11-24T01:00:20Z" data-local>24 Nov, 01:00 UTC</time>`, "2 days before the run; the oldest from 15 Nov",
			"1 customer: Microsoft conceals the names of users in the report.", "1,200 customers: The last GDAP relationship ends within 14 days.", "2 customers: warning-of-2030.",
			"The script&#39;s -ReportType has no successor.",
			`<rect class="data" x="0"`, `<rect class="grant"`, `class=consent-missing&amp;code=hunter2%2F%2B%3D%3D#without">Consent missing</a> 14`,
			"/csv?code=", "/errors?code=", "15 customers failed or had no data. They are asked again;",
		}, []string{"<progress"}},
		{"one that is under way shows its progress, and the publication before it", "mailbox-activity/2026-11-24", stored(), []string{
			"Under way", `<progress id="progress-mailbox-activity-bar" value="3" max="3">`, "slice 2", "What is published now", "/csv?code=", `content="5"`, "Resume if stuck",
		}, []string{"Rerun"}},
		{"one that stopped says why, and can be resumed", "details/2026-11-24", stored(), []string{
			"Stopped: the partner&#39;s secret has expired", "Resume this run?",
		}, []string{"<progress", "/csv?code=", `content="5"`, "Customers without data"}},
		{"one that is held says why, until when, and what can be done", "details/2026-11-24", runs{known: []run.Status{nightOf("details", "2026-11-24", run.StateHeld, 221)}}, []string{
			`<span class="mark held" aria-hidden="true">‖</span> Held: Only 29 of 250 customers answered; on 2026-11-23 it was 250 of 250.`,
			"Publish as it is …", `name="accept" value="0002-ffffffff"`, `name="reports" value="details"`, `name="date" value="2026-11-24"`, "Rerun all …", `name="scope" value="all"`,
			"The held rows are discarded.", "Consent missing 221",
		}, []string{"<progress", "/csv?code=", `content="5"`, "They replace the files"}},
		{"one that is held over published files says that they are replaced", "details/2026-11-24", runs{known: []run.Status{heldOver("2026-11-24")}}, []string{
			"What is published now", "/csv?code=", "They replace the files that are published now.",
		}, nil},
		{"one that storage did not let publish is not under way", "details/2026-11-24", runs{known: []run.Status{refusedByStorage("2026-11-24")}}, []string{
			`<span class="mark stopped" aria-hidden="true">!</span> Stopped while publishing: the blob has a lease`, "Resume …",
		}, []string{"Under way", "<progress", `content="5"`, "Resume if stuck"}},
		{"one that cannot be read says why", "details/2026-11-21", stored(), []string{"metadata key run: missing"}, []string{"<form", "/csv"}},
		{"the latest is the one of the newest date", "mailbox-activity/latest", stored(), []string{"24 November 2026", `data-then="/api/runs/mailbox-activity/2026-11-24?`}, nil},
		{"a report that is no longer in REPORTS cannot be rerun", "dropped/2026-10-25", stored(), []string{"A rerun of all customers is not possible: ", "is not in REPORTS", "/csv?code="}, []string{"<form class=\"rerun\""}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			page := openRun(t, c.target, c.known)
			for _, want := range c.has {
				if !strings.Contains(page, want) {
					t.Errorf("no %q in\n%s", want, page)
				}
			}
			for _, unwanted := range c.hasNot {
				if strings.Contains(page, unwanted) {
					t.Errorf("there is %q in\n%s", unwanted, page)
				}
			}
		})
	}
}

// heldOver is a run of all customers that is held, with a publication of the same date.
func heldOver(date report.Date) run.Status {
	status := nightOf("details", date, run.StatePublished, 3)
	held := nightOf("details", date, run.StateHeld, 221)
	status.State, status.Reason, status.Turn, status.Progress = held.State, held.Reason, held.Turn, held.Progress
	return status
}

func TestWhatRunsAreOffered(t *testing.T) {
	rerun := func(name string, date report.Date, state run.State) run.Status {
		status := nightOf(name, date, state, 3)
		status.Rerun = true // of what the night has published
		return status
	}
	for _, c := range []struct {
		rule           string
		record         run.Status
		offered, whyNo string
	}{
		{"the failed and all", nightOf("details", "2026-11-24", run.StatePublished, 3), "failed all", ""},
		{"only all if nobody failed", nightOf("details", "2026-11-24", run.StatePublished, 0), "all", ""},
		{"both for an earlier date, if the report is for certain days", nightOf("details", "2026-10-30", run.StatePublished, 3), "failed all", ""},
		{"only the failed for an earlier date, if the report shows the present", nightOf("mailbox-activity", "2026-11-21", run.StatePublished, 3), "failed", "A rerun of all customers is not possible: mailbox-activity shows the present"},
		{"neither for a date too long ago", nightOf("mailbox-activity", "2026-11-20", run.StatePublished, 3), "", "can be asked again for 3 days"},
		{"a run under way can only be resumed", nightOf("details", "2026-11-24", run.StateQueued, 0), "all", ""},
		{"a held run can be published as it is or rerun, whatever its date", nightOf("mailbox-activity", "2026-11-01", run.StateHeld, 221), "all accept", ""},
		{"a stopped run can be resumed, however old", nightOf("mailbox-activity", "2026-11-01", run.StateStopped, 0), "all", ""},
		{"a rerun of the failed that is under way is resumed as one", rerun("mailbox-activity", "2026-11-21", run.StateRunning), "failed", ""},
		{"a stopped rerun of the failed is replaced", rerun("details", "2026-11-24", run.StateStopped), "failed all", ""},
		{"a stopped rerun of the failed is not replaced by all for an earlier date, if the report shows the present", rerun("mailbox-activity", "2026-11-21", run.StateStopped), "failed", "A rerun of all customers is not possible: mailbox-activity shows the present"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			page := openRun(t, c.record.Report+"/"+string(c.record.Date), runs{known: []run.Status{c.record}})
			var offered []string
			for _, scope := range []string{"failed", "all"} {
				if strings.Contains(page, `name="scope" value="`+scope+`"`) {
					offered = append(offered, scope)
				}
			}
			if strings.Contains(page, `name="accept" value="`) {
				offered = append(offered, "accept")
			}
			if got := strings.Join(offered, " "); got != c.offered || !strings.Contains(page, c.whyNo) {
				t.Errorf("offered %q\n%s", got, page)
			}
		})
	}
}

func TestQueuedRunSaysSinceWhenAndWhatToExpect(t *testing.T) {
	record := nightOf("details", "2026-11-24", run.StateQueued, 0)
	record.Progress.Of = 0
	page := openRun(t, "details/2026-11-24", runs{known: []run.Status{record}})
	for _, want := range []string{`queued since <time datetime="2026-11-24T01:00:00Z" data-local>24 Nov, 01:00 UTC</time>`, "begins within ten seconds"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in\n%s", want, page)
		}
	}
}

// noData is a line of the error log.
func noData(n byte, class run.Class, name, remedy string) run.Line {
	tenant := "00000000-0000-4000-8000-00000000000" + string(n)
	return run.Line{
		Customer: run.Customer{TenantID: tenant, Name: name, Domain: "contoso" + string(n) + ".example"},
		Failure:  run.Failure{Class: class, Message: "It said no.", Remedy: strings.ReplaceAll(remedy, "{tenant}", tenant), CorrelationID: "abc" + string(n)},
	}
}

const consent = "Have an administrator of the customer open https://login.microsoftonline.com/{tenant}/adminconsent?client_id=1 and accept."

// nights are those of one report, with these customers in their logs.
func nights(logs map[report.Date][]run.Line) runs {
	known := runs{logs: map[string][]run.Line{}}
	for date := report.Date("2026-11-24"); date >= "2026-10-01"; date = date.AddDays(-1) {
		if lines, there := logs[date]; there {
			known.known = append(known.known, nightOf("details", date, run.StatePublished, len(lines)))
			known.logs["details/"+string(date)] = lines
		}
	}
	return known
}
