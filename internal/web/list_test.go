package web_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

func TestShow(t *testing.T) {
	for _, c := range []struct {
		rule, target string
		status       int
		answer       string
	}{
		{"a run", "/api/runs/mailbox-activity/2026-11-23", http.StatusOK, `"state":"published"`},
		{"with the path of its status", "/api/runs/mailbox-activity/2026-11-23", http.StatusOK, `"status_url":"/api/runs/mailbox-activity/2026-11-23"`},
		{"with a slash at the end, as the host lets through", "/api/runs/mailbox-activity/2026-11-23/", http.StatusOK, `"state":"published"`},
		{"in any case of what the host compares without case", "/API/Runs/mailbox-activity/2026-11-23", http.StatusOK, `"state":"published"`},
		{"one that is under way, with its progress", "/api/runs/mailbox-activity/2026-11-24", http.StatusOK, `"progress":{"done":3,"of":3`},
		{"one of a report that is no longer in REPORTS", "/api/runs/dropped/2026-10-25", http.StatusOK, `"state":"published"`},
		{"the latest is the newest that has a publication", "/api/runs/mailbox-activity/latest", http.StatusOK, `"date":"2026-11-24"`},
		{"the latest of a report that never ran", "/api/runs/access/latest", http.StatusNotFound, `"code":"not-found","message":"report: access has not run yet"`},
		{"the latest of a report that never published", "/api/runs/details/latest", http.StatusNotFound, `"code":"not-published","message":"date: `},
		{"a run that is not there", "/api/runs/mailbox-activity/2026-11-22", http.StatusNotFound, `"code":"not-found","message":"date: `},
		{"one that cannot be read, and why", "/api/runs/details/2026-11-21", http.StatusOK, `"state":"unreadable","reason":"read blob details/2026-11-21/run.json`},
		{"no date", "/api/runs/mailbox-activity/yesterday", http.StatusBadRequest, `date \"yesterday\": want a day such as 2026-11-24, or latest`},
		{"a date of 1999", "/api/runs/mailbox-activity/1999-12-31", http.StatusBadRequest, `date \"1999-12-31\"`},
		{"an unknown parameter", "/api/runs/mailbox-activity/2026-11-23?verbose=1", http.StatusBadRequest, `query: \"verbose\"`},
		{"the caller's key is accepted as a parameter", "/api/runs/mailbox-activity/2026-11-23?code=hunter2", http.StatusOK, `"rows":7`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if status, answer := ask(t, http.MethodGet, c.target, "", stored(), nil); status != c.status || !strings.Contains(answer, c.answer) {
				t.Errorf("answered %d %s", status, answer)
			}
		})
	}
}

