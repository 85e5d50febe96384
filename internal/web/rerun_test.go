package web_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/web"
)

func TestRerun(t *testing.T) {
	for _, c := range []struct {
		rule, body string
		queued     []string
	}{
		{"{} asks for every report of today", `{}`, []string{"mailbox-activity/2026-11-24 all", "details/2026-11-24 all"}},
		{"a report that runs on demand is requested by name", `{"reports":["access"]}`, []string{"access/2026-11-24 all"}},
		{"one report, of an earlier date", `{"reports":["details"],"date":"2026-11-20","scope":"all"}`, []string{"details/2026-11-20 all"}},
		{"a report named twice is queued once", `{"reports":["details","details"]}`, []string{"details/2026-11-24 all"}},
		{"whichever run is held is published as it is", `{"reports":["details"],"accept":true}`, []string{"details/2026-11-24 accept"}},
		{"the run that is held in that turn", `{"reports":["details"],"accept":"0002-ffffffff"}`, []string{"details/2026-11-24 accept 0002-ffffffff"}},
		{"a held run of a report of the present, however long ago", `{"reports":["mailbox-activity"],"date":"2026-11-01","accept":true}`, []string{"mailbox-activity/2026-11-01 accept"}},
		{"a held run of a day that Microsoft no longer keeps", `{"reports":["details"],"date":"2026-10-24","accept":true}`, []string{"details/2026-10-24 accept"}},
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
					t.Errorf("answer %s does not say where %s is shown", answer, key)
				}
			}
		})
	}
	for _, c := range []struct{ rule, body, answer string }{
		{"one refusal refuses all", `{"reports":["details","nothing"]}`, `reports: \"nothing\" is not in REPORTS; accepted: mailbox-activity, details, access`},
		{"an empty list of reports is not all reports", `{"reports":[]}`, "reports: the list is empty"},
		{"an unknown scope", `{"scope":"missing"}`, `scope: \"missing\"; accepted: all, failed`},
		{"a wrong type", `{"date":7}`, "date: want text"},
		{"null is not a value", `{"reports":null}`, "reports: want a list of names, or leave it out"},
		{"null is not a report", `{"reports":[null]}`, `reports: \"\"`},
		{"an empty date is not today", `{"date":""}`, "date: it is empty"},
		{"a date of 1999", `{"date":"1999-12-31"}`, `date \"1999-12-31\"`},
		{"a date that Microsoft no longer keeps", `{"reports":["details"],"date":"2026-10-24"}`, "date: details cannot be run for 2026-10-24: Microsoft keeps 30 days"},
		{"a date in the future", `{"date":"2026-11-25"}`, "date: 2026-11-25 is in the future"},
		{"an unknown field", `{"dates":["2026-11-24"]}`, `body: unknown field \"dates\"; accepted: accept, class, customers, date, reports, scope`},
		{"a field in capitals", `{"Date":"2026-11-24"}`, `unknown field \"Date\"`},
		{"accept false", `{"accept":false}`, "accept: want true, or the turn of a held run"},
		{"accept and no turn", `{"accept":"yes"}`, "accept: want true, or the turn of a held run"},
		{"accept null", `{"accept":null}`, "accept: want true, or the turn of a held run"},
		{"accept together with a scope", `{"accept":true,"scope":"all"}`, "accept: it publishes a run as it is, and asks nobody; leave scope out, or accept"},
		{"accept for tomorrow", `{"accept":true,"date":"2026-11-25"}`, "date: 2026-11-25 is in the future"},
		{"accept for an unknown report", `{"accept":true,"reports":["nothing"]}`, "is not in REPORTS"},
		{"something after the object", `{}{}`, "body: it is not one JSON object"},
		{"a body that is not an object", `[]`, "accepted: an object"},
		{"null", `null`, "accepted: an object"},
		{"white space is not a body", " \n", `"code":"body-missing"`},
		{"one report that shows the present refuses a past date for all", `{"date":"2026-11-20"}`, `"code":"as-of-now"`},
		{"the failed of four days ago, if the report shows the present", `{"date":"2026-11-20","scope":"failed"}`, `"code":"as-of-now"`},
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
		body   string
		r      requests
		status int
		answer string
		queued int
	}{
		{"nothing published: refused before any is queued", `{}`, requests{judgement: run.ErrNotPublished}, http.StatusNotFound, `"code":"not-published","message":"scope: nothing has been published for this run yet; ask with scope all"`, 0},
		{"nothing held: refused before any is queued", `{"accept":true}`, requests{judgement: fmt.Errorf("run details/2026-11-24: %w", run.ErrNotHeld)}, http.StatusConflict, `"code":"not-held","message":"accept: run details/2026-11-24: no such run is held; see its state and its turn"`, 0},
		{"rows that are gone", `{"accept":true}`, requests{judgement: run.ErrRowsGone}, http.StatusConflict, `"code":"rows-gone","message":"accept: the rows of the held run are no longer kept; ask with scope all"`, 0},
		{"another request was faster", `{"accept":true}`, requests{failure: run.ErrNotHeld}, http.StatusConflict, `"code":"not-held"`, 2},
		{"storage that fails is not shown to the caller", `{}`, requests{failure: errors.New("account contosoreports is locked")}, http.StatusServiceUnavailable, `"code":"storage"`, 2},
		{"storage that fails comes before a report that is busy", `{}`, requests{busy: "details", failure: errors.New("account contosoreports is locked")}, http.StatusServiceUnavailable, `"code":"storage"`, 2},
	} {
		t.Run(c.rule, func(t *testing.T) {
			status, answer := ask(t, http.MethodPost, "/api/runs", c.body, runs{}, &c.r)
			if status != c.status || !strings.Contains(answer, c.answer) || len(c.r.queued) != c.queued || strings.Contains(answer, "contosoreports") {
				t.Errorf("answered %d %s, queued %q", status, answer, c.r.queued)
			}
		})
	}
}

