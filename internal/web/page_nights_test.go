package web_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// nightOf is a run that began at one at night.
func nightOf(name string, date report.Date, state run.State, failed int) run.Status {
	at := date.Time().Add(time.Hour)
	cp := run.Checkpoint{
		Run: "0badcafe", Turn: "0001-00000000", State: state, Scope: run.ScopeMissing, Call: "getMailboxUsageMailboxCounts(period='D7')",
		Slices: 1, Customers: 250, Started: at, Updated: at.Add(20 * time.Second), Reason: "",
		Counts: run.Counts{WithData: 250 - failed, Failed: failed, Classes: run.Classes{}, Rows: 5000},
	}
	if failed > 0 {
		cp.Classes[run.ConsentMissing] = failed
	}
	switch state {
	case run.StateStopped:
		cp.Reason = "the partner's secret has expired"
	case run.StateHeld:
		cp.Turn = "0002-ffffffff"
		cp.Reason = "Only 29 of 250 customers answered; on 2026-11-23 it was 250 of 250."
	}
	return cp.Status(cp.Record(run.Key{Report: name, Date: date}))
}

// refusedByStorage is a run whose message was given up while it was publishing.
func refusedByStorage(date report.Date) run.Status {
	status := nightOf("details", date, run.StatePublishing, 0)
	status.Reason = "the blob has a lease"
	return status
}

var rows = regexp.MustCompile(`<a class="row" id="report-([^"]+)" href="[^"]*" data-report="[^"]*" data-from="([^"]+)" data-words="([^"]*)">`)

// strip lists a report's nights, without the blank ones.
func strip(t *testing.T, page, name string) string {
	t.Helper()
	for _, row := range rows.FindAllStringSubmatch(page, -1) {
		if row[1] != name {
			continue
		}
		var nights []string
		word := ""
		for i, line := range strings.Split(row[3], "\n") {
			if line != "" {
				word = strings.TrimPrefix(strings.TrimPrefix(html.UnescapeString(line), "+"), "-")
			}
			if !strings.HasPrefix(word, "No ") {
				nights = append(nights, report.Date(row[2]).AddDays(i).Time().Format("2 January")+": "+word)
			}
		}
		return strings.Join(nights, "; ")
	}
	t.Fatalf("no report %s:\n%s", name, page)
	return ""
}

func TestNights(t *testing.T) {
	published := func(date report.Date, failed int) run.Status {
		return nightOf("details", date, run.StatePublished, failed)
	}
	const gap = "A run was due, but there is none"
	for _, c := range []struct {
		rule  string
		at    time.Duration
		query string
		known []run.Status
		want  string
	}{
		{"a night without failures, one with failures, one stopped, one under way", 2 * time.Hour, "", []run.Status{
			nightOf("details", "2026-11-24", run.StateRunning, 0), nightOf("details", "2026-11-23", run.StateStopped, 0), published("2026-11-22", 12), published("2026-11-21", 0),
		}, "21 November: All 250 customers have data; 22 November: 12 of 250 customers failed; 23 November: Stopped: the partner's secret has expired; 24 November: Under way"},
		{"a night that is held, and one that storage did not let publish", 2 * time.Hour, "", []run.Status{
			nightOf("details", "2026-11-24", run.StateHeld, 221), refusedByStorage("2026-11-23"),
		}, "23 November: Stopped while publishing: the blob has a lease; 24 November: Held: Only 29 of 250 customers answered; on 2026-11-23 it was 250 of 250."},
		{"a night that is missing, from the first known run on", 2 * time.Hour, "", []run.Status{
			published("2026-11-24", 0), published("2026-11-22", 0),
		}, "22 November: All 250 customers have data; 23 November: " + gap + "; 24 November: All 250 customers have data"},
		{"tonight's, while it may still begin", 2*time.Hour + 59*time.Minute, "", []run.Status{published("2026-11-23", 0)},
			"23 November: All 250 customers have data"},
		{"tonight's, two hours after the time of the last one", 3*time.Hour + time.Second, "", []run.Status{published("2026-11-23", 0)},
			"23 November: All 250 customers have data; 24 November: " + gap},
		{"the first night shown, if there was one before", 2 * time.Hour, "?from=2026-11-22&to=2026-11-23", []run.Status{
			published("2026-11-23", 0), published("2026-11-20", 0),
		}, "22 November: " + gap + "; 23 November: All 250 customers have data"},
		{"a report that never ran", 20 * time.Hour, "", nil, ""},
		{"only nights in a certain state, and then none is missing", 20 * time.Hour, "?state=published", []run.Status{
			nightOf("details", "2026-11-23", run.StateStopped, 0), published("2026-11-20", 3),
		}, "20 November: 3 of 250 customers failed"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			status, page := browse(t, c.at, http.MethodGet, "/api/runs"+c.query, "", runs{known: c.known}, nil)
			if got := strip(t, page, "details"); status != http.StatusOK || got != c.want {
				t.Errorf("answered %d, got\n%s\nwant\n%s", status, got, c.want)
			}
		})
	}

	t.Run("a page of one state says so, and so do its links", func(t *testing.T) {
		for query, want := range map[string][]string{
			"?state=stopped":                {"stopped runs only", "No stopped run on any of these nights", "&amp;state=stopped&amp;to=2026-10-25"},
			"?state=stopped&report=details": {"stopped runs only", "<p>No stopped run on any of these nights.</p>", "&amp;nights=90&amp;report=details&amp;state=stopped"},
		} {
			_, page := browse(t, 20*time.Hour, http.MethodGet, "/api/runs"+query, "", runs{known: []run.Status{published("2026-11-23", 0)}}, nil)
			for _, text := range want {
				if !strings.Contains(page, text) || strings.Contains(page, "Nothing was published") {
					t.Errorf("no %q at %s:\n%s", text, query, page)
				}
			}
		}
	})
	_, page := browse(t, 20*time.Hour, http.MethodGet, "/api/runs", "", stored(), nil)
	t.Run("reports that are no longer in REPORTS are shown, and never missing", func(t *testing.T) {
		if got := strip(t, page, "dropped"); strings.Contains(got, gap) || !strings.Contains(got, "26 October") || !strings.Contains(page, "not in REPORTS") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("a report that runs on demand and was never requested is not shown", func(t *testing.T) {
		if strings.Contains(page, "access") {
			t.Errorf("page:\n%s", page)
		}
	})
	t.Run("a record that cannot be read says so", func(t *testing.T) {
		if got := strip(t, page, "details"); !strings.Contains(got, "21 November: The record of this run cannot be read") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("progress without a script", func(t *testing.T) {
		if !strings.Contains(page, `<noscript><meta http-equiv="refresh" content="15"></noscript>`) || !strings.Contains(page, "3 of 3 customers done") {
			t.Errorf("page:\n%s", page)
		}
	})
	t.Run("links contain the key, and lead to earlier nights", func(t *testing.T) {
		for _, link := range []string{"/api/runs/details/2026-11-24?code=hunter2%2F%2B%3D%3D", "/api/runs?code=hunter2%2F%2B%3D%3D&amp;to=2026-10-25"} {
			if !strings.Contains(page, `href="`+link+`"`) {
				t.Errorf("no link to %s:\n%s", link, page)
			}
		}
	})
}
