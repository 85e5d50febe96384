package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// shownNeed is a customer without data as JSON answers show it.
type shownNeed struct {
	TenantID       string      `json:"tenantId"`
	Name           string      `json:"name"`
	Domain         string      `json:"domain"`
	Class          run.Class   `json:"class"`
	Since          report.Date `json:"since,omitempty"` // none for an excluded customer
	OrEarlier      bool        `json:"orEarlier,omitempty"`
	Remedy         string      `json:"remedy"`
	ConsentAddress string      `json:"consentAddress,omitempty"`
	Reports        []shownLack `json:"reports"`
}

// shownLack is a run that has no data for the customer, and why.
type shownLack struct {
	Report    string      `json:"report"`
	Date      report.Date `json:"date"`
	Class     run.Class   `json:"class"`
	StatusURL string      `json:"status_url"`
}

// readRun is a run whose error log was read.
type readRun struct {
	Report    string      `json:"report"`
	Date      report.Date `json:"date"`
	StatusURL string      `json:"status_url"`
}

// customers lists every customer that the newest run of a report has no data for.
func (a *API) customers(w http.ResponseWriter, r *http.Request, f filter) error {
	runs, err := a.runsOf(r.Context(), f, a.reportsOf(f), min(f.from, f.to.AddDays(-nightsBack)))
	if err != nil {
		return err
	}
	n := a.readNeeds(r.Context(), a.newest(f, runs), f.class, f.find)
	n.tonight = newestDate(runs)
	isPage := prefersPage(r) && !f.csv
	shown, pages := n.page(f.page)
	switch {
	case f.csv:
		shown = n.all
	case isPage && f.page > pages:
		f.page = pages
		shown, _ = n.page(pages)
	}
	a.tellSince(r.Context(), n, shown, runsBefore(runs), nil)
	switch {
	case isPage:
		a.logUnread(r.Context(), n)
		a.showCustomers(w, r, f, runs, n, shown, pages)
	case len(n.unread) > 0:
		return n.unread[0].err // an answer to a program is whole
	case f.csv:
		writeCSV(w, fmt.Sprintf("customers_%s.csv", a.Today), needsTable(n.runs, shown))
	default:
		customers, read := []shownNeed{}, []readRun{}
		for _, one := range shown {
			customers = append(customers, one.shown(n.runs))
		}
		for _, key := range n.runs {
			read = append(read, readRun{key.Report, key.Date, statusURL(key)})
		}
		answer(w, http.StatusOK, map[string]any{"customers": customers, "found": len(n.all), "page": f.page, "pages": pages, "runs": read})
	}
	return nil
}

// reportsOf names the report that is wanted, or all that are in REPORTS.
func (a *API) reportsOf(f filter) []string {
	if f.report != "" {
		return []string{f.report}
	}
	var names []string
	for _, known := range a.Reports {
		names = append(names, known.Name)
	}
	return names
}

// newest returns the newest published run of each report among runs, which are
// newest first: of the report that is wanted, or of all that are in REPORTS.
func (a *API) newest(f filter, runs []run.Status) []run.Key {
	var keys []run.Key
	for _, name := range a.reportsOf(f) {
		i := slices.IndexFunc(runs, func(s run.Status) bool { return s.Report == name && s.Date >= f.from && s.HasFiles() })
		if i >= 0 {
			keys = append(keys, runs[i].Key())
		}
	}
	return keys
}

// newestDate is that of the first run; there may be none.
func newestDate(runs []run.Status) report.Date {
	if len(runs) == 0 {
		return ""
	}
	return runs[0].Date
}

// runsBefore returns what finds a report's earlier nights among runs, which are
// newest first.
func runsBefore(runs []run.Status) func(run.Key) []run.Status {
	return func(of run.Key) []run.Status {
		var earlier []run.Status
		for _, status := range runs {
			if status.Report == of.Report && status.Date < of.Date && status.Date >= of.Date.AddDays(-nightsBack) {
				earlier = append(earlier, status)
			}
		}
		return earlier
	}
}

func (n *need) shown(runs []run.Key) shownNeed {
	customer := n.line.Customer
	s := shownNeed{
		TenantID: customer.TenantID, Name: customer.Name, Domain: customer.Domain,
		Class: n.Class(), Since: n.since, OrEarlier: n.earlier, Remedy: n.line.Failure.Remedy, ConsentAddress: n.consent,
	}
	for _, l := range n.lacks {
		key := runs[l.run]
		s.Reports = append(s.Reports, shownLack{key.Report, key.Date, l.class, statusURL(key)})
	}
	return s
}

// needsTable is the list as a table, for a spreadsheet or a ticket system.
func needsTable(runs []run.Key, shown []*need) [][]string {
	rows := [][]string{{"Tenant Id", "Name", "Domain", "Class", "Since", "Or Earlier", "What To Do", "Consent Address", "Reports"}}
	for _, one := range shown {
		s := one.shown(runs)
		var names []string
		for _, lacking := range s.Reports {
			names = append(names, lacking.Report)
		}
		earlier := ""
		if s.OrEarlier {
			earlier = "yes"
		}
		rows = append(rows, []string{
			s.TenantID, s.Name, s.Domain, string(s.Class), string(s.Since), earlier, s.Remedy, s.ConsentAddress, strings.Join(names, ", "),
		})
	}
	return rows
}

// writeCSV answers with a file that a spreadsheet opens and runs no cell of.
func writeCSV(w http.ResponseWriter, name string, rows [][]string) {
	body := bytes.NewBufferString("\ufeff")
	table := csv.NewWriter(body)
	table.UseCRLF = true
	for _, row := range rows {
		for i, cell := range row {
			row[i] = guarded(cell)
		}
		table.Write(row)
	}
	table.Flush()
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.WriteHeader(http.StatusOK)
	w.Write(body.Bytes())
}

// guarded keeps a cell from being run as a formula, whole or split at its
// semicolons, as Excel does in much of Europe.
func guarded(cell string) string {
	parts := strings.Split(cell, ";")
	for i, part := range parts {
		parts[i] = run.Guard(part)
	}
	return strings.Join(parts, ";")
}
