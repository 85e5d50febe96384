package web_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/run"
)

func TestRerun(t *testing.T) {
	for _, c := range []struct {
		rule, body string
		queued     []string
	}{
		{"{} asks for every report of today", `{}`, []string{"mailbox-activity/2026-11-24 all", "details/2026-11-24 all"}},
		{"a report that is made on demand is asked for by name", `{"reports":["access"]}`, []string{"access/2026-11-24 all"}},
		{"one report, of an earlier date", `{"reports":["details"],"date":"2026-11-20","scope":"all"}`, []string{"details/2026-11-20 all"}},
		{"a report named twice is queued once", `{"reports":["details","details"]}`, []string{"details/2026-11-24 all"}},
		{"the failed of three days ago", `{"date":"2026-11-21","scope":"failed"}`, []string{"mailbox-activity/2026-11-21 failed", "details/2026-11-21 failed"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var r requests
			status, answer := ask(t, http.MethodPost, "/api/runs?code=key", c.body, runs{}, &r)
			if status != http.StatusAccepted || !slices.Equal(r.queued, c.queued) {
				t.Errorf("answered %d %s, queued %q", status, answer, r.queued)
			}
			for _, asked := range c.queued {
				key, _, _ := strings.Cut(asked, " ")
				if !strings.Contains(answer, `"status_url":"/api/runs/`+key+`"}`) {
					t.Errorf("answer %s does not say where %s is told of", answer, key)
				}
			}
		})
	}
	for _, c := range []struct{ rule, body, answer string }{
		{"one refusal refuses all", `{"reports":["details","nothing"]}`, `reports: \"nothing\" is none of REPORTS; accepted: mailbox-activity, details, access`},
		{"no reports are not all reports", `{"reports":[]}`, "reports: empty"},
		{"a scope that is not known", `{"scope":"missing"}`, `scope: \"missing\"; accepted: all, failed`},
		{"a wrong type", `{"date":7}`, "date: want text"},
		{"null is no value", `{"reports":null}`, "reports: want a list of names, or leave it out"},
		{"null is no report", `{"reports":[null]}`, `reports: \"\"`},
		{"an empty date is not today", `{"date":""}`, "date: empty"},
		{"a date of 1999", `{"date":"1999-12-31"}`, `date \"1999-12-31\"`},
		{"a date that Microsoft keeps no longer", `{"reports":["details"],"date":"2026-10-24"}`, "date: details of 2026-10-24 can't be made: Microsoft keeps 30 days"},
		{"a date in the future", `{"date":"2026-11-25"}`, "date: 2026-11-25 is in the future"},
		{"an unknown field", `{"dates":["2026-11-24"]}`, `body: unknown field \"dates\"; accepted: date, reports, scope`},
		{"a field in capitals", `{"Date":"2026-11-24"}`, `unknown field \"Date\"`},
		{"something behind the object", `{}{}`, "body: it is not one JSON object"},
		{"no object", `[]`, "accepted: an object"},
		{"null", `null`, "accepted: an object"},
		{"white space is no body", " \n", `"code":"body-missing"`},
		{"one report that tells the present refuses a past date for all", `{"date":"2026-11-20"}`, `"code":"as-of-now"`},
		{"the failed of four days ago, where the report tells the present", `{"date":"2026-11-20","scope":"failed"}`, `"code":"as-of-now"`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var r requests
			status, answer := ask(t, http.MethodPost, "/api/runs", c.body, runs{}, &r)
			if status != http.StatusBadRequest || !strings.Contains(answer, c.answer) || len(r.queued) > 0 {
				t.Errorf("answered %d %s, queued %q", status, answer, r.queued)
			}
		})
	}
	t.Run("an unknown parameter", func(t *testing.T) {
		var r requests
		status, answer := ask(t, http.MethodPost, "/api/runs?scope=failed", `{}`, runs{}, &r)
		if status != http.StatusBadRequest || !strings.Contains(answer, `query: \"scope\"`) || len(r.queued) > 0 {
			t.Errorf("answered %d %s, queued %q", status, answer, r.queued)
		}
	})
	for _, c := range []struct {
		rule   string
		r      requests
		status int
		answer string
		queued int
	}{
		{"nothing published: refused before any is queued", requests{judgement: run.ErrNotPublished}, http.StatusNotFound, `"code":"not-published","message":"scope: nothing was published for this run yet; ask with scope all"`, 0},
		{"storage that fails is not told to the caller", requests{failure: errors.New("account contosoreports is locked")}, http.StatusServiceUnavailable, `"code":"storage"`, 2},
		{"storage that fails comes before a report that is busy", requests{busy: "details", failure: errors.New("account contosoreports is locked")}, http.StatusServiceUnavailable, `"code":"storage"`, 2},
	} {
		t.Run(c.rule, func(t *testing.T) {
			status, answer := ask(t, http.MethodPost, "/api/runs", `{}`, runs{}, &c.r)
			if status != c.status || !strings.Contains(answer, c.answer) || len(c.r.queued) != c.queued || strings.Contains(answer, "contosoreports") {
				t.Errorf("answered %d %s, queued %q", status, answer, c.r.queued)
			}
		})
	}
}

func TestRerunWhileBusy(t *testing.T) {
	t.Run("the answer says which is busy, and that the others are queued", func(t *testing.T) {
		r := requests{busy: "details"}
		status, answer := ask(t, http.MethodPost, "/api/runs", `{}`, runs{}, &r)
		want := `{"error":{"code":"busy","message":"scope: a rerun of the failed customers is under way for details/2026-11-24; ask again when it is published; the other runs are queued"},` +
			`"runs":[{"report":"mailbox-activity","date":"2026-11-24","status_url":"/api/runs/mailbox-activity/2026-11-24"},` +
			`{"report":"details","date":"2026-11-24","status_url":"/api/runs/details/2026-11-24","busy":true}]}` + "\n"
		if status != http.StatusConflict || answer != want {
			t.Errorf("answered %d\n%s, want\n%s", status, answer, want)
		}
		if !slices.Equal(r.queued, []string{"mailbox-activity/2026-11-24 all", "details/2026-11-24 all"}) {
			t.Errorf("queued %q: a run that is busy is joined all the same", r.queued)
		}
	})
	t.Run("where none is queued it says nothing of others", func(t *testing.T) {
		status, answer := ask(t, http.MethodPost, "/api/runs", `{"reports":["details"]}`, runs{}, &requests{busy: "details"})
		if status != http.StatusConflict || strings.Contains(answer, "other") {
			t.Errorf("answered %d %s", status, answer)
		}
	})
}