func TestAnUnfinishedRunMayBeAskedForAgainWhateverItsDate(t *testing.T) {
	rerun := nightOf("mailbox-activity", "2026-11-01", run.StateStopped, 3)
	rerun.Rerun = true
	for _, c := range []struct {
		rule   string
		known  runs
		status int
	}{
		{"queued", runs{known: []run.Status{nightOf("mailbox-activity", "2026-11-01", run.StateQueued, 0)}}, 202},
		{"running", runs{known: []run.Status{nightOf("mailbox-activity", "2026-11-01", run.StateRunning, 0)}}, 202},
		{"publishing", runs{known: []run.Status{nightOf("mailbox-activity", "2026-11-01", run.StatePublishing, 0)}}, 202},
		{"stopped", runs{known: []run.Status{nightOf("mailbox-activity", "2026-11-01", run.StateStopped, 0)}}, 202},
		{"held", runs{known: []run.Status{nightOf("mailbox-activity", "2026-11-01", run.StateHeld, 0)}}, 202},
		{"but not a published one", runs{known: []run.Status{nightOf("mailbox-activity", "2026-11-01", run.StatePublished, 0)}}, 400},
		{"nor a stopped rerun of the failed customers, which would be replaced", runs{known: []run.Status{rerun}}, 400},
		{"nor one that cannot be read", runs{known: []run.Status{run.Unreadable(run.Key{Report: "mailbox-activity", Date: "2026-11-01"}, "edited")}}, 400},
		{"nor one that is not there", runs{}, 400},
		{"and if that cannot be known, the answer does not say that it is too late", runs{err: errors.New("locked")}, 503},
	} {
		t.Run(c.rule, func(t *testing.T) {
			for _, scope := range []string{"all", "failed"} {
				var r requests
				status, answer := ask(t, http.MethodPost, "/api/runs", `{"reports":["mailbox-activity"],"date":"2026-11-01","scope":"`+scope+`"}`, c.known, &r)
				if status != c.status || (status == 202) != (len(r.queued) == 1) {
					t.Errorf("%s: answered %d %s, queued %q", scope, status, answer, r.queued)
				}
			}
		})
	}
}

