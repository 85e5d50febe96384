package m365_test

import (
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tenantrollup/internal/standin/m365"
)

const mailboxDetail = "getMailboxUsageDetail(period='D7')"

func TestReportIsAPreauthenticatedAddress(t *testing.T) {
	l := start(t, m365.Options{Customers: 2})
	token := l.token(l.Customers()[0].TenantID)
	a := l.graph(token, "/v1.0/reports/"+counts7)
	location := a.header.Get("Location")
	if a.status != http.StatusFound || a.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(location, "https://reports") {
		t.Fatalf("got %d %v", a.status, a.header)
	}
	for rule, test := range map[string]struct {
		address, token string
		status         int
	}{
		"the address is enough by itself": {location, "", 200},
		"and again within its minutes":    {location, "", 200},
		"a credential is refused":         {location, token, 400},
		"another parameter is refused":    {location + "&x=1", "", 400},
		"a changed address is unknown":    {location + "x", "", 404},
		"another region does not know it": {strings.Replace(location, "reports.office.com", "reportsweu.office.com", 1), "", 404},
	} {
		t.Run(rule, func(t *testing.T) {
			if a := l.get(test.address, test.token); a.status != test.status {
				t.Errorf("got %d, want %d", a.status, test.status)
			}
		})
	}
	t.Run("the other customer's region is another host", func(t *testing.T) {
		a := l.graph(l.token(l.Customers()[1].TenantID), "/v1.0/reports/"+counts7)
		if u, _ := url.Parse(a.header.Get("Location")); u.Host != "reportsweu.office.com" {
			t.Errorf("host %s", u.Host)
		}
	})
	t.Run("the body is what Served returns", func(t *testing.T) {
		if a := l.get(location, ""); a.body != string(l.Served(l.Customers()[0].TenantID, counts7)) {
			t.Errorf("got %q", a.body)
		}
	})
	t.Run("Copilot's answer inline", func(t *testing.T) {
		const call = "getMicrosoft365CopilotUsageUserDetail(period='ALL')"
		a := l.graph(token, "/v1.0/copilot/reports/"+call)
		if a.status != http.StatusOK || a.body != string(l.Served(l.Customers()[0].TenantID, call)) {
			t.Errorf("got %d %q", a.status, a.body)
		}
	})
}

func TestFifteenthCallInTenMinutesIsRefused(t *testing.T) {
	l := start(t, m365.Options{Customers: 2})
	token, other := l.token(l.Customers()[0].TenantID), l.token(l.Customers()[1].TenantID)
	for i := range 14 {
		if a := l.graph(token, "/v1.0/reports/"+counts7); a.status != http.StatusFound {
			t.Fatalf("call %d: %d", i+1, a.status)
		}
	}
	a := l.graph(token, "/v1.0/reports/getMailboxUsageMailboxCounts(period='D30')")
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "600" {
		t.Errorf("15th call: %d, Retry-After %q", a.status, a.header.Get("Retry-After"))
	}
	if a := l.graph(token, "/v1.0/reports/"+mailboxDetail); a.status != http.StatusFound {
		t.Errorf("another function: %d", a.status)
	}
	if a := l.graph(other, "/v1.0/reports/"+counts7); a.status != http.StatusFound {
		t.Errorf("another tenant: %d", a.status)
	}
	t.Run("Copilot's too", func(t *testing.T) {
		const path = "/v1.0/copilot/reports/getMicrosoft365CopilotUserCountTrend(period='D7')"
		for i := range 14 {
			if a := l.graph(token, path); a.status != http.StatusOK {
				t.Fatalf("call %d: %d", i+1, a.status)
			}
		}
		if a := l.graph(token, path); a.status != http.StatusTooManyRequests {
			t.Errorf("15th call: %d", a.status)
		}
	})
}

