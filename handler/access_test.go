package main_test

import (
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// permission has the classes for what a customer has to grant, or can't.
var permission = []run.Class{
	run.ConsentMissing, run.RoleMissing, run.RelationshipEnded, run.BlockedByPolicy, run.NotLicensed, run.TenantGone, run.WrongCloud,
}

// accessRow is a customer's row of the report access.
type accessRow struct {
	class                                      run.Class
	whatToDo, consent, signIn, graph, exchange string
	missing, namesConcealed, relationshipEnds  string
}

func (p *place) access() map[string]accessRow {
	p.t.Helper()
	published := p.published("access")
	want := []string{"Customer Tenant Id", "Customer Name", "Customer Domain", "Class", "What To Do", "Consent Address",
		"Sign-in", "Graph Reports", "Exchange", "Missing Permissions", "Names Concealed", "Relationship Ends"}
	if !slices.Equal(published.header, want) {
		p.t.Fatalf("header %q, want %q", published.header, want)
	}
	rows := map[string]accessRow{}
	for tenant, of := range published.rows {
		if len(of) != 1 {
			p.t.Errorf("tenant %s has %d rows", tenant, len(of))
		}
		r := of[0][3:]
		rows[tenant] = accessRow{run.Class(r[0]), r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]}
	}
	return rows
}

func TestAccessNamesTheCustomersThatANightRefuses(t *testing.T) {
	t.Parallel()
	const customers, client = 250, "11111111-2222-4333-8444-555555555555"
	p := open(t, m365.Options{
		Customers: customers, Seed: 7, Faults: everyFault(customers), PartnerClientID: client,
	}, map[string]string{"REPORTS": "details=" + detailCall})
	if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", `{"reports":["access"]}`); status != http.StatusAccepted {
		t.Fatalf("rerun answered %d %s", status, answer)
	}
	p.idle()
	rows, failures, counts := p.access(), p.failures("access"), p.Cloud.Counts()
	p.night()
	night := p.failures("details")

	t.Run("every customer has a row, except one whose service is down", func(t *testing.T) {
		for _, c := range p.Cloud.Customers() {
			_, row := rows[c.TenantID]
			down := c.Fault == m365.ServerError
			if line := failures[c.TenantID]; row == down || (line.Failure.Class == run.ServiceFault) != down {
				t.Errorf("fault %q: in the csv is %t, in the error log %+v", c.Fault, row, line.Failure)
			}
		}
	})
	t.Run("the night refuses exactly the customers that have a class, with that class and remedy", func(t *testing.T) {
		refused := 0
		for _, c := range p.Cloud.Customers() {
			line := night[c.TenantID].Failure
			if !slices.Contains(permission, line.Class) {
				line = run.Failure{}
			}
			if line.Class != "" {
				refused++
			}
			if row := rows[c.TenantID]; row.class != line.Class || row.whatToDo != line.Remedy {
				t.Errorf("fault %q: access says %q %q, the night %q %q", c.Fault, row.class, row.whatToDo, line.Class, line.Remedy)
			}
		}
		if refused < 7 {
			t.Errorf("%d were refused, want each fault of permission", refused)
		}
	})
	t.Run("each service has its own column", func(t *testing.T) {
		for _, c := range p.Cloud.Customers() {
			row, served := rows[c.TenantID], c.Fault != m365.ServerError
			atGraph := c.Fault == m365.NoRole || c.Fault == m365.Unlicensed
			signIn, graph := "ok", "ok"
			switch {
			case atGraph:
				graph = string(row.class)
			case row.class != "":
				signIn, graph = string(row.class), ""
			}
			if served && (row.signIn != signIn || row.graph != graph || row.exchange != "") {
				t.Errorf("fault %q: %+v", c.Fault, row)
			}
		}
	})
	t.Run("the consent address is the customer's own, if consent is missing", func(t *testing.T) {
		for _, c := range p.Cloud.Customers() {
			want := ""
			if without[c.Fault].class == run.ConsentMissing {
				want = "https://login.microsoftonline.com/" + c.TenantID + "/adminconsent?client_id=" + client
			}
			if got := rows[c.TenantID].consent; got != want {
				t.Errorf("fault %q: %q, want %q", c.Fault, got, want)
			}
		}
	})
	t.Run("what was not granted is named", func(t *testing.T) {
		lacks := map[m365.Fault]string{m365.NoRole: "Reports.Read.All", m365.OrganizationRefused: "Organization.Read.All"}
		for _, c := range p.Cloud.Customers() {
			if got := rows[c.TenantID].missing; got != lacks[c.Fault] {
				t.Errorf("fault %q: %q", c.Fault, got)
			}
		}
	})
	t.Run("concealed names and the end of the relationship are reported", func(t *testing.T) {
		told := map[string]int{}
		for _, c := range p.Cloud.Customers() {
			row, listed := rows[c.TenantID]
			told[row.namesConcealed]++
			if (row.namesConcealed == "yes") != (c.Fault == m365.Concealed) {
				t.Errorf("fault %q: concealed %q", c.Fault, row.namesConcealed)
			}
			ends := ""
			if !c.Ends.IsZero() {
				ends = c.Ends.Format(time.DateOnly)
			}
			if listed && row.relationshipEnds != ends {
				t.Errorf("customer %d: ends %q, want %q", c.Index, row.relationshipEnds, ends)
			}
		}
		if told["no"] == 0 || told[""] == 0 {
			t.Errorf("names concealed: %v", told)
		}
	})
	t.Run("a customer costs one request of each kind, and no download", func(t *testing.T) {
		for _, c := range p.Cloud.Customers() {
			want := map[m365.Kind]int{m365.KindToken: 1, m365.KindOrganization: 1, m365.KindReport: 1, m365.KindSettings: 1}
			if asked := counts.Tenants[c.TenantID]; c.Fault == m365.None && !maps.Equal(asked, want) {
				t.Errorf("customer %d: %v, want %v", c.Index, asked, want)
			}
		}
		if n := counts.Kinds[m365.KindDownload].Requests; n > 0 {
			t.Errorf("%d reports were downloaded", n)
		}
	})
}

