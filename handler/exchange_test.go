package main_test

import (
	"net/http"
	"slices"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// trafficCall is asked for in every cloud.
const trafficCall = "Get-MailFlowStatusReport -StartDate {today-4} -EndDate {today-2}"

// withoutRecords is how a customer ends under a fault of Exchange's; the records of all
// others arrive.
var withoutRecords = map[m365.Fault]run.Class{
	m365.NotConsented:            run.ConsentMissing,
	m365.Unlicensed:              run.NotLicensed,
	m365.HeaderOnly:              run.NoData,
	m365.ServerError:             run.ServiceFault,
	m365.ExchangeNotConsented:    run.ConsentMissing,
	m365.ExchangeNoAppRole:       run.ConsentMissing,
	m365.ExchangeRoleUnsupported: run.RoleMissing,
	m365.ExchangeRoleMissing:     run.RoleMissing,
	m365.ExchangeBareRefusal:     run.RoleMissing,
	m365.ExchangeForeignRedirect: run.ServiceFault,
	m365.ExchangeForeignLink:     run.ServiceFault,
	m365.ExchangeLoop:            run.ServiceFault,
	m365.ExchangeLinkRefused:     run.ServiceFault,
}

func TestNightOfEveryExchangeFault(t *testing.T) {
	t.Parallel()
	kinds := append(m365.ExchangeFaults(),
		m365.NotConsented, m365.Unlicensed, m365.HeaderOnly, m365.ServerError,
		m365.ServerErrorThenFine, m365.Throttled, m365.ThrottledDate, m365.FormulaNames, m365.HostileNames)
	faults := map[int]m365.Fault{}
	for i, kind := range kinds {
		faults[2*i] = kind
	}
	customers := 2*len(kinds) + 2
	p := open(t, m365.Options{Customers: customers, Seed: 5, Faults: faults}, map[string]string{"REPORTS": "traffic=" + trafficCall + "; access"})
	p.night()
	published, failures, record := p.published("traffic"), p.failures("traffic"), p.record("traffic", p.today)
	access := p.access()

	t.Run("every customer is accounted for", func(t *testing.T) {
		if record.State != run.StatePublished || record.Customers != customers || record.WithData != len(published.rows) || len(failures) != customers-record.WithData {
			t.Errorf("%d tenants in the csv, %d in the error log, record: %+v", len(published.rows), len(failures), record)
		}
	})
	t.Run("every cell is the one that was served, under the record's own names", func(t *testing.T) {
		for _, c := range p.Cloud.Customers() {
			if _, none := withoutRecords[c.Fault]; !none {
				sameRecords(t, published, c, p.Cloud.ServedRows(c.TenantID, "Get-MailFlowStatusReport", map[string]any{
					"StartDate": p.daysAgo(4), "EndDate": p.daysAgo(2),
				}))
			}
		}
	})
	t.Run("each fault has its class and a remedy", func(t *testing.T) {
		for _, c := range p.Cloud.Customers() {
			want, none := withoutRecords[c.Fault]
			line, failed := failures[c.TenantID]
			if failed != none || failed && (line.Failure.Class != want || line.Failure.Remedy == "") {
				t.Errorf("fault %q: in the error log is %v, %+v, want %v", c.Fault, failed, line.Failure, want)
			}
		}
	})
	t.Run("access says what keeps cmdlets from working", func(t *testing.T) {
		for _, c := range p.Cloud.Customers() {
			got, class := access[c.TenantID], withoutRecords[c.Fault]
			if slices.Contains([]m365.Fault{m365.ExchangeNotConsented, m365.ExchangeNoAppRole, m365.ExchangeRoleUnsupported, m365.ExchangeBareRefusal}, c.Fault) {
				if got.class != class || got.exchange != string(class) || got.signIn != "ok" || got.graph != "" || got.whatToDo == "" {
					t.Errorf("fault %q: %+v, want %v", c.Fault, got, class)
				}
			} else if c.Fault == m365.None && (got.exchange != "ok" || got.class != "" || got.graph != "") {
				t.Errorf("no fault: %+v", got)
			}
		}
	})
	t.Run("only Microsoft's hosts and our own storage were called", func(t *testing.T) {
		if refused := p.Cloud.Counts().Refused; len(refused) > 0 {
			t.Errorf("refused: %q", refused)
		}
	})
}

// sameRecords compares a customer's rows with the records that it was served.
func sameRecords(t *testing.T, published publication, c m365.Customer, served [][]m365.Cell) {
	t.Helper()
	rows := published.rows[c.TenantID]
	if len(served) == 0 || len(rows) != len(served) {
		t.Errorf("customer %d, fault %q: %d rows, served %d", c.Index, c.Fault, len(rows), len(served))
		return
	}
	for i, cells := range served {
		want := map[string]string{}
		for _, cell := range cells {
			want[cell.Column] = guarded(cell.Text)
		}
		for at, title := range published.header[3:] {
			if got := rows[i][3+at]; got != want[title] {
				t.Errorf("customer %d, fault %q, row %d, %s: %q, served %q", c.Index, c.Fault, i, title, got, want[title])
				return
			}
		}
	}
}

func TestCmdletsWithAPartnersUser(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: 6, Seed: 5, Auth: m365.RefreshToken}, map[string]string{"REPORTS": "traffic=" + trafficCall})
	if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", "{}"); status != http.StatusAccepted {
		t.Fatalf("rerun answered %d %s", status, answer)
	}
	p.idle()
	if record := p.record("traffic", p.today); record.WithData != 6 {
		t.Errorf("record: %+v", record)
	}
}