func TestRerunWhileBusy(t *testing.T) {
	t.Run("the answer names the busy one, and says that the others are queued", func(t *testing.T) {
		r := requests{busy: "details"}
		status, answer := ask(t, http.MethodPost, "/api/runs", `{}`, runs{}, &r)
		want := `{"error":{"code":"busy","message":"scope: a rerun of the failed customers is under way for details/2026-11-24; ask again when it is published; the other runs are queued"},` +
			`"runs":[{"report":"mailbox-activity","date":"2026-11-24","status_url":"/api/runs/mailbox-activity/2026-11-24"},` +
			`{"report":"details","date":"2026-11-24","status_url":"/api/runs/details/2026-11-24","busy":true}]}` + "\n"
		if status != http.StatusConflict || answer != want {
			t.Errorf("answered %d\n%s, want\n%s", status, answer, want)
		}
		if !slices.Equal(r.queued, []string{"mailbox-activity/2026-11-24 all", "details/2026-11-24 all"}) {
			t.Errorf("queued %q: a busy run is still joined", r.queued)
		}
	})
	t.Run("if none is queued, it mentions no others", func(t *testing.T) {
		status, answer := ask(t, http.MethodPost, "/api/runs", `{"reports":["details"]}`, runs{}, &requests{busy: "details"})
		if status != http.StatusConflict || strings.Contains(answer, "other") {
			t.Errorf("answered %d %s", status, answer)
		}
	})
}

func TestBodies(t *testing.T) {
	spaces := func(n int) string { return strings.Repeat(" ", n) }
	const form, octets = "application/x-www-form-urlencoded", "application/octet-stream"
	for _, c := range []struct {
		rule, kind, accept, body string
		status                   int
		answer                   string
	}{
		{"64 KiB are read", "", "", "{}" + spaces(64<<10-2), 202, `"runs"`},
		{"one byte more is too much", "", "", "{}" + spaces(64<<10-1), 413, `"code":"body-too-large"`},
		{"whatever its content", octets, "", base64.StdEncoding.EncodeToString([]byte(spaces(64<<10 + 1))), 413, `"code":"body-too-large"`},
		{"a form that is too long is not cut and obeyed", form, "text/html", "scope=all&x=" + spaces(64<<10) + "&scope=failed", 413, "more than 64 KiB"},
		{"JSON may be labelled as a form", form, "", `{"scope":"all"}`, 202, `"runs"`},
		{"form fields are accepted only from pages", form, "", "scope=all", 400, "-ContentType application/json and -Body (ConvertTo-Json"},
		{"octets are not JSON", octets, "", base64.StdEncoding.EncodeToString([]byte("{}")), 400, "Content-Type: application/json"},
		{"an empty body is not a body", octets, "", "", 400, `"code":"body-missing"`},
		{"a member that is given twice", "", "", `{"scope":"failed","scope":"all"}`, 400, `\"scope\" is given twice`},
		{"twice, once with an escape", "", "", `{"scope":"failed","\u0073cope":"all"}`, 400, `\"scope\" is given twice`},
		{"a field that is given twice", form, "text/html", "scope=failed&scope=all", 400, "is given twice"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var r requests
			request := httptest.NewRequest(http.MethodPost, "/api/runs", strings.NewReader(c.body))
			request.Header.Set("Content-Type", c.kind)
			request.Header.Set("Accept", c.accept)
			w := httptest.NewRecorder()
			api := &web.API{Reports: []web.Report{{Name: "details"}}, Requests: &r, Today: "2026-11-24", Log: slog.New(slog.DiscardHandler)}
			api.ServeHTTP(w, request)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.answer) || (c.status != 202) != (len(r.queued) == 0) {
				t.Errorf("answered %d %s, queued %q", w.Code, w.Body, r.queued)
			}
		})
	}
}
