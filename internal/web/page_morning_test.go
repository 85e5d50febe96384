package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

var sentences = regexp.MustCompile(`<h1 class="sentence">(.*?)</h1>`)

func openMorning(t *testing.T, query string, known runs) string {
	t.Helper()
	status, page := browse(t, 6*time.Hour, http.MethodGet, "/api/runs"+query, "", known, nil)
	if status != http.StatusOK {
		t.Fatalf("answered %d\n%s", status, page)
	}
	return page
}

func TestTheMorningInOneSentence(t *testing.T) {
	tonight := func(mailbox, details run.State) runs {
		return runs{known: []run.Status{nightOf("mailbox-activity", "2026-11-24", mailbox, 0), nightOf("details", "2026-11-24", details, 0)}, logs: map[string][]run.Line{}}
	}
	broken := tonight(run.StatePublished, run.StatePublished)
	broken.logs["details/2026-11-24"] = []run.Line{
		noData('1', run.ConsentMissing, "Fabrikam", consent), noData('2', run.NoData, "Contoso", "Nothing."), noData('3', run.NotLicensed, "Adatum", "License it."),
	}
	for _, c := range []struct {
		rule  string
		known runs
		want  string
	}{
		{"everything is there", tonight(run.StatePublished, run.StatePublished), "2 reports, 250 customers: everything is there."},
		{"one customer is missing; customers without data or a licence don't count", broken, "2 reports, 250 customers: all there but 1 customer."},
		{"a report has stopped", tonight(run.StatePublished, run.StateStopped), "2 reports, 250 customers: all there but 1 report."},
		{"a report is held", tonight(run.StateHeld, run.StatePublished), "2 reports, 250 customers: all there but 1 report."},
		{"a report is under way", tonight(run.StatePublished, run.StateRunning), "2 reports, 250 customers: everything is there; 1 report is still under way."},
		{"nothing is there yet", tonight(run.StateRunning, run.StateQueued), "2 reports, 250 customers: still under way."},
		{"nothing is there yet, and customers failed the night before", runs{
			known: []run.Status{nightOf("details", "2026-11-24", run.StateRunning, 0), nightOf("mailbox-activity", "2026-11-24", run.StateRunning, 0), nightOf("details", "2026-11-23", run.StatePublished, 1)},
			logs:  map[string][]run.Line{"details/2026-11-23": {noData('1', run.ConsentMissing, "Fabrikam", consent)}},
		}, "2 reports, 250 customers: still under way."},
		{"no report has begun tonight, though each was due", runs{known: []run.Status{
			nightOf("mailbox-activity", "2026-11-23", run.StatePublished, 0), nightOf("details", "2026-11-23", run.StatePublished, 0),
		}}, "2 reports, 250 customers: all there but 2 reports."},
		{"no report has run", runs{}, "No report has run yet."},
	} {
		t.Run(c.rule, func(t *testing.T) {
			page := openMorning(t, "", c.known)
			if got := sentences.FindStringSubmatch(page); len(got) == 0 || got[1] != c.want || !strings.Contains(page, "<title>"+c.want) {
				t.Errorf("said %q", got)
			}
		})
	}
}

func TestTheSentenceCountsReportsThatHaveNotBegunYet(t *testing.T) {
	for _, c := range []struct {
		rule    string
		mailbox run.State
		want    string
	}{
		{"while the first is under way", run.StateRunning, "2 reports, 250 customers: still under way."},
		{"after the first", run.StatePublished, "2 reports, 250 customers: everything is there; 1 report is still to come."},
	} {
		t.Run(c.rule, func(t *testing.T) {
			known := runs{
				known: []run.Status{nightOf("mailbox-activity", "2026-11-24", c.mailbox, 0), nightOf("details", "2026-11-23", run.StatePublished, 0)},
				logs:  map[string][]run.Line{},
			}
			_, page := browse(t, 90*time.Minute, http.MethodGet, "/api/runs", "", known, nil)
			if got := sentences.FindStringSubmatch(page); len(got) == 0 || got[1] != c.want {
				t.Errorf("said %q", got)
			}
		})
	}
}

func TestNothingIsSaidToBeThereIfALogCannotBeRead(t *testing.T) {
	failed := runs{known: []run.Status{nightOf("mailbox-activity", "2026-11-24", run.StatePublished, 14), nightOf("details", "2026-11-24", run.StatePublished, 9)}, logErr: errors.New("blob is gone")}
	t.Run("in the sentence, which goes by the records", func(t *testing.T) {
		page := openMorning(t, "", failed)
		if got := sentences.FindStringSubmatch(page); len(got) == 0 || got[1] != "2 reports, 250 customers: all there but at least 14 customers." {
			t.Errorf("said %q", got)
		}
	})
	t.Run("above the customers of the morning", func(t *testing.T) {
		known := failed
		known.logs = map[string][]run.Line{"details/2026-11-24": {noData('2', run.NoData, "Contoso", "Nothing.")}}
		if page := openMorning(t, "", known); strings.Contains(page, "No customer needs attention") {
			t.Errorf("page:\n%s", page)
		}
	})
	t.Run("in the list of customers", func(t *testing.T) {
		page := openMorning(t, "?by=customer", failed)
		if strings.Contains(page, "There are none") || strings.Contains(page, "0 customers without data") || !strings.Contains(page, "The error log of ") {
			t.Errorf("page:\n%s", page)
		}
	})
	t.Run("on the page of a customer", func(t *testing.T) {
		known := failed
		known.lists = map[string][]run.Customer{"details/2026-11-24": {{TenantID: tenant('1'), Name: "Adatum"}}}
		page := openMorning(t, "?by=customer&customer="+tenant('1'), known)
		if strings.Contains(page, "Every report has data") || !strings.Contains(page, "Not every report could be looked at") {
			t.Errorf("page:\n%s", page)
		}
	})
}

