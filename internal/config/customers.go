package config

import "regexp"

// Customers is where the list of customers comes from; at least one is set.
type Customers struct {
	GDAP      bool     // active delegated admin relationships
	Contracts bool     // the partner's commercial contracts
	TenantIDs []string // named directly: GUIDs in lower case, sorted
}

func (r *reader) customers() Customers {
	const name = "CUSTOMERS_FROM"
	if r.get(name) == "" {
		return Customers{GDAP: true, Contracts: true}
	}
	var from Customers
	for _, entry := range r.list(name) {
		switch {
		case entry == "gdap":
			from.GDAP = true
		case entry == "contracts":
			from.Contracts = true
		case guidForm.MatchString(entry):
			from.TenantIDs = append(from.TenantIDs, entry)
		default:
			r.refuse(name, entry, "accepted: gdap, contracts, tenant ids (GUIDs), with commas between them")
		}
	}
	return from
}

var domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]$`)

func (r *reader) customerFilter(name string) []string {
	entries := r.list(name)
	for _, entry := range entries {
		if !guidForm.MatchString(entry) && !domainForm.MatchString(entry) {
			r.refuse(name, entry, "accepted: tenant ids (GUIDs) and domains such as contoso.onmicrosoft.com, with commas between them")
		}
	}
	return entries
}