func TestReportFaultsAtGraph(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Tuning: m365.Tuning{Times: 1, RetryAfter: time.Second, Slow: 50 * time.Millisecond}})
	token := l.token(l.Customers()[0].TenantID)
	ask := func(f m365.Fault) (first, second answer) {
		l.SetFault(0, f)
		return l.graph(token, "/v1.0/reports/"+counts7), l.graph(token, "/v1.0/reports/"+counts7)
	}
	t.Run("throttled, then fine", func(t *testing.T) {
		first, second := ask(m365.Throttled)
		if first.status != 429 || first.header.Get("Retry-After") != "1" || second.status != 302 {
			t.Errorf("got %d %v, then %d", first.status, first.header, second.status)
		}
	})
	t.Run("throttled until a date that is not too early, then fine", func(t *testing.T) {
		asked := time.Now()
		first, second := ask(m365.ThrottledDate)
		until, err := http.ParseTime(first.header.Get("Retry-After"))
		if first.status != 429 || err != nil || until.Before(asked.Add(time.Second)) || second.status != 302 {
			t.Errorf("got %d %v, then %d", first.status, first.header, second.status)
		}
	})
	t.Run("500, then fine", func(t *testing.T) {
		if first, second := ask(m365.ServerErrorThenFine); first.status != 500 || second.status != 302 {
			t.Errorf("got %d, then %d", first.status, second.status)
		}
	})
	t.Run("500 always", func(t *testing.T) {
		if first, second := ask(m365.ServerError); first.status != 500 || second.status != 500 {
			t.Errorf("got %d, then %d", first.status, second.status)
		}
	})
	t.Run("unlicensed", func(t *testing.T) {
		if first, _ := ask(m365.Unlicensed); first.status != 403 || !strings.Contains(first.find("error", "message"), "subscription within the tenant has lapsed") {
			t.Errorf("got %d %s", first.status, first.body)
		}
	})
	t.Run("slow", func(t *testing.T) {
		asked := time.Now()
		if first, _ := ask(m365.Slow); first.status != 302 || time.Since(asked) < 100*time.Millisecond {
			t.Errorf("got %d after %s", first.status, time.Since(asked))
		}
	})
	t.Run("the foreign host is no host of this cloud", func(t *testing.T) {
		first, _ := ask(m365.ForeignRedirect)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, first.header.Get("Location"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.do(r); err == nil || r.URL.Host != "reports.office.com.fabrikam.example" {
			t.Errorf("host %s, error %v", r.URL.Host, err)
		}
		if refused := l.Counts().Refused; len(refused) != 1 || refused[0] != r.URL.Host+":443" {
			t.Errorf("refused %q", refused)
		}
	})
}

