package web_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/web"
)

// needy are the nights of two reports that lack some of the same customers.
func needy() runs {
	known := runs{logs: map[string][]run.Line{}, lists: map[string][]run.Customer{}}
	for date := report.Date("2026-11-24"); date >= "2026-11-20"; date = date.AddDays(-1) {
		for _, name := range []string{"mailbox-activity", "details"} {
			key := run.Key{Report: name, Date: date}
			lines := []run.Line{noData('3', run.ConsentMissing, "Fabrikam", consent)}
			if date == "2026-11-24" {
				lines = append(lines, noData('1', run.ServiceFault, "Adatum", "Wait."), noData('9', run.Excluded, "Woodgrove", ""))
			}
			if name == "details" {
				lines = append(lines, noData('2', run.NoData, "Contoso", "Nothing."), noData('4', run.NoData, "Litware", "Nothing."))
			} else if date >= "2026-11-23" {
				lines = append(lines, noData('2', run.RoleMissing, "Contoso", "Grant the role."))
			}
			known.known = append(known.known, nightOf(name, date, run.StatePublished, len(lines)))
			known.logs[key.String()] = lines
			known.lists[key.String()] = []run.Customer{
				{TenantID: tenant('3'), Name: "Fabrikam as contracted", Domain: "fabrikam.example", Ends: "2026-12-01", Sources: run.SourceGDAP | run.SourceContracts},
				{TenantID: tenant('5'), Name: "Proseware", Domain: "proseware.example"},
			}
		}
	}
	return known
}

func tenant(n byte) string { return "00000000-0000-4000-8000-00000000000" + string(n) }

