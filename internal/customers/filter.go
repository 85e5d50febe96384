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

// has reports whether an entry is the customer's tenant id or one of the domains.
func (f filter) has(tenantID string, domains ...string) bool {
	return f[tenantID] || slices.ContainsFunc(domains, func(domain string) bool { return f[strings.ToLower(domain)] })
}

func (f filter) namesDomain() bool {
	for entry := range f {
		if isDomain(entry) {
			return true
		}
	}
	return false
}

func (d *Directory) filtersDomains() bool { return d.include.namesDomain() || d.exclude.namesDomain() }

// unmatched returns the entries that match no customer, sorted.
func (f filter) unmatched(found []run.Customer, others map[string][]string) []string {
	rest := maps.Clone(f)
	for _, c := range found {
		delete(rest, c.TenantID)
		delete(rest, strings.ToLower(c.Domain))
		for _, domain := range others[c.TenantID] {
			delete(rest, strings.ToLower(domain))
		}
	}
	return slices.Sorted(maps.Keys(rest))
}

// lookUpsAtOnce limits the concurrent look-ups of domains that the lists don't
// have.
const lookUpsAtOnce = 16

// Ready reads the partner's lists if a filter names a domain: only they know which
// domain a customer is excluded by. The notes name the entries that match no
// customer in these lists.
func (d *Directory) Ready(ctx context.Context) (notes []string, err error) {
	if d.listed != nil || !d.filtersDomains() {
		return nil, nil
	}
	all, _, err := d.everybody(ctx)
	if err != nil {
		return nil, err
	}
	return d.learn(ctx, all)
}

// RulesOut reports whether the filters rule out a customer that an earlier list
// has, perhaps under another domain. A customer that has left the partner's lists
// may be the one that a domain stands for: unless its tenant gives its domain, it
// is ruled out.
func (d *Directory) RulesOut(ctx context.Context, c run.Customer) (bool, error) {
	domain, known := d.listed[c.TenantID]
	if !known && d.strayDomain {
		info, err := d.lookUp(ctx, c.TenantID)
		if lasting(err) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		domain = info.DefaultDomainName
	}
	domains := append(d.domainsOf(c), domain)
	return d.exclude.has(c.TenantID, domains...) || len(d.include) > 0 && !d.include.has(c.TenantID, domains...), nil
}

// learn finds out which customer each entry of the filters stands for, looks up
// domains that the lists don't have, and notes the entries that match no customer.
func (d *Directory) learn(ctx context.Context, all []run.Customer) (notes []string, err error) {
	if slices.ContainsFunc(d.unmatched(all), isDomain) {
		if err := d.learnDomains(ctx, all); err != nil {
			return nil, err
		}
	}
	unknown := slices.IndexFunc(all, func(c run.Customer) bool { return c.Domain == "" })
	for _, entry := range d.unmatched(all) {
		if isDomain(entry) && unknown >= 0 {
			return nil, undecided(entry, all[unknown])
		}
		d.strayDomain = d.strayDomain || isDomain(entry)
		d.o.Log.Warn("an entry of CUSTOMERS_INCLUDE or CUSTOMERS_EXCLUDE matches no customer", "entry", entry)
	}
	if d.filtersDomains() { // otherwise nobody needs them, and there may be 100,000
		d.listed = make(map[string]string, len(all))
		for _, c := range all {
			d.listed[c.TenantID] = c.Domain
		}
	}
	return slices.Concat(note("CUSTOMERS_INCLUDE", d.include.unmatched(all, d.others)), note("CUSTOMERS_EXCLUDE", d.exclude.unmatched(all, d.others))), nil
}

func (d *Directory) unmatched(all []run.Customer) []string {
	return append(d.include.unmatched(all, d.others), d.exclude.unmatched(all, d.others)...)
}

// noteLimit keeps long filters out of the record, in characters.
const noteLimit = 400

func note(setting string, unmatched []string) []string {
	if len(unmatched) == 0 {
		return nil
	}
	return []string{run.Clip(setting+" has entries that match no customer: "+strings.Join(unmatched, ", "), noteLimit)}
}

// choose applies the filters to the partner's lists.
func (d *Directory) choose(all []run.Customer) (chosen []run.Customer) {
	for _, c := range all {
		domains := d.domainsOf(c)
		if len(d.include) > 0 && !d.include.has(c.TenantID, domains...) {
			continue
		}
		c.Excluded = d.exclude.has(c.TenantID, domains...)
		chosen = append(chosen, c)
	}
	return chosen
}

// domainsOf returns the domain that counts, and then those that the filters know, too.
func (d *Directory) domainsOf(c run.Customer) []string {
	return append([]string{c.Domain}, d.others[c.TenantID]...)
}

// otherDomains returns, by tenant id, the domains that a source has beside the one
// that counts: each of a customer's contracts has the one of when it was made. merged
// is sorted by tenant id.
func otherDomains(found, merged []run.Customer) map[string][]string {
	others := map[string][]string{}
	for _, c := range found {
		i, _ := slices.BinarySearchFunc(merged, c.TenantID, func(m run.Customer, id string) int { return strings.Compare(m.TenantID, id) })
		if c.Domain != "" && c.Domain != merged[i].Domain {
			others[c.TenantID] = append(others[c.TenantID], c.Domain)
		}
	}
	return others
}

func isDomain(entry string) bool { return !tenantIDForm.MatchString(entry) }

// learnDomains fills in the domains that the lists don't have.
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
			if lasting(err) {
				return nil // this one stays unknown
			}
			return err
		})
	}
	return lookUps.Wait()
}

// lasting reports whether asking again for the domain would not help.
func lasting(err error) bool {
	f, ok := errors.AsType[*run.Failure](err)
	return ok && !f.Transient && f.Class != run.PartnerCredential
}

func undecided(entry string, c run.Customer) *run.Failure {
	return &run.Failure{
		Class: run.PartnerCredential,
		Message: fmt.Sprintf("It is not known whether %s in CUSTOMERS_INCLUDE or CUSTOMERS_EXCLUDE is customer %s %s, because the domain of that customer is unknown.",
			entry, c.TenantID, c.Name),
		Remedy: "Write the tenant id instead of the domain, or assign CrossTenantInformation.ReadBasic.All to the app in the partner's own tenant.",
	}
}