func TestConnectionsThatEndEarly(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Tuning: m365.Tuning{Times: 1}})
	tenant := l.Customers()[0].TenantID
	t.Run("closed inside the body", func(t *testing.T) {
		l.SetFault(0, m365.CutBody)
		if body, err := l.download(tenant, counts7); !errors.Is(err, io.ErrUnexpectedEOF) || body == "" {
			t.Errorf("got %q, %v", body, err)
		}
	})
	t.Run("reset inside the body", func(t *testing.T) {
		l.SetFault(0, m365.ResetBody)
		if _, err := l.download(tenant, counts7); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("closed once, then whole", func(t *testing.T) {
		l.SetFault(0, m365.CutBodyThenFine)
		if _, err := l.download(tenant, counts7); err == nil {
			t.Error("the first body was whole")
		}
		if body, err := l.download(tenant, counts7); err != nil || body != string(l.Served(tenant, counts7)) {
			t.Errorf("got %q, %v", body, err)
		}
	})
}

func TestBodies(t *testing.T) {
	today := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	l := start(t, m365.Options{Customers: 1, Today: today, Rows: 12, Tuning: m365.Tuning{HugeRows: 500, Slow: time.Millisecond}})
	serve := func(f m365.Fault, call string) string {
		l.SetFault(0, f)
		return string(l.Served(l.Customers()[0].TenantID, call))
	}
	read := func(t *testing.T, body string) [][]string {
		t.Helper()
		records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return records
	}
	t.Run("counts have a row for each day, newest first, until two days ago", func(t *testing.T) {
		body := serve(m365.None, counts7)
		records := read(t, body)
		if !strings.HasPrefix(body, "\ufeffReport Refresh Date,Total,Active,Report Date,Report Period\n") ||
			len(records) != 8 || records[1][0] != "2026-11-22" || records[1][3] != "2026-11-22" || records[7][3] != "2026-11-16" {
			t.Errorf("got %q", body)
		}
	})
	t.Run("details have the rows asked for", func(t *testing.T) {
		for _, call := range []string{mailboxDetail, "getEmailActivityUserDetail(date=2026-10-27)", "getOffice365ActivationsUserDetail", "getTeamsUserActivityUserDetail(period='D30')"} {
			if records := read(t, serve(m365.None, call)); len(records) != 13 {
				t.Errorf("%s: %d records", call, len(records))
			}
		}
	})
	t.Run("version 2 of Copilot's report of users has a month of 28 days, and more columns", func(t *testing.T) {
		first := read(t, serve(m365.None, "getMicrosoft365CopilotUsageUserDetail(period='D30',version='v1')"))
		second := read(t, serve(m365.None, "getMicrosoft365CopilotUsageUserDetail(period='D28',version='v2')"))
		if len(first) != 13 || len(second) != 13 || len(first[0]) != 13 || len(second[0]) != 22 || second[1][12] != "28" {
			t.Errorf("got %q and %q", first[:2], second[:2])
		}
		for _, call := range []string{"(period='D28')", "(period='D28',version='v1')", "(period='D30',version='v2')", "(period='D7',version='v3')"} {
			if body := serve(m365.None, "getMicrosoft365CopilotUsageUserDetail"+call); body != "" {
				t.Errorf("%s: got %q", call, body)
			}
		}
	})
	t.Run("a day that is not counted yet has no rows", func(t *testing.T) {
		if records := read(t, serve(m365.None, "getEmailActivityUserDetail(date=2026-11-23)")); len(records) != 1 {
			t.Errorf("%d records", len(records))
		}
	})
	for fault, want := range map[m365.Fault]func(body string, records [][]string) bool{
		m365.HeaderOnly:    func(_ string, r [][]string) bool { return len(r) == 1 },
		m365.Stale:         func(_ string, r [][]string) bool { return r[1][0] == "2026-11-15" },
		m365.ExtraColumn:   func(_ string, r [][]string) bool { return r[0][len(r[0])-2] == "Recipient Type" },
		m365.RenamedColumn: func(_ string, r [][]string) bool { return r[0][1] != "User Principal Name" },
		m365.DroppedColumn: func(_ string, r [][]string) bool {
			return len(r) == 13 && len(r[0]) == 16 && r[0][2] == "Is Deleted" && r[1][2] == "False"
		},
		m365.SwappedColumns: func(_ string, r [][]string) bool {
			return r[0][1] == "Display Name" && r[0][2] == "User Principal Name" && strings.Contains(r[1][2], "@")
		},
		m365.DoubledColumn:    func(_ string, r [][]string) bool { return r[0][1] == r[0][16] && r[1][1] == r[1][16] },
		m365.TranslatedHeader: func(_ string, r [][]string) bool { return len(r) == 13 && r[0][1] == "Spalte 2" },
		m365.NoHeader:         func(_ string, r [][]string) bool { return len(r) == 12 && strings.Contains(r[0][1], "@") },
		m365.NoBOM:            func(b string, _ [][]string) bool { return strings.HasPrefix(b, "Report") },
		m365.CRLF:             func(b string, _ [][]string) bool { return strings.Count(b, "\r\n") == strings.Count(b, "\n") },
		m365.MixedEnds: func(b string, _ [][]string) bool {
			return strings.Count(b, "\r\n")*2 < strings.Count(b, "\n")+2 && strings.Contains(b, "\r\n")
		},
		m365.QuotedBreaks: func(_ string, r [][]string) bool { return len(r) == 13 && strings.Contains(r[1][2], "\n") },
		m365.FormulaNames: func(_ string, r [][]string) bool { return r[1][2][0] == '=' },
		m365.HostileNames: func(b string, r [][]string) bool { return len(r) == 13 && strings.Contains(b, "<script>") },
		m365.Concealed:    func(_ string, r [][]string) bool { return len(r[1][1]) == 32 && len(r[1][2]) == 32 },
		m365.Huge:         func(_ string, r [][]string) bool { return len(r) == 501 },
	} {
		t.Run(string(fault), func(t *testing.T) {
			body := serve(fault, mailboxDetail)
			if !want(body, read(t, body)) {
				t.Errorf("got %q", body[:min(len(body), 400)])
			}
		})
	}
	t.Run("quoted breaks are also in reports without names", func(t *testing.T) {
		if records := read(t, serve(m365.QuotedBreaks, counts7)); len(records) != 8 || records[1][4] != "7\n" {
			t.Errorf("got %q", records)
		}
	})
	for _, fault := range []m365.Fault{m365.Truncated, m365.Ragged, m365.HTMLBody} {
		t.Run(string(fault)+" is not CSV with this header", func(t *testing.T) {
			body := serve(fault, counts7)
			reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff")))
			records, err := reader.ReadAll()
			if err == nil && records[0][0] == "Report Refresh Date" {
				t.Errorf("got %q", body)
			}
		})
	}
	t.Run("no fault delivers a body other than what Served returns", func(t *testing.T) {
		tenant := l.Customers()[0].TenantID
		for _, fault := range []m365.Fault{m365.Truncated, m365.HTMLBody, m365.HostileNames, m365.Slow} {
			served := serve(fault, mailboxDetail)
			if body, err := l.download(tenant, mailboxDetail); err != nil || body != served {
				t.Errorf("%s: got %q, %v", fault, body, err)
			}
		}
	})
}

func TestNoMoreMailboxesAreActiveThanThereAre(t *testing.T) {
	l := start(t, m365.Options{Customers: 3})
	for _, customer := range l.Customers() {
		body := strings.TrimPrefix(string(l.Served(customer.TenantID, "getMailboxUsageMailboxCounts(period='D30')")), "\ufeff")
		records, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if err != nil || len(records) < 30 || records[0][1] != "Total" || records[0][2] != "Active" {
			t.Fatalf("%v: %.200s", err, body)
		}
		for _, record := range records[1:] {
			total, _ := strconv.Atoi(record[1])
			active, err := strconv.Atoi(record[2])
			if err != nil || active > total {
				t.Errorf("record %q", record)
			}
		}
	}
}
