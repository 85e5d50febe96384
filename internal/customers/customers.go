// Package customers finds the partner's customers: its contracts, its active
// delegated admin relationships and the tenants named in the settings, as one list.
//
// It promises a sorted list without duplicates, with tenant ids in lower case. A
// source that refuses or breaks off is an error, never a shorter list; so is an
// empty list, and a domain in the filters that may belong to a customer whose
// domain nobody knows (an excluded customer is never signed in to).
package customers

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/run"
)

// Options say where customers are looked for and which are wanted.
type Options struct {
	Graph           *msapi.Client
	PartnerTenantID string
	GDAP, Contracts bool
	TenantIDs       []string // customers named in the settings
	// Include and Exclude hold tenant ids and domains. An empty Include wants all.
	Include, Exclude []string
	Kept             *msapi.Shelf // organizations for the runs that follow; may be nil
	Log              *slog.Logger
}

// Directory knows the partner's customers. Identify and RulesOut are safe for
// concurrent use once Customers or Ready has returned.
type Directory struct {
	o                Options
	sources          []source // those that are wanted
	include, exclude filter
	others           map[string][]string // see otherDomains; set by everybody
	// Set once learn has read the lists:
	listed      map[string]string // domains by tenant id; nil if no filter names one
	strayDomain bool              // an entry is a domain that no customer in them has
	// unreadable is set once Graph has said that the app may not look up tenants.
	unreadable atomic.Bool
}

// New returns the directory of one partner.
func New(o Options) *Directory {
	d := &Directory{o: o, include: newFilter(o.Include), exclude: newFilter(o.Exclude)}
	d.sources = slices.DeleteFunc(d.allSources(), func(s source) bool { return !s.wanted })
	return d
}

// Customers reads the sources and applies the filters: customers that are not
// included are left out, excluded ones are marked. The base counts what each of
// Microsoft's sources knows, warns of items that name no tenant, and notes the
// entries of the filters that match nobody. Errors are *run.Failure, or ctx's
// own.
func (d *Directory) Customers(ctx context.Context) ([]run.Customer, run.Base, error) {
	all, base, err := d.everybody(ctx)
	if err != nil {
		return nil, run.Base{}, err
	}
	if base.Notes, err = d.learn(ctx, all); err != nil {
		return nil, run.Base{}, err
	}
	chosen := d.choose(all)
	if len(chosen) == 0 {
		return nil, run.Base{}, d.nobodyIncluded()
	}
	return chosen, base, nil
}

// everybody reads the sources as one list, without the filters. An empty list is an
// error.
func (d *Directory) everybody(ctx context.Context) ([]run.Customer, run.Base, error) {
	answers := make([]answer, len(d.sources))
	reading, readCtx := errgroup.WithContext(ctx)
	for i, s := range d.sources {
		reading.Go(func() (err error) {
			answers[i], err = s.read(readCtx)
			return err
		})
	}
	if err := reading.Wait(); err != nil {
		return nil, run.Base{}, err
	}
	base := run.Base{Sources: run.Sources{}}
	var told []any
	var found []run.Customer
	d.others = map[string][]string{}
	for i, s := range d.sources {
		found = append(found, answers[i].customers...)
		maps.Copy(d.others, answers[i].others) // only contracts have domains
		told = append(told, s.name(), len(answers[i].customers))
		if s.counted {
			base.Sources[s.name()] = len(answers[i].customers)
		}
		for _, odd := range answers[i].odd {
			base.AddWarning(run.WarnOddCustomer)
			d.o.Log.Warn("an item without a usable tenant id was skipped", slog.String("source", s.name()),
				slog.String("customer", odd.Name), slog.String("tenant", run.Clip(odd.TenantID, oddShown)), slog.String("class", string(run.WarnOddCustomer)))
		}
	}
	d.o.Log.Info("customers read", told...)
	if found = merge(found); len(found) == 0 {
		return nil, run.Base{}, d.nobody("No customers were found")
	}
	return found, base, nil
}

// oddShown is how much of an invalid tenant id the log quotes, in characters.
const oddShown = 60

// Choice is what the filters make of the partner's customers.
type Choice struct {
	All      int // the customers of all sources, none twice
	Asked    int // those that are neither excluded nor left out
	Excluded int // by CUSTOMERS_EXCLUDE
	Notes    []string
}

// Choice reads all sources and counts what the filters leave. Errors are those of
// Customers.
func (d *Directory) Choice(ctx context.Context) (Choice, error) {
	all, _, err := d.everybody(ctx)
	if err != nil {
		return Choice{}, err
	}
	c := Choice{All: len(all)}
	if c.Notes, err = d.learn(ctx, all); err != nil {
		return c, err
	}
	for _, customer := range d.choose(all) {
		if customer.Excluded {
			c.Excluded++
		} else {
			c.Asked++
		}
	}
	if c.Asked+c.Excluded == 0 {
		return c, d.nobodyIncluded()
	}
	return c, nil
}

// Source is one source of customers, with how many it has or why it doesn't say.
type Source struct {
	Name      string // as in CUSTOMERS_FROM
	Customers int
	Err       error
}

// Sources reads each source by itself, without the filters.
func (d *Directory) Sources(ctx context.Context) []Source {
	var sources []Source
	for _, s := range d.sources {
		found, err := s.read(ctx)
		sources = append(sources, Source{s.name(), len(found.customers), err})
	}
	return sources
}

var tenantIDForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// merge combines customers by tenant id; the first known value stays, and of
// several relationships the one that ends last counts.
func merge(found []run.Customer) []run.Customer {
	byID := map[string]run.Customer{}
	for _, c := range found {
		known := byID[c.TenantID]
		byID[c.TenantID] = run.Customer{
			TenantID: c.TenantID,
			Name:     cmp.Or(known.Name, c.Name),
			Domain:   cmp.Or(known.Domain, c.Domain),
			Ends:     max(known.Ends, c.Ends),
			Sources:  known.Sources | c.Sources,
		}
	}
	return slices.SortedFunc(maps.Values(byID), func(a, b run.Customer) int {
		return cmp.Compare(a.TenantID, b.TenantID)
	})
}

func (d *Directory) nobodyIncluded() *run.Failure {
	return d.nobody("CUSTOMERS_INCLUDE matches none of the customers found")
}

func (d *Directory) nobody(what string) *run.Failure {
	var sources []string
	for _, s := range d.sources {
		sources = append(sources, s.name())
	}
	return &run.Failure{
		Class:   run.PartnerCredential,
		Message: fmt.Sprintf("%s (CUSTOMERS_FROM: %s).", what, strings.Join(sources, ", ")),
		Remedy: "Check that PARTNER_TENANT_ID is the tenant that holds the relationships, that they are active, and CUSTOMERS_FROM and CUSTOMERS_INCLUDE. " +
			"Microsoft returns an empty gdap list to apps that may not read it.",
	}
}