// byCustomer lists what the query asks for.
func byCustomer(t *testing.T, query string, known runs) string {
	t.Helper()
	status, text := ask(t, http.MethodGet, "/api/runs?by=customer"+query, "", known, nil)
	if status != http.StatusOK {
		t.Fatalf("answered %d %s", status, text)
	}
	var list struct {
		Customers []struct {
			Name, Class, ConsentAddress string
			Since                       string
			OrEarlier                   bool
			Reports                     []struct{ Report, Class string }
		}
		Found, Page, Pages int
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, c := range list.Customers {
		var one strings.Builder
		one.WriteString(c.Name + " " + c.Class)
		if c.Since != "" {
			one.WriteString(" since " + c.Since)
		}
		if c.OrEarlier {
			one.WriteString(" or earlier")
		}
		for _, in := range c.Reports {
			one.WriteString(", " + in.Report + " " + in.Class)
		}
		all = append(all, one.String())
	}
	return fmt.Sprintf("%d found, page %d of %d: %s", list.Found, list.Page, list.Pages, strings.Join(all, "; "))
}

func TestByCustomer(t *testing.T) {
	const (
		fabrikam  = "Fabrikam consent-missing since 2026-11-20 or earlier, mailbox-activity consent-missing, details consent-missing"
		contoso   = "Contoso role-missing since 2026-11-23, mailbox-activity role-missing, details no-data"
		adatum    = "Adatum service-fault since 2026-11-24, mailbox-activity service-fault, details service-fault"
		litware   = "Litware no-data since 2026-11-20 or earlier, details no-data"
		woodgrove = "Woodgrove excluded, mailbox-activity excluded, details excluded"
	)
	for _, c := range []struct{ rule, query, want string }{
		{"lists each customer once, most useful first", "", "5 found, page 1 of 1: " + strings.Join([]string{fabrikam, contoso, adatum, litware, woodgrove}, "; ")},
		{"of one class, if it comes first for the customer", "&class=no-data", "1 found, page 1 of 1: " + litware},
		{"of one report", "&report=details&find=contoso2", "1 found, page 1 of 1: Contoso no-data since 2026-11-20 or earlier, details no-data"},
		{"by part of a name, domain, id, class or correlation id", "&find=ABC1", "1 found, page 1 of 1: " + adatum},
		{"by a class that does not come first", "&find=no-data", "2 found, page 1 of 1: " + contoso + "; " + litware},
		{"of a page past the last one", "&page=3", "5 found, page 3 of 1: "},
		{"of a page without customers", "&find=nobody", "0 found, page 1 of 1: "},
		{"of fewer nights, and still says since when", "&nights=1&find=contoso2", "1 found, page 1 of 1: " + contoso},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := byCustomer(t, c.query, needy()); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	t.Run("has 200 customers on a page", func(t *testing.T) {
		known := needy()
		for n := range 450 {
			line := noData('7', run.NoData, fmt.Sprintf("Woodgrove %04d", n), "Nothing.")
			line.Customer.TenantID = fmt.Sprintf("00000000-0000-4000-8000-%012d", 1000+n)
			known.logs["details/2026-11-24"] = append(known.logs["details/2026-11-24"], line)
		}
		got := byCustomer(t, "&page=3&find=woodgrove", known)
		if !strings.HasPrefix(got, "451 found, page 3 of 3: Woodgrove 0400") || strings.Count(got, ";") != 50 {
			t.Errorf("got %s", got)
		}
	})
	t.Run("looks at the newest publication, not at a run that stopped", func(t *testing.T) {
		known := needy()
		known.known = append([]run.Status{nightOf("details", "2026-11-25", run.StateStopped, 0)}, known.known...)
		if got := byCustomer(t, "&find=litware", known); !strings.Contains(got, litware) {
			t.Errorf("got %s", got)
		}
	})
}

func TestByCustomerRefuses(t *testing.T) {
	for query, want := range map[string]string{
		"?by=report":                    "by: ",
		"?by=":                          "by: ",
		"?class=no-data":                "want by=customer",
		"?find=contoso":                 "want by=customer",
		"?by=customer&state=held":       "state: it is for runs",
		"?by=customer&to=2026-11-20":    "to: it is for runs",
		"?by=customer&class=asleep":     "class: ",
		"?by=customer&format=xlsx":      "format: ",
		"?by=customer&page=0":           "page: ",
		"?by=customer&page=007":         "page: ",
		"?by=customer&customer=contoso": "customer: ",
		"?by=customer&page=2&customer=" + "00000000-0000-4000-8000-000000000001": "page: ",
		"?nights=0":                 "nights: ",
		"?nights=367":               "nights: ",
		"?nights=x":                 "nights: ",
		"?nights=7&from=2026-11-01": "nights: ",
	} {
		t.Run(query, func(t *testing.T) {
			status, answer := ask(t, http.MethodGet, "/api/runs"+query, "", needy(), nil)
			if status != http.StatusBadRequest || !strings.Contains(answer, want) {
				t.Errorf("answered %d %s", status, answer)
			}
		})
	}
}

func TestByCustomerAsCSV(t *testing.T) {
	known := needy()
	for _, name := range []string{"=cmd|' /C calc'!A0", "Contoso;=1+1", `"quoted"`, "＝1"} {
		line := noData('8', run.RoleMissing, name, "Grant, then wait.")
		line.Customer.TenantID = fmt.Sprintf("00000000-0000-4000-8000-%012d", len(name))
		known.logs["details/2026-11-24"] = append(known.logs["details/2026-11-24"], line)
	}
	recorder := httptest.NewRecorder()
	api := &web.API{
		Reports: []web.Report{{Name: "mailbox-activity"}, {Name: "details"}}, Runs: known, Today: "2026-11-24",
		Log: slog.New(slog.DiscardHandler), Login: "login.microsoftonline.com",
	}
	request := httptest.NewRequest(http.MethodGet, "/api/runs?by=customer&class=role-missing&format=csv", nil)
	request.Header.Set("Accept", browser)
	api.ServeHTTP(recorder, request)
	body := recorder.Body.String()
	if recorder.Header().Get("Content-Type") != "text/csv; charset=utf-8" || recorder.Header().Get("Content-Disposition") != `attachment; filename="customers_2026-11-24.csv"` {
		t.Errorf("headers %v", recorder.Header())
	}
	if !strings.HasPrefix(body, "\ufeffTenant Id,") || strings.Count(body, "\r\n") != 6 {
		t.Errorf("body %q", body)
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var names strings.Builder
	for _, row := range rows[1:] {
		names.WriteString(row[1] + "\n")
	}
	if want := "'\"quoted\"\n'=cmd|' /C calc'!A0\nContoso;'=1+1\n'＝1\nContoso\n"; names.String() != want {
		t.Errorf("names\n%s\nwant\n%s", names.String(), want)
	}
	if got := strings.Join(rows[5], "|"); got != tenant('2')+"|Contoso|contoso2.example|role-missing|2026-11-23||Grant the role.||mailbox-activity, details" {
		t.Errorf("got %s", got)
	}
}

func TestOneCustomer(t *testing.T) {
	known := needy()
	known.known = append([]run.Status{nightOf("details", "2026-11-25", run.StateStopped, 0)}, known.known...)
	for _, c := range []struct{ rule, query, want string }{
		{"in each report, newest night first", "&customer=" + tenant('2'), `{"tenantId":"` + tenant('2') + `","name":"Contoso","domain":"contoso2.example","reports":[` +
			`{"report":"mailbox-activity","class":"role-missing","message":"It said no.","remedy":"Grant the role.","correlationId":"abc2","nights":[{"date":"2026-11-24","class":"role-missing"},{"date":"2026-11-23","class":"role-missing"},{"date":"2026-11-22","class":"with-data"}`},
		{"in one report, for a few nights", "&report=details&nights=2&customer=" + tenant('2'), `"reports":[{"report":"details","class":"no-data","message":"It said no.","remedy":"Nothing.","correlationId":"abc2","nights":[{"date":"2026-11-24","class":"no-data"},{"date":"2026-11-23","class":"no-data"}]}]}`},
		{"with the end of its relationship, its sources and its own name", "&customer=" + strings.ToUpper(tenant('3')), `"name":"Fabrikam","domain":"contoso3.example","ends":"2026-12-01","sources":["gdap","contracts"]`},
		{"that has data everywhere, from a list", "&customer=" + tenant('5'), `"name":"Proseware","domain":"proseware.example","reports":[{"report":"mailbox-activity","class":"with-data"`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			status, answer := ask(t, http.MethodGet, "/api/runs?by=customer"+c.query, "", known, nil)
			if status != http.StatusOK || !strings.Contains(answer, c.want) {
				t.Errorf("answered %d\n%s\nwant\n%s", status, answer, c.want)
			}
		})
	}
	t.Run("with its sources in words on its page", func(t *testing.T) {
		_, page := browse(t, 6*time.Hour, http.MethodGet, "/api/runs?by=customer&customer="+tenant('3'), "", known, nil)
		if !strings.Contains(page, "<dt>Known from</dt><dd>GDAP relationship, contract</dd>") {
			t.Errorf("page:\n%s", page)
		}
	})
	t.Run("is unknown in a report whose logs cannot be read", func(t *testing.T) {
		known.logErr = errors.New("blob is gone")
		_, answer := ask(t, http.MethodGet, "/api/runs?by=customer&customer="+tenant('5'), "", known, nil)
		if !strings.Contains(answer, `"class":"unknown"`) {
			t.Errorf("answered %s", answer)
		}
	})
	t.Run("is not said to be unknown if a log or list that might have it cannot be read", func(t *testing.T) {
		lists, logs := needy(), needy()
		lists.listErr, logs.logErr = errors.New("blob is gone"), errors.New("blob is gone")
		for _, known := range []runs{lists, logs} {
			if status, answer := ask(t, http.MethodGet, "/api/runs?by=customer&customer="+tenant('f'), "", known, nil); status != http.StatusServiceUnavailable {
				t.Errorf("answered %d %s", status, answer)
			}
		}
	})
	t.Run("that has left has no data on the nights that did not ask it, and its page says so", func(t *testing.T) {
		known := needy()
		known.lists["details/2026-11-24"], known.lists["details/2026-11-23"] = nil, nil
		const target = "/api/runs?by=customer&report=details&customer="
		status, answer := ask(t, http.MethodGet, target+tenant('5'), "", known, nil)
		if status != http.StatusOK || strings.Count(answer, `"nights":[{"date":"2026-11-22","class":"with-data"}`) != 1 || strings.Contains(answer, "2026-11-23") {
			t.Errorf("answered %d %s", status, answer)
		}
		_, page := browse(t, 6*time.Hour, http.MethodGet, target+tenant('5'), "", known, nil)
		if !strings.Contains(page, "no longer in their list of customers") || strings.Contains(page, "Every report has data") {
			t.Errorf("page:\n%s", page)
		}
	})
	for rule, change := range map[string]func(*run.Status){
		"of runs that stopped before they had a list": func(s *run.Status) { *s = nightOf(s.Report, s.Date, run.StateStopped, 0); s.Customers = 0 },
		"of reruns of the failed that are under way":  func(s *run.Status) { s.State, s.Rerun = run.StateRunning, true },
	} {
		t.Run("is found in a list below those "+rule, func(t *testing.T) {
			known := needy()
			for i := range 4 {
				change(&known.known[i])
				delete(known.lists, known.known[i].Key().String())
			}
			if status, answer := ask(t, http.MethodGet, "/api/runs?by=customer&customer="+tenant('5'), "", known, nil); status != http.StatusOK || !strings.Contains(answer, "Proseware") {
				t.Errorf("answered %d %s", status, answer)
			}
		})
	}
	t.Run("that is unknown is not found", func(t *testing.T) {
		status, answer := ask(t, http.MethodGet, "/api/runs?by=customer&customer="+tenant('f'), "", needy(), nil)
		if status != http.StatusNotFound || !strings.Contains(answer, tenant('f')) {
			t.Errorf("answered %d %s", status, answer)
		}
	})
}
