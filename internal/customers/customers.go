// Package customers finds the partner's customers: its contracts, its active
// delegated admin relationships and the tenants given outright, as one list.
//
// It promises: no tenant twice, sorted, tenant ids in lower case; a source that
// refuses or breaks off is an error, never a shorter list; so is an empty list,
// and a domain in the filters that cannot be told from customers whose domain
// nobody knows (an excluded customer is never signed in to).
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
	TenantIDs       []string // customers given outright
	// Include and Exclude hold tenant ids and domains. An empty Include wants all.
	Include, Exclude []string
	Log              *slog.Logger
}

// Directory knows the partner's customers. It is safe for concurrent use.
type Directory struct {
	o                Options
	sources          []source // those that are wanted
	include, exclude filter
	// unreadable is set once Graph said that the app may not look up tenants.
	unreadable atomic.Bool
}

// New returns the directory of one partner.
func New(o Options) *Directory {
	d := &Directory{o: o, include: newFilter(o.Include), exclude: newFilter(o.Exclude)}
	d.sources = slices.DeleteFunc(d.allSources(), func(s source) bool { return !s.wanted })
	return d
}

// Customers reads the sources and counts what each of Microsoft's knows. Customers
// that are not included are left out, excluded ones are marked. Errors are
// *run.Failure, or ctx's own.
func (d *Directory) Customers(ctx context.Context) ([]run.Customer, run.Sources, error) {
	lists := make([][]run.Customer, len(d.sources))
	reading, readCtx := errgroup.WithContext(ctx)
	for i, s := range d.sources {
		reading.Go(func() (err error) {
			lists[i], err = s.read(readCtx)
			return err
		})
	}
	if err := reading.Wait(); err != nil {
		return nil, nil, err
	}
	counts := run.Sources{}
	var told []any
	for i, s := range d.sources {
		told = append(told, s.name, len(lists[i]))
		if s.counted {
			counts[s.name] = len(lists[i])
		}
	}
	d.o.Log.Info("customers read", told...)

	found, err := merge(lists...)
	if err != nil {
		return nil, nil, err
	}
	if len(found) == 0 {
		return nil, nil, d.nobody("No customers were found")
	}
	if found, err = d.choose(ctx, found); err != nil {
		return nil, nil, err
	}
	if len(found) == 0 {
		return nil, nil, d.nobody("CUSTOMERS_INCLUDE leaves no customer of those found")
	}
	return found, counts, nil
}

// Source is one source of customers, and how many it knows or why it doesn't
// tell.
type Source struct {
	Name      string // as in CUSTOMERS_FROM
	Customers int
	Err       error
}

// Sources reads each source by itself, filters aside.
func (d *Directory) Sources(ctx context.Context) []Source {
	var sources []Source
	for _, s := range d.sources {
		found, err := s.read(ctx)
		sources = append(sources, Source{s.name, len(found), err})
	}
	return sources
}

var tenantIDForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// merge unites the lists by tenant id; what an earlier list knows goes first,
// and of several relationships the one that ends last counts.
func merge(lists ...[]run.Customer) ([]run.Customer, error) {
	byID := map[string]run.Customer{}
	for _, list := range lists {
		for _, c := range list {
			c.TenantID = strings.ToLower(c.TenantID)
			if !tenantIDForm.MatchString(c.TenantID) {
				return nil, &run.Failure{
					Class:   run.ServiceFault,
					Message: fmt.Sprintf("Customer %q has the tenant id %q, which is none.", c.Name, c.TenantID),
					Remedy:  "Correct it in CUSTOMERS_FROM; if it comes from a list of Microsoft's, report it to them.",
				}
			}
			known := byID[c.TenantID]
			byID[c.TenantID] = run.Customer{
				TenantID: c.TenantID,
				Name:     cmp.Or(known.Name, c.Name),
				Domain:   cmp.Or(known.Domain, c.Domain),
				Ends:     max(known.Ends, c.Ends),
			}
		}
	}
	return slices.SortedFunc(maps.Values(byID), func(a, b run.Customer) int {
		return cmp.Compare(a.TenantID, b.TenantID)
	}), nil
}

func (d *Directory) nobody(what string) *run.Failure {
	var sources []string
	for _, s := range d.sources {
		sources = append(sources, s.name)
	}
	return &run.Failure{
		Class:   run.PartnerCredential,
		Message: fmt.Sprintf("%s (CUSTOMERS_FROM: %s).", what, strings.Join(sources, ", ")),
		Remedy: "Check that PARTNER_TENANT_ID is the tenant that holds the relationships, that they are active, and CUSTOMERS_FROM and CUSTOMERS_INCLUDE. " +
			"Microsoft answers an empty gdap list to those who may not see it.",
	}
}
