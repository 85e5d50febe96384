package customers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"tenantrollup/internal/run"
)

// filter is a set of tenant ids and domains, lower case.
type filter map[string]bool

func newFilter(entries []string) filter {
	f := filter{}
	for _, entry := range entries {
		f[strings.ToLower(entry)] = true
	}
	return f
}

func (f filter) has(c run.Customer) bool {
	return f[c.TenantID] || c.Domain != "" && f[strings.ToLower(c.Domain)]
}

// unmatched returns the entries that no customer answers to, sorted.
func (f filter) unmatched(found []run.Customer) []string {
	rest := maps.Clone(f)
	for _, c := range found {
		delete(rest, c.TenantID)
		delete(rest, strings.ToLower(c.Domain))
	}
	return slices.Sorted(maps.Keys(rest))
}

// lookUpsAtOnce bounds the look-ups of domains that the lists don't tell.
const lookUpsAtOnce = 16

// choose applies the filters.
func (d *Directory) choose(ctx context.Context, found []run.Customer) ([]run.Customer, error) {
	rest := append(d.include.unmatched(found), d.exclude.unmatched(found)...)
	if slices.ContainsFunc(rest, isDomain) {
		if err := d.learnDomains(ctx, found); err != nil {
			return nil, err
		}
		rest = append(d.include.unmatched(found), d.exclude.unmatched(found)...)
	}
	for _, entry := range rest {
		unknown := slices.IndexFunc(found, func(c run.Customer) bool { return c.Domain == "" })
		if isDomain(entry) && unknown >= 0 {
			return nil, undecided(entry, found[unknown])
		}
		d.o.Log.Warn("no customer answers to an entry of CUSTOMERS_INCLUDE or CUSTOMERS_EXCLUDE", "entry", entry)
	}
	var chosen []run.Customer
	for _, c := range found {
		if len(d.include) > 0 && !d.include.has(c) {
			continue
		}
		c.Excluded = d.exclude.has(c)
		chosen = append(chosen, c)
	}
	return chosen, nil
}

func isDomain(entry string) bool { return !tenantIDForm.MatchString(entry) }

// learnDomains fills in the domains that the lists did not tell.
func (d *Directory) learnDomains(ctx context.Context, found []run.Customer) error {
	lookUps, ctx := errgroup.WithContext(ctx)
	lookUps.SetLimit(lookUpsAtOnce)
	for i := range found {
		c := &found[i]
		if c.Domain != "" {
			continue
		}
		lookUps.Go(func() error {
			info, err := d.lookUp(ctx, c.TenantID)
			c.Domain = info.DefaultDomainName
			if f, ok := errors.AsType[*run.Failure](err); ok && !f.Transient && f.Class != run.PartnerCredential {
				return nil // this one stays unknown
			}
			return err
		})
	}
	return lookUps.Wait()
}

func undecided(entry string, c run.Customer) *run.Failure {
	return &run.Failure{
		Class: run.PartnerCredential,
		Message: fmt.Sprintf("Nothing tells whether %s of CUSTOMERS_INCLUDE or CUSTOMERS_EXCLUDE is customer %s %s: its domain is not known.",
			entry, c.TenantID, c.Name),
		Remedy: "Write the tenant id instead of the domain, or assign CrossTenantInformation.ReadBasic.All to the app in the partner's own tenant.",
	}
}
