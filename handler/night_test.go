package main_test

import (
	"bytes"
	"encoding/csv"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

const (
	countsCall = "getMailboxUsageMailboxCounts(period='D7')"
	detailCall = "getMailboxUsageDetail(period='D7')"
	userCall   = "getEmailActivityUserDetail(period='D7')"
)

// without are the faults that cost a customer its report, and the class and a
// word of the remedy that its line must have.
var without = map[m365.Fault]struct {
	class  run.Class
	remedy string
}{
	m365.NoServicePrincipal: {run.ConsentMissing, "adminconsent?client_id="},
	m365.NotConsented:       {run.ConsentMissing, "adminconsent?client_id="},
	m365.NoRole:             {run.ConsentMissing, "adminconsent?client_id="},
	m365.ConditionalAccess:  {run.BlockedByPolicy, "Conditional Access"},
	m365.TenantGone:         {run.TenantGone, "CUSTOMERS_EXCLUDE"},
	m365.RelationshipEnded:  {run.RelationshipEnded, "relationship"},
	m365.Unlicensed:         {run.NotLicensed, "License the customer"},
	m365.ServerError:        {run.ServiceFault, "next run"},
	m365.ForeignRedirect:    {run.ServiceFault, "Microsoft"},
	m365.CutBody:            {run.MalformedReport, ""},
	m365.ResetBody:          {run.MalformedReport, ""},
	m365.HeaderOnly:         {run.NoData, "two days"},
	m365.Truncated:          {run.MalformedReport, "Rerun"},
	m365.Ragged:             {run.MalformedReport, "Rerun"},
	m365.HTMLBody:           {run.MalformedReport, "Rerun"},
}

// everyFault gives each fault to one customer.
func everyFault(customers int) map[int]m365.Fault {
	faults := map[int]m365.Fault{}
	kinds := m365.Faults()
	for i, fault := range kinds {
		faults[i*customers/len(kinds)] = fault
	}
	return faults
}

func TestNightOfEveryFault(t *testing.T) {
	t.Parallel()
	const customers = 250
	faults := everyFault(customers)
	p := open(t, m365.Options{Customers: customers, Seed: 7, Faults: faults}, map[string]string{"REPORTS": "details=" + detailCall})
	p.night()
	published, failures, record := p.published("details"), p.failures("details"), p.record("details", p.today)

	t.Run("customers = with data + no data + failed + excluded", func(t *testing.T) {
		if record.State != run.StatePublished || record.Customers != customers ||
			record.WithData+record.NoData+record.Failed+record.Excluded != customers {
			t.Errorf("record: %+v", record)
		}
		if record.WithData != len(published.rows) || customers-record.WithData != len(failures) {
			t.Errorf("%d tenants in the csv, %d in the error log, record: %+v", len(published.rows), len(failures), record)
		}
	})
	t.Run("every cell is the one that was served", func(t *testing.T) {
		for _, c := range p.Cloud.Customers() {
			if _, none := without[c.Fault]; !none {
				sameCells(t, published, c, p.Cloud.Served(c.TenantID, detailCall))
			}
		}
	})
	t.Run("each fault has its class and its remedy", func(t *testing.T) {
		for _, c := range p.Cloud.Customers() {
			want, none := without[c.Fault]
			line, failed := failures[c.TenantID]
			if failed != none {
				t.Errorf("fault %q: in the error log is %v, want %v", c.Fault, failed, none)
			} else if failed && (line.Failure.Class != want.class || !strings.Contains(line.Failure.Remedy, want.remedy)) {
				t.Errorf("fault %q: got %+v, want %+v", c.Fault, line.Failure, want)
			}
		}
	})
	t.Run("customers are in order of tenant id, with those set aside after the others", func(t *testing.T) {
		inOrder := slices.DeleteFunc(slices.Clone(published.order), func(tenant string) bool {
			return slices.ContainsFunc(p.Cloud.Customers(), func(c m365.Customer) bool {
				return c.TenantID == tenant && c.Fault == m365.ServerErrorThenFine
			})
		})
		if !slices.IsSorted(inOrder) {
			t.Errorf("order: %q", inOrder)
		}
	})
	t.Run("only Microsoft's hosts and our own storage were called", func(t *testing.T) {
		if refused := p.Cloud.Counts().Refused; len(refused) > 0 {
			t.Errorf("refused: %q", refused)
		}
	})
	t.Run("a customer costs one request of each kind", func(t *testing.T) {
		for _, c := range p.Cloud.Customers() {
			asked := p.Cloud.Counts().Tenants[c.TenantID]
			want := map[m365.Kind]int{m365.KindToken: 1, m365.KindOrganization: 1, m365.KindReport: 1, m365.KindDownload: 1}
			if c.Fault == m365.None && !maps.Equal(asked, want) {
				t.Errorf("customer %d: %v, want %v", c.Index, asked, want)
			}
		}
	})
	t.Run("warnings are counted", func(t *testing.T) {
		got := record.Warnings
		if got[run.WarnStaleData] != 1 || got[run.WarnNamesConcealed] != 1 || got[run.WarnRelationshipEnding] == 0 {
			t.Errorf("warnings: %v", got)
		}
	})
}

// sameCells compares a customer's rows with the body that it was served, read by a
// separate reader.
func sameCells(t *testing.T, published publication, c m365.Customer, body []byte) {
	t.Helper()
	served, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatalf("customer %d: %v", c.Index, err)
	}
	rows := published.rows[c.TenantID]
	if len(rows) != len(served)-1 {
		t.Errorf("customer %d, fault %q: %d rows, served %d", c.Index, c.Fault, len(rows), len(served)-1)
		return
	}
	name, domain := c.OrganizationName, c.InitialDomain
	if c.Fault == m365.OrganizationRefused {
		name, domain = rows[0][1], rows[0][2]
	}
	for i, row := range rows {
		for column, title := range published.header {
			want := ""
			switch {
			case column == 0:
				want = c.TenantID
			case column == 1:
				want = name
			case column == 2:
				want = domain
			default:
				if at := slices.Index(served[0], title); at >= 0 {
					want = served[i+1][at]
				}
			}
			if want = guarded(want); row[column] != want {
				got := row[column]
				t.Errorf("customer %d, fault %q, row %d, %s: %q, served %q", c.Index, c.Fault, i, title, got, want)
				return
			}
		}
	}
}

var plainNumber = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

// behindSeparator finds where a formula begins once the cell is split.
var behindSeparator = regexp.MustCompile("([;\t\r\n])(\"*[=+\\-@＝＋－＠])")

// guarded is the one change that may be made to a cell.
func guarded(cell string) string {
	first, _ := utf8.DecodeRuneInString(cell)
	inside := behindSeparator.ReplaceAllString(cell, "$1'$2")
	if cell != "" && strings.ContainsRune("=+-@＝＋－＠\t\r\n", first) && !plainNumber.MatchString(cell) {
		return "'" + inside
	}
	return inside
}
