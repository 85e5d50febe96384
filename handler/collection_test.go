package main_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// collectionReports are those of the story: with many pages, with nested values, with
// names from elsewhere, and of services that are licensed separately.
var collectionReports = []string{"licenses", "users", "admins", "devices"}

// withoutObjects is how a customer ends under a fault of collections; the objects of
// all others arrive.
var withoutObjects = map[m365.Fault]run.Class{
	m365.NotConsented:           run.ConsentMissing,
	m365.HeaderOnly:             run.NoData,
	m365.CollectionTokenRefused: run.ServiceFault,
	m365.CollectionForeignLink:  run.ServiceFault,
	m365.CollectionBetaLink:     run.ServiceFault,
	m365.CollectionLoop:         run.ServiceFault,
	m365.CollectionNoValue:      run.NoData,
	m365.CollectionTypes:        run.MalformedReport,
}

// linkFaults are those of the link to a further page.
var linkFaults = []m365.Fault{m365.CollectionTokenRefused, m365.CollectionForeignLink, m365.CollectionBetaLink, m365.CollectionLoop}

func TestNightOfEveryCollectionFault(t *testing.T) {
	t.Parallel()
	kinds := append(m365.CollectionFaults(),
		m365.NotConsented, m365.HeaderOnly, m365.ServerErrorThenFine, m365.Throttled, m365.ThrottledDate,
		m365.CutBodyThenFine, m365.ExtraColumn, m365.FormulaNames, m365.HostileNames, m365.QuotedBreaks)
	faults := map[int]m365.Fault{}
	for i, kind := range kinds {
		faults[2*i] = kind
	}
	customers := 2*len(kinds) + 2
	p := open(t, m365.Options{Customers: customers, Seed: 5, Faults: faults}, map[string]string{"REPORTS": strings.Join(collectionReports, "; ")})
	p.night()
	for _, name := range collectionReports {
		t.Run(name, func(t *testing.T) {
			published, failures, record := p.published(name), p.failures(name), p.record(name, p.today)
			if record.State != run.StatePublished || record.Customers != customers || record.WithData != len(published.rows) || len(failures) != customers-record.WithData {
				t.Errorf("%d tenants in the csv, %d in the error log, record: %+v", len(published.rows), len(failures), record)
			}
			for _, c := range p.Cloud.Customers() {
				objects := p.Cloud.Objects(c.TenantID, p.pathOf(name))
				line, failed := failures[c.TenantID]
				switch {
				case len(objects) > 0 && failed:
					t.Errorf("fault %q: %+v", c.Fault, line.Failure)
				case len(objects) > 0:
					sameObjects(t, published, c, objects)
				case !failed && slices.Contains(linkFaults, c.Fault) && len(published.rows[c.TenantID]) < 3:
					// there are too few objects for a second page
				case !failed || line.Failure.Class != classWithout(c.Fault, objects) || line.Failure.Remedy == "":
					t.Errorf("fault %q: in the error log is %v, %+v, want %q", c.Fault, failed, line.Failure, classWithout(c.Fault, objects))
				}
			}
		})
	}
	if refused := p.Cloud.Counts().Refused; len(refused) > 0 {
		t.Errorf("called %q", refused)
	}
}

// classWithout is the class of a customer whose objects don't arrive: nil if the
// service refuses them, and empty if there are none.
func classWithout(fault m365.Fault, objects []json.RawMessage) run.Class {
	if class, known := withoutObjects[fault]; known {
		return class
	}
	if objects == nil {
		return run.NotLicensed
	}
	return run.NoData
}

// pathOf is what a short name asks for.
func (p *place) pathOf(name string) string {
	p.t.Helper()
	call, err := report.Parse(name)
	if err != nil {
		p.t.Fatal(err)
	}
	return call.Path(report.Date(p.today), report.Date(p.today))
}

// sameObjects compares a customer's rows with the objects that it was served.
func sameObjects(t *testing.T, published publication, c m365.Customer, objects []json.RawMessage) {
	t.Helper()
	rows := published.rows[c.TenantID]
	if len(rows) != len(objects) {
		t.Errorf("customer %d, fault %q: %d rows of %d objects", c.Index, c.Fault, len(rows), len(objects))
		return
	}
	for i, object := range objects {
		want := m365.Cells(object)
		for at, title := range published.header[3:] {
			got := rows[i][3+at]
			if title == "productName" || title == "roleDefinition.displayName" {
				continue // which no object has
			}
			if got != guarded(strings.ReplaceAll(want[title], "\r\n", "\n")) && got != guarded(want[title]) {
				t.Errorf("customer %d, fault %q, row %d, %s: %q, served %q", c.Index, c.Fault, i, title, got, want[title])
				return
			}
			delete(want, title)
		}
		for title, text := range want {
			if text != "" {
				t.Errorf("customer %d, row %d: there is no column %s for %q", c.Index, i, title, text)
				return
			}
		}
	}
}
