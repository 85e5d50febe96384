package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/config"
	"tenantrollup/internal/refusal"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/runstore/runstoretest"
	"tenantrollup/internal/signin"
	"tenantrollup/internal/standin/m365"
)

// TestThrottledNightInManySlicesOfEveryQuestion makes each report that has a short name
// while the service accepts no more calls for every other customer for a while, and no
// slice gets far. Waiting costs nothing here.
func TestThrottledNightInManySlicesOfEveryQuestion(t *testing.T) {
	t.Parallel()
	for _, short := range report.ShortNames() {
		t.Run(short.Name, func(t *testing.T) {
			t.Parallel()
			throttledNight(t, short)
		})
	}
}

func throttledNight(t *testing.T, short report.ShortName) {
	const customers, slices, gone = 100, 20, 20
	faults := map[int]m365.Fault{gone: m365.TenantGone, 40: m365.ExtraColumn}
	for i := 1; i < customers; i += 2 {
		faults[i] = m365.ServiceSpent
	}
	cloud, err := m365.Start(m365.Options{
		Customers: customers, Seed: 31, Rows: 8, Auth: m365.SecretOnly, Faults: faults, Latency: m365.Latency{Report: 12 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer cloud.Close()
	synctest.Test(t, func(t *testing.T) {
		n := openQuickly(t, cloud, short)
		n.make("")
		record := n.record()
		if record.State != run.StatePublished || record.Customers != customers || record.Slices < slices {
			t.Errorf("record: %+v", record)
		}
		if throttled, service := cloud.Counts().Throttled, m365.ServiceOf(short.Call); throttled[service] < customers/2 {
			t.Errorf("%s refused %d times: %v", service, throttled[service], throttled)
		}
		n.holdsEveryCustomer()

		cloud.SetFault(gone, m365.None)
		time.Sleep(10 * time.Minute)
		n.make(run.ScopeFailed)
		if record := n.record(); record.Failed > 0 {
			t.Errorf("record after the rerun: %+v", record)
		}
		n.holdsEveryCustomer()
	})
}

// quickNight is a night of the program's own wiring without network and storage.
type quickNight struct {
	t         *testing.T
	cloud     *m365.Cloud
	key       run.Key
	call      report.Call
	container runstoretest.Memory
	app       *app
}

func openQuickly(t *testing.T, cloud *m365.Cloud, short report.ShortName) *quickNight {
	t.Helper()
	n := &quickNight{t: t, cloud: cloud, key: run.Key{Report: short.Name, Date: report.DateOf(time.Now())}}
	settings := cloud.Settings()
	delete(settings, "KEY_VAULT_URL")
	maps.Copy(settings, map[string]string{
		"AZURE_CLIENT_SECRET": cloud.ClientSecret(), "REPORTS": short.Name, "CONCURRENCY": "2", "EXECUTION_BUDGET": "40s",
	})
	c, err := config.LoadByHand(func(name string) string { return settings[name] }, nil, n.key.Date)
	if err != nil {
		t.Fatal(err)
	}
	offered, err := offer(c.Reports)
	if err != nil {
		t.Fatal(err)
	}
	secrets := new(refusal.Secrets)
	n.call = c.Reports[0].Call
	n.app = &app{
		config: c, settings: digest(c), client: cloud.InProcess(), store: runstore.New(&n.container), reports: offered,
		secrets: secrets, vault: signin.Variables{ClientSecret: cloud.ClientSecret(), Secrets: secrets},
	}
	return n
}

// make makes the night to its end, slice by slice, as handler night does.
func (n *quickNight) make(scope run.Scope) {
	n.t.Helper()
	log := slog.New(slog.DiscardHandler)
	asked, err := n.app.ask(n.t.Context(), n.key, n.call.String(), wish{scope: scope}, log)
	if err != nil {
		n.t.Fatal(err)
	}
	if made := n.app.make(n.t.Context(), asked, &progress{out: io.Discard}, log); made.err != nil {
		n.t.Fatal(made.err)
	}
}

func (n *quickNight) record() run.Status {
	n.t.Helper()
	record, err := n.app.store.Status(n.t.Context(), n.key)
	if err != nil {
		n.t.Fatal(err)
	}
	return record
}

// csv is the published file without its byte order mark.
func (n *quickNight) csv() []byte {
	n.t.Helper()
	_, body, err := n.container.Get(n.t.Context(), n.key.String()+"/"+n.key.Report+"_"+string(n.key.Date)+".csv")
	if err != nil {
		n.t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	if err != nil || !bytes.HasPrefix(text, []byte("\ufeff")) {
		n.t.Fatalf("the file: %v, begins with %.80q", err, text)
	}
	return text[len("\ufeff"):]
}

// lines are those of the error log by tenant id.
func (n *quickNight) lines() map[string]run.Line {
	n.t.Helper()
	lines := map[string]run.Line{}
	for line, err := range n.app.store.ErrorLog(n.t.Context(), n.key) {
		if err != nil {
			n.t.Fatal(err)
		}
		if _, twice := lines[line.Customer.TenantID]; twice {
			n.t.Errorf("tenant %s is in the error log twice", line.Customer.TenantID)
		}
		lines[line.Customer.TenantID] = line
	}
	return lines
}

// holdsEveryCustomer wants each customer's rows once, or the line that says why there
// are none.
func (n *quickNight) holdsEveryCustomer() {
	n.t.Helper()
	published := map[string][]map[string]string{}
	for _, row := range rowsOf(n.t, n.csv()) {
		published[row["Customer Tenant Id"]] = append(published[row["Customer Tenant Id"]], row)
	}
	lines := n.lines()
	for _, c := range n.cloud.Customers() {
		rows, line := published[c.TenantID], lines[c.TenantID]
		served, want := n.served(c), run.Class("")
		switch {
		case c.Fault == m365.TenantGone:
			served, want = nil, run.TenantGone
		case c.Fault == m365.ServiceSpent && n.call.Kind() == report.Graph && line.Failure.Class == run.Throttled:
			served, want = nil, run.Throttled // for ten minutes, which may be longer than the night
		case len(served) == 0:
			want = run.NoData
		}
		if line.Failure.Class != want || len(rows) != len(served) {
			n.t.Errorf("customer %d, fault %q: %d rows of %d, line %+v, want class %q", c.Index, c.Fault, len(rows), len(served), line, want)
			continue
		}
		for i, cells := range served {
			for column, cell := range cells {
				if got := strings.TrimPrefix(rows[i][column], "'"); got != cell { // a ' keeps a spreadsheet from running it
					n.t.Errorf("customer %d, row %d, %s: %q, served %q", c.Index, i, column, got, cell)
				}
			}
		}
	}
}

// served is what a customer has, by column.
func (n *quickNight) served(c m365.Customer) (rows []map[string]string) {
	n.t.Helper()
	if n.call.Kind() == report.Graph {
		return rowsOf(n.t, bytes.TrimPrefix(n.cloud.Served(c.TenantID, n.call.String()), []byte("\ufeff")))
	}
	for _, object := range n.cloud.Objects(c.TenantID, n.call.Path(n.key.Date, n.key.Date)) {
		rows = append(rows, m365.Cells(object))
		if n.call.First() {
			break
		}
	}
	return rows
}

// rowsOf are the rows of a file, each by column.
func rowsOf(t *testing.T, text []byte) (rows []map[string]string) {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, record := range records {
		if i == 0 {
			continue
		}
		row := map[string]string{}
		for at, cell := range record {
			row[records[0][at]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}