func TestAccessAsksNoCollectionAndNamesWhatItNeeds(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{
		Customers: few, Seed: 1,
		Permissions: map[int][]string{2: {"Organization.Read.All", "User.Read.All"}, 3: {"Directory.Read.All", "AuditLog.Read.All"}, 4: {}},
	}, map[string]string{"REPORTS": "access; licenses; mfa; sign-in-activity; /groups"})
	if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", `{"reports":["access"]}`); status != http.StatusAccepted {
		t.Fatalf("rerun answered %d %s", status, answer)
	}
	p.idle()
	rows, counts := p.access(), p.Cloud.Counts()
	for _, c := range p.Cloud.Customers() {
		row, missing, class := rows[c.TenantID], "", run.Class("")
		switch c.Index {
		case 2:
			missing, class = "AuditLog.Read.All", run.ConsentMissing
		case 4:
			missing, class = "Organization.Read.All, AuditLog.Read.All, User.Read.All", run.ConsentMissing
		}
		if row.missing != missing || row.class != class || (row.consent != "") != (class != "") || row.signIn != "ok" || row.graph != "" || row.exchange != "" {
			t.Errorf("customer %d: %+v, want %q missing", c.Index, row, missing)
		}
		want := map[m365.Kind]int{m365.KindToken: 1, m365.KindOrganization: 1}
		if asked := counts.Tenants[c.TenantID]; c.Index < 2 && !maps.Equal(asked, want) {
			t.Errorf("customer %d: %v, want %v", c.Index, asked, want)
		}
	}
}

func TestAccessEveryNight(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 1, Faults: map[int]m365.Fault{3: m365.NotConsented}},
		map[string]string{"REPORTS": "access; details=" + detailCall})
	p.night()
	if record := p.record("access", p.today); record.State != run.StatePublished || record.WithData != few {
		t.Errorf("access: %+v", record)
	}
	if record := p.record("details", p.today); record.WithData != few-1 || record.Failed != 1 {
		t.Errorf("details: %+v", record)
	}
	if row := p.access()[p.Cloud.Customers()[3].TenantID]; row.class != run.ConsentMissing {
		t.Errorf("the customer without consent: %+v", row)
	}
}