func TestList(t *testing.T) {
	for _, c := range []struct{ rule, query, want string }{
		{"the last 30 days, newest first, of every report that ever ran", "",
			"details/2026-11-24 stopped, mailbox-activity/2026-11-24 running, mailbox-activity/2026-11-23 published, details/2026-11-21 unreadable, dropped/2026-10-26 published"},
		{"of one report", "?report=mailbox-activity", "mailbox-activity/2026-11-24 running, mailbox-activity/2026-11-23 published"},
		{"of a report in REPORTS that did not run in this time", "?report=details&to=2026-11-01", ""},
		{"of another one that did not run in this time", "?report=dropped&from=2026-11-01", ""},
		{"in one state", "?state=published", "mailbox-activity/2026-11-23 published, dropped/2026-10-26 published"},
		{"that cannot be read", "?state=unreadable", "details/2026-11-21 unreadable"},
		{"from a day on", "?from=2026-11-24", "details/2026-11-24 stopped, mailbox-activity/2026-11-24 running"},
		{"the 30 days up to a day", "?to=2026-11-20", "dropped/2026-10-26 published, dropped/2026-10-25 published"},
		{"on one day", "?from=2026-11-23&to=2026-11-23&code=hunter2", "mailbox-activity/2026-11-23 published"},
		{"of a year", "?from=2025-11-24&report=dropped", "dropped/2026-10-26 published, dropped/2026-10-25 published"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			status, answer := ask(t, http.MethodGet, "/api/runs"+c.query, "", stored(), nil)
			if got := listed(t, answer); status != http.StatusOK || got != c.want {
				t.Errorf("answered %d, got  %s\nwant %s", status, got, c.want)
			}
		})
	}

	for _, c := range []struct{ rule, query, answer string }{
		{"an unknown parameter", "limit=7", `query: \"limit\" is not a parameter here; accepted: code, report, nights, from, to, state, by, class, find, customer, page, format`},
		{"a parameter given twice", "state=published&state=stopped", "state: it is given 2 times"},
		{"an unknown state", "state=asleep", `state: \"asleep\"; accepted: queued, running, publishing, published, stopped, held, unreadable`},
		{"no state", "state=", `state: \"\"`},
		{"markup for a report", "report=%3Cb%3E", `report: report name`},
		{"no day", "from=yesterday", `from: date \"yesterday\"`},
		{"a day of 1999", "from=1999-12-31", `from: date \"1999-12-31\"`},
		{"a day that does not exist", "to=2026-11-31", `to: date \"2026-11-31\"`},
		{"a day in the future", "to=2026-11-25", "to: 2026-11-25 is in the future; today is 2026-11-24 (UTC)"},
		{"an end before the beginning", "from=2026-11-20&to=2026-11-19", "from: 2026-11-20 is after 2026-11-19"},
		{"more than a year", "from=2025-11-23", "from: 2025-11-23 to 2026-11-24 are more than 366 days"},
		{"a query that is not encoded, without showing its key", "report=%zz&code=hunter2", "query: it is not valid percent-encoding"},
	} {
		t.Run("refuses "+c.rule, func(t *testing.T) {
			status, answer := ask(t, http.MethodGet, "/api/runs?"+c.query, "", stored(), nil)
			if status != http.StatusBadRequest || !strings.Contains(answer, c.answer) || strings.Contains(answer, "hunter2") {
				t.Errorf("answered %d %s", status, answer)
			}
		})
	}

	t.Run("an unreadable record is named in the log and fails nothing", func(t *testing.T) {
		var log strings.Builder
		recorder := call(t, http.MethodGet, "/api/runs?code=hunter2", "", stored(), nil, &log)
		if recorder.Code != http.StatusOK || !strings.Contains(log.String(), `report=details date=2026-11-21 error="read blob details/2026-11-21/run.json`) || strings.Contains(log.String(), "hunter2") {
			t.Errorf("answered %d, logged %s", recorder.Code, &log)
		}
	})
}

// listed writes a list as "report/date state, …".
func listed(t *testing.T, answer string) string {
	t.Helper()
	var body struct {
		Runs []struct {
			State     string
			StatusURL string `json:"status_url"`
		}
	}
	if err := json.Unmarshal([]byte(answer), &body); err != nil || body.Runs == nil {
		t.Fatalf("%s: %v", answer, err)
	}
	var all []string
	for _, r := range body.Runs {
		all = append(all, strings.TrimPrefix(r.StatusURL, "/api/runs/")+" "+r.State)
	}
	return strings.Join(all, ", ")
}

func TestAReportThatIsNotThereIsRefusedWithTheNamesOfThoseThatAre(t *testing.T) {
	for _, target := range []string{
		"?report=detials", "?report=detials&state=published", "?report=detials&by=customer", "?report=detials&by=customer&format=csv",
		"?report=detials&by=customer&customer=" + tenant('1'), "/detials/2026-11-24", "/detials/latest", "/detials/2026-11-24/csv", "/detials/latest/errors",
	} {
		t.Run(target, func(t *testing.T) {
			status, answer := ask(t, http.MethodGet, "/api/runs"+target, "", stored(), nil)
			want := `{"error":{"code":"not-found","message":"report: \"detials\" is not in REPORTS and has no runs; there are mailbox-activity, details, access, dropped"}}`
			if status != http.StatusNotFound || strings.TrimSpace(answer) != want {
				t.Errorf("answered %d %s", status, answer)
			}
		})
	}
}