func TestACustomerOfARunThatPublishedNothingIsNotSaidToHaveData(t *testing.T) {
	known := runs{
		known: []run.Status{nightOf("details", "2026-11-24", run.StateRunning, 0)},
		lists: map[string][]run.Customer{"details/2026-11-24": {{TenantID: tenant('1'), Name: "Adatum"}}},
	}
	page := openMorning(t, "?by=customer&customer="+tenant('1'), known)
	if strings.Contains(page, "Every report has data") || !strings.Contains(page, "Nothing has been published on these nights.") {
		t.Errorf("page:\n%s", page)
	}
}

func TestTheMorning(t *testing.T) {
	t.Run("shows the reports that need attention, with the reason", func(t *testing.T) {
		page := openMorning(t, "", runs{known: []run.Status{nightOf("details", "2026-11-24", run.StateStopped, 0)}})
		if !strings.Contains(page, "Reports that need attention") || !strings.Contains(page, "<br>Stopped: the partner&#39;s secret has expired") {
			t.Errorf("page:\n%s", page)
		}
	})
	t.Run("shows a few customers of each class, with a link to the others", func(t *testing.T) {
		known := nights(map[report.Date][]run.Line{"2026-11-24": nil})
		for n := range 12 {
			line := noData('1', run.RoleMissing, fmt.Sprintf("Woodgrove %02d", n), "Grant the role.")
			line.Customer.TenantID = fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
			known.logs["details/2026-11-24"] = append(known.logs["details/2026-11-24"], line)
		}
		page := openMorning(t, "", known)
		if n := len(names.FindAllString(page, -1)); n != 8 || !strings.Contains(page, `And 4 customers more: <a href="/api/runs?by=customer&amp;class=role-missing&amp;code=`) {
			t.Errorf("%d are listed\n%s", n, page)
		}
	})
	t.Run("counts customers who need nothing, without naming them", func(t *testing.T) {
		page := openMorning(t, "", needy())
		if strings.Contains(page, "Litware") || !strings.Contains(page, "No data</a> 1 customer") || !strings.Contains(page, "Excluded</a> 1 customer") {
			t.Errorf("page:\n%s", page)
		}
	})
	t.Run("says when the night's last report was published, not one on request", func(t *testing.T) {
		asked := nightOf("access", "2026-11-24", run.StatePublished, 0)
		asked.Finished = asked.Finished.Add(4 * time.Hour)
		page := openMorning(t, "", runs{known: []run.Status{asked, nightOf("details", "2026-11-24", run.StatePublished, 0)}})
		if !strings.Contains(page, `published <time datetime="2026-11-24T01:00:20Z"`) {
			t.Errorf("page:\n%s", page)
		}
	})
	t.Run("says nothing about earlier nights", func(t *testing.T) {
		page := openMorning(t, "?to=2026-11-23", needy())
		if strings.Contains(page, "Customers that need attention") || !strings.Contains(page, "25 October 2026 to 23 November 2026") {
			t.Errorf("page:\n%s", page)
		}
	})
	t.Run("says which error logs cannot be read", func(t *testing.T) {
		known := needy()
		known.logErr = fmt.Errorf("blob is gone")
		page := openMorning(t, "", known)
		if !strings.Contains(page, "The error log of ") || strings.Contains(page, "blob is gone") {
			t.Errorf("page:\n%s", page)
		}
	})
}

func TestAReportsNumbersByNight(t *testing.T) {
	known := runs{known: []run.Status{
		nightOf("details", "2026-11-24", run.StatePublished, 100), nightOf("details", "2026-11-23", run.StateStopped, 0), nightOf("details", "2026-11-22", run.StatePublished, 0),
	}}
	page := openMorning(t, "?report=details&nights=3", known)
	for _, want := range []string{
		`<desc id="with-data-says">Customers with data by night: between 150 and 250; 150 last. It fell by 40% on 24 Nov.</desc>`,
		`<desc id="rows-says">Rows by night: the same every night; 5,000 last.</desc>`,
		`<path class="plotted" d="M0 0h9v64h-9z"/><path class="fell" d="M24 26h9v38h-9z"/>`,
		"<td>150</td><td>0</td><td>100</td><td>5,000</td><td>20 s</td>", `<td class="words">Stopped</td>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if page := openMorning(t, "?report=details&nights=1", runs{}); !strings.Contains(page, "<p>No run on any of these nights.</p>") || !strings.Contains(page, "Nothing was published on these nights.") {
		t.Errorf("page:\n%s", page)
	}
}
