package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// What is known about a customer's night, in addition to the classes of the error
// log.
const (
	withData run.Class = "with-data" // it has no line in the error log
	unknown  run.Class = "unknown"   // there was no time to look, or the log can't be read
)

// customerNights is one customer in each report.
type customerNights struct {
	customer run.Customer
	known    bool        // a run's list or a log has the customer
	left     bool        // the newest runs did not ask it any more
	newest   report.Date // of the published runs
	reports  []customerReport
}

// customerReport is a customer in the runs of one report, newest first.
type customerReport struct {
	name   string
	nights []customerNight
}

type customerNight struct {
	run   run.Status
	class run.Class
	line  run.Line // of the error log, if it has one
}

// customer shows one customer, in every report that has runs.
func (a *API) customer(w http.ResponseWriter, r *http.Request, f filter) error {
	c, runs, err := a.lookUp(r.Context(), f)
	if err != nil {
		return err
	}
	if !c.known {
		return notFound("customer", "no run of these nights has the customer "+f.customer)
	}
	if prefersPage(r) {
		a.showCustomer(w, r, f, runs, c)
		return nil
	}
	answer(w, http.StatusOK, c.shown())
	return nil
}

// lookUp reads the error logs of the runs, newest first, eight at once, for three
// seconds at most, and a list that has the customer. The newest logs are read beside
// the list of runs, which says whether they count.
func (a *API) lookUp(ctx context.Context, f filter) (*customerNights, []run.Status, error) {
	looking, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	logs := newCustomerLogs(a.Runs, f.customer)
	for _, key := range a.newestNights(f) {
		logs.read(looking, key)
	}
	runs, err := a.runsOf(ctx, f, a.reportsOf(f), f.from)
	if err != nil {
		return nil, nil, err
	}
	c := &customerNights{}
	var unread error
	var listed sync.WaitGroup
	listed.Go(func() { c.customer, c.known, c.left, unread = a.listed(looking, f.customer, runs) })
	for _, status := range runs {
		if lacksSomebody(status) {
			logs.read(looking, status.Key())
		}
	}
	logs.reading.Wait()
	listed.Wait()
	nights, err := a.nightsOfCustomer(looking, runs, logs)
	for _, night := range slices.Backward(nights) {
		c.nameAs(night.line.Customer) // the newest is the last
	}
	if err = cmp.Or(err, unread); err != nil && !c.known {
		return nil, nil, err
	}
	if len(nights) > 0 {
		c.newest = nights[0].run.Date
	}
	nights = a.untilItLeft(looking, c, nights)
	byReport := map[string][]customerNight{}
	for _, night := range nights {
		byReport[night.run.Report] = append(byReport[night.run.Report], night)
	}
	for _, name := range a.shownReports(f, runs) {
		c.reports = append(c.reports, customerReport{name, byReport[name]})
	}
	return c, runs, nil
}

// nameAs takes the names of a line of the log, which are the organization's own.
func (c *customerNights) nameAs(logged run.Customer) {
	c.known = c.known || logged.TenantID != ""
	c.customer.Name = cmp.Or(logged.Name, c.customer.Name)
	c.customer.Domain = cmp.Or(logged.Domain, c.customer.Domain)
}

// shownCustomer is a customer as JSON answers show it.
type shownCustomer struct {
	TenantID string                `json:"tenantId"`
	Name     string                `json:"name"`
	Domain   string                `json:"domain"`
	Ends     report.Date           `json:"ends,omitempty"` // the last relationship
	Sources  run.SourceSet         `json:"sources,omitempty"`
	Reports  []shownCustomerReport `json:"reports"`
}

type shownCustomerReport struct {
	Report        string       `json:"report"`
	Class         run.Class    `json:"class"` // in the newest run, as what follows
	Message       string       `json:"message,omitempty"`
	Remedy        string       `json:"remedy,omitempty"`
	CorrelationID string       `json:"correlationId,omitempty"`
	Nights        []shownNight `json:"nights"` // newest first
}

type shownNight struct {
	Date  report.Date `json:"date"`
	Class run.Class   `json:"class"`
}

func (c *customerNights) shown() shownCustomer {
	s := shownCustomer{
		TenantID: c.customer.TenantID, Name: c.customer.Name, Domain: c.customer.Domain, Ends: c.customer.Ends, Sources: c.customer.Sources,
		Reports: []shownCustomerReport{},
	}
	for _, one := range c.reports {
		if len(one.nights) == 0 {
			continue
		}
		newest := one.nights[0]
		shown := shownCustomerReport{
			Report: one.name, Class: newest.class,
			Message: newest.line.Failure.Message, Remedy: newest.line.Failure.Remedy, CorrelationID: newest.line.Failure.CorrelationID,
		}
		for _, night := range one.nights {
			shown.Nights = append(shown.Nights, shownNight{night.run.Date, night.class})
		}
		s.Reports = append(s.Reports, shown)
	}
	return s
}
