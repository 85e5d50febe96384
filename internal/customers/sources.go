package customers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// source is one place that customers come from.
type source struct {
	is         run.SourceSet
	wanted     bool   // by the settings
	counted    bool   // in a run's record, to warn when it becomes empty
	permission string // what the app needs to read it
	list       func(context.Context) ([]run.Customer, error)
}

// answer is what a source knows: each customer once, and items that name none.
type answer struct {
	customers, odd []run.Customer
	others         map[string][]string // see otherDomains
}

// allSources is the table of them. What an earlier one says about a customer takes
// precedence over what a later one says.
func (d *Directory) allSources() []source {
	return []source{
		{run.SourceGDAP, d.o.GDAP, true, "DelegatedAdminRelationship.Read.All", d.relationships},
		{run.SourceContracts, d.o.Contracts, true, "Directory.Read.All", d.contracts},
		{run.SourceTenantIDs, len(d.o.TenantIDs) > 0, false, "", d.given},
	}
}

// name is the one that people know from CUSTOMERS_FROM.
func (s source) name() string { return s.is.Names()[0] }

func (s source) read(ctx context.Context) (answer, error) {
	found, err := s.list(ctx)
	if err != nil {
		return answer{}, s.failure(err)
	}
	var a answer
	var usable []run.Customer
	for _, c := range found {
		c.Sources = s.is
		if c.TenantID = strings.ToLower(c.TenantID); tenantIDForm.MatchString(c.TenantID) {
			usable = append(usable, c)
		} else {
			a.odd = append(a.odd, c)
		}
	}
	a.customers = merge(usable)
	a.others = otherDomains(usable, a.customers)
	return a, nil
}

// given returns the tenants that the settings name.
func (d *Directory) given(context.Context) (found []run.Customer, err error) {
	for _, id := range d.o.TenantIDs {
		found = append(found, run.Customer{TenantID: id})
	}
	return found, nil
}

// MLT_ marks what Microsoft's move from DAP to GDAP left behind.
const leftover = "MLT_"

const (
	contractsPath = "/v1.0/contracts?$select=customerId,defaultDomainName,displayName&$top=300"
	gdapPath      = "/v1.0/tenantRelationships/delegatedAdminRelationships" +
		"?$filter=status%20eq%20'active'&$select=displayName,customer,endDateTime,autoExtendDuration&$top=300"
)

// contracts reads https://learn.microsoft.com/graph/api/contract-list. Domain
// and name are copies from when the contract was made.
func (d *Directory) contracts(ctx context.Context) ([]run.Customer, error) {
	type contract struct {
		CustomerID        string `json:"customerId"`
		DefaultDomainName string `json:"defaultDomainName"`
		DisplayName       string `json:"displayName"`
	}
	var found []run.Customer
	for c, err := range msapi.Pages[contract](ctx, d.o.Graph, d.o.PartnerTenantID, contractsPath) {
		if err != nil {
			return nil, err
		}
		found = append(found, run.Customer{TenantID: c.CustomerID, Name: c.DisplayName, Domain: c.DefaultDomainName})
	}
	return found, nil
}

// relationships reads
// https://learn.microsoft.com/graph/api/tenantrelationship-list-delegatedadminrelationships.
// A customer with a relationship that extends itself at its end has no end.
func (d *Directory) relationships(ctx context.Context) ([]run.Customer, error) {
	type relationship struct {
		DisplayName string `json:"displayName"`
		Customer    struct {
			TenantID    string `json:"tenantId"`
			DisplayName string `json:"displayName"`
		} `json:"customer"`
		EndDateTime        time.Time `json:"endDateTime"`
		AutoExtendDuration string    `json:"autoExtendDuration"`
	}
	var found []run.Customer
	endless := map[string]bool{}
	for r, err := range msapi.Pages[relationship](ctx, d.o.Graph, d.o.PartnerTenantID, gdapPath) {
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(r.DisplayName, leftover) {
			continue
		}
		c := run.Customer{TenantID: r.Customer.TenantID, Name: r.Customer.DisplayName}
		if !r.EndDateTime.IsZero() {
			c.Ends = report.DateOf(r.EndDateTime)
		}
		found = append(found, c)
		if r.AutoExtendDuration != "" && !slices.Contains(notExtended, r.AutoExtendDuration) {
			endless[strings.ToLower(c.TenantID)] = true
		}
	}
	for i, c := range found {
		if endless[strings.ToLower(c.TenantID)] {
			found[i].Ends = ""
		}
	}
	return found, nil
}

// notExtended are the durations by which a relationship is not extended at its end.
//
// Source: https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship
var notExtended = []string{"PT0S", "P0D"}

// failure names the source, and the permission if that is what is missing.
func (s source) failure(err error) error {
	f, ok := errors.AsType[*run.Failure](err)
	if !ok {
		return fmt.Errorf("customers from %s: %w", s.name(), err)
	}
	named := *f
	named.Message = fmt.Sprintf("Customers from %s: %s", s.name(), f.Message)
	if f.Class == run.ConsentMissing || f.Class == run.RoleMissing {
		named.Class = run.PartnerCredential
		named.Remedy = fmt.Sprintf("Assign the application permission %s to the app's service principal in the partner's own tenant, or remove %s from CUSTOMERS_FROM.",
			s.permission, s.name())
	}
	if strings.Contains(f.Message, absent) {
		named.Class = run.PartnerCredential
		named.Remedy = fmt.Sprintf("Remove %s from CUSTOMERS_FROM, because this cloud's Graph does not have it.", s.name())
	}
	return &named
}

// absent are Graph's words for something that one cloud has and another has not:
// Graph's schema of China has no delegatedAdminRelationships
// (https://github.com/microsoftgraph/msgraph-metadata).
const absent = "Resource not found for the segment"
