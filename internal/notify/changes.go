package notify

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
	"unicode"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// changes is what differs from the publication before this one.
type changes struct {
	// Since is the date of that publication. A rerun of the failed customers is
	// compared with what it replaces, so there it is the run's own date.
	Since report.Date `json:"since"`
	// NewlyFailing are the customers that fail now and did not fail before;
	// Recovered are those that failed before, and now have data or no data.
	NewlyFailing group `json:"newlyFailing"`
	Recovered    group `json:"recovered"`
	// CustomerList is nil if there is no list of all customers to compare with.
	CustomerList *customerList `json:"customerList,omitempty"`
}

// customerList is what differs from the last list of all customers.
type customerList struct {
	Since report.Date `json:"since"`
	New   group       `json:"new"`
	Gone  group       `json:"gone"`
}

// group counts customers and names the first of them.
type group struct {
	Count     int       `json:"count"`
	Customers customers `json:"customers"`
}

// customers is a list even where it is empty: templates of cards count it, and count
// the letters of a placeholder instead if the member is missing.
type customers []named

// MarshalJSON never writes null.
func (c customers) MarshalJSON() ([]byte, error) { return json.Marshal(append([]named{}, c...)) }

type named struct {
	TenantID string    `json:"tenantId"`
	Name     string    `json:"name"`
	Domain   string    `json:"domain"`
	Class    run.Class `json:"class,omitempty"`
}

// Teams accepts no message of more than 28 KB, and every group may be full.
const (
	namedMost    = 20
	nameLength   = 50  // characters
	reasonLength = 800 // characters; no run with a reason has changes
)

func (g *group) add(c run.Customer, class run.Class) {
	g.Count++
	if g.Count <= namedMost {
		g.Customers = append(g.Customers, named{c.TenantID, visible(c.Name, nameLength), visible(c.Domain, nameLength), class})
	}
}

// visible clips text and replaces invisible characters, which may change how the
// rest is displayed: customers choose their own names.
func visible(text string, most int) string {
	return run.Clip(strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return ' '
	}, text), most)
}

// listsBack is how many publications are searched for a list of all customers:
// a rerun of the failed customers has none.
const listsBack = 7

// compare returns what a publication has changed, or nil if it is the first. It
// keeps only the ids of the customers that were failing in memory, and streams
// everything else.
func compare(ctx context.Context, runs Runs, key run.Key, checkpoint run.Checkpoint) (*changes, error) {
	if checkpoint.Scope == run.ScopeFailed {
		return compareRerun(ctx, runs, key, checkpoint)
	}
	lastKey, last, err := runs.LastPublished(ctx, key.Report, checkpoint.Call, key.Date)
	if err != nil || last.Run == "" {
		return nil, err
	}
	failed, err := failingInLog(runs.ErrorLog(ctx, lastKey))
	if err != nil {
		return nil, err
	}
	c := &changes{Since: lastKey.Date}
	if err := c.readLog(runs.ErrorLog(ctx, key), failed); err != nil {
		return nil, err
	}
	for back := 1; last.Run != "" && last.Scope == run.ScopeFailed && back < listsBack; back++ {
		if lastKey, last, err = runs.LastPublished(ctx, key.Report, checkpoint.Call, lastKey.Date); err != nil {
			return nil, err
		}
	}
	var old iter.Seq2[run.Customer, error]
	if last.Run != "" && last.Scope != run.ScopeFailed {
		c.CustomerList = &customerList{Since: lastKey.Date}
		old = runs.Customers(ctx, lastKey, last, 0)
	}
	return c, c.walk(runs.Customers(ctx, key, checkpoint, 0), old, failed)
}

// compareRerun returns what a rerun of the failed customers has changed. Its
// customer list contains them with their old lines.
func compareRerun(ctx context.Context, runs Runs, key run.Key, checkpoint run.Checkpoint) (*changes, error) {
	failed, err := failingInList(runs.Customers(ctx, key, checkpoint, 0))
	if err != nil {
		return nil, err
	}
	c := &changes{Since: key.Date}
	if err := c.readLog(runs.ErrorLog(ctx, key), failed); err != nil {
		return nil, err
	}
	return c, c.walk(runs.Customers(ctx, key, checkpoint, 0), nil, failed)
}

func failing(class run.Class) bool { return !class.HasNothing() && class != run.Excluded }

func failingInLog(log iter.Seq2[run.Line, error]) (map[string]bool, error) {
	ids := map[string]bool{}
	for line, err := range log {
		if err != nil {
			return nil, err
		}
		if failing(line.Failure.Class) {
			ids[line.Customer.TenantID] = true
		}
	}
	return ids, nil
}

// failingInList reads the old lines in the customer list of a rerun of the failed
// customers.
func failingInList(customers iter.Seq2[run.Customer, error]) (map[string]bool, error) {
	return failingInLog(func(yield func(run.Line, error) bool) {
		for customer, err := range customers {
			line := run.Line{}
			if err == nil {
				line, err = run.ParseLine(customer.Line)
			}
			if !yield(line, err) {
				return
			}
		}
	})
}

// readLog collects the newly failing customers, and deletes from before those
// that have not recovered.
func (c *changes) readLog(log iter.Seq2[run.Line, error], before map[string]bool) error {
	for line, err := range log {
		if err != nil {
			return err
		}
		id, class := line.Customer.TenantID, line.Failure.Class
		if failing(class) && !before[id] {
			c.NewlyFailing.add(line.Customer, class)
		}
		if !class.HasNothing() {
			delete(before, id)
		}
	}
	return nil
}

// walk goes through the current and the old customer list side by side, both sorted
// by tenant id. Without an old list, no customer is new or gone.
func (c *changes) walk(now, old iter.Seq2[run.Customer, error], recovered map[string]bool) error {
	if old == nil {
		old = func(func(run.Customer, error) bool) {}
	}
	next, stop := iter.Pull2(old)
	defer stop()
	was, err, more := next()
	for customer, problem := range now {
		if problem != nil {
			return problem
		}
		if recovered[customer.TenantID] {
			c.Recovered.add(customer, "")
		}
		for ; more && err == nil && was.TenantID < customer.TenantID; was, err, more = next() {
			c.gone(was)
		}
		if err != nil {
			return err
		}
		if more && was.TenantID == customer.TenantID {
			was, err, more = next()
		} else if c.CustomerList != nil {
			c.CustomerList.New.add(customer, "")
		}
	}
	for ; more && err == nil; was, err, more = next() {
		c.gone(was)
	}
	return err
}

func (c *changes) gone(customer run.Customer) { c.CustomerList.Gone.add(customer, "") }