func TestDownload(t *testing.T) {
	for _, c := range []struct {
		rule, target string
		status       int
		answer       string
	}{
		{"a run that never published has no file", "/api/runs/details/2026-11-24/csv", http.StatusNotFound, `"code":"not-published"`},
		{"nor has one that is not there", "/api/runs/details/2026-11-20/csv", http.StatusNotFound, `"code":"not-found"`},
		{"nor the latest of a report that never published", "/api/runs/details/latest/errors", http.StatusNotFound, `"code":"not-published"`},
		{"another file", "/api/runs/mailbox-activity/2026-11-23/run.json", http.StatusNotFound, `"code":"not-found","message":"file: `},
		{"no date", "/api/runs/mailbox-activity/2026-13-23/csv", http.StatusBadRequest, `date \"2026-13-23\"`},
		{"an unknown parameter", "/api/runs/mailbox-activity/2026-11-23/csv?minutes=60", http.StatusBadRequest, `query: \"minutes\"`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			recorder := call(t, http.MethodGet, c.target, "", stored(), nil, new(strings.Builder))
			if recorder.Code != c.status || !strings.Contains(recorder.Body.String(), c.answer) || recorder.Header().Get("Location") != "" {
				t.Errorf("answered %d %s", recorder.Code, recorder.Body)
			}
		})
	}

	for rule, c := range map[string]struct{ target, file string }{
		"a file of a published run": {"mailbox-activity/2026-11-23/csv", "mailbox-activity/2026-11-23.csv"},
		"an error log":              {"mailbox-activity/2026-11-23/errors", "mailbox-activity/2026-11-23.errors"},
		"a file of an earlier publication while the next run is on": {"mailbox-activity/2026-11-24/csv", "mailbox-activity/2026-11-24.csv"},
		"the latest file": {"mailbox-activity/latest/csv", "mailbox-activity/2026-11-24.csv"},
		"a file of a report that no longer runs, with the key": {"dropped/2026-10-25/csv?code=key", "dropped/2026-10-25.csv"},
	} {
		t.Run(rule+" is ten minutes away", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				recorder := call(t, http.MethodGet, "/api/runs/"+c.target, "", stored(), nil, &log)
				// synctest begins with the year 2000.
				want := "https://contoso.example/" + c.file + "?se=2000-01-01T00:10:00Z&sig=hunter2"
				if recorder.Code != http.StatusFound || recorder.Header().Get("Location") != want {
					t.Errorf("answered %d to %s, want %s", recorder.Code, recorder.Header().Get("Location"), want)
				}
				if !strings.Contains(recorder.Body.String(), `"expires":"2000-01-01T00:10:00Z"`) || strings.Contains(recorder.Body.String()+log.String(), "hunter2") {
					t.Errorf("body %s, logged %s", recorder.Body, &log)
				}
			})
		})
	}
}

func TestStorageThatFails(t *testing.T) {
	for _, target := range []string{"", "/mailbox-activity/2026-11-23", "/mailbox-activity/latest", "/mailbox-activity/2026-11-23/csv"} {
		t.Run("is for the log, not for the caller of "+target, func(t *testing.T) {
			var log strings.Builder
			recorder := call(t, http.MethodGet, "/api/runs"+target+"?code=hunter2", "", runs{err: errors.New("account contosoreports is locked")}, nil, &log)
			if recorder.Code != http.StatusServiceUnavailable || strings.Contains(recorder.Body.String(), "contosoreports") {
				t.Errorf("answered %d %s", recorder.Code, recorder.Body)
			}
			if !strings.Contains(log.String(), "contosoreports") || strings.Contains(log.String(), "hunter2") {
				t.Errorf("logged %s", &log)
			}
		})
	}
}
