package customers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// MLT_ marks what Microsoft's move from DAP to GDAP left behind.
const leftover = "MLT_"

const (
	contractsPath = "/v1.0/contracts?$select=customerId,defaultDomainName,displayName&$top=300"
	gdapPath      = "/v1.0/tenantRelationships/delegatedAdminRelationships" +
		"?$filter=status%20eq%20'active'&$select=displayName,customer,endDateTime&$top=300"
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
			return nil, sourceFailure(err, "contracts", "Directory.Read.All")
		}
		found = append(found, run.Customer{TenantID: c.CustomerID, Name: c.DisplayName, Domain: c.DefaultDomainName})
	}
	return merge(found) // each customer once
}

// relationships reads
// https://learn.microsoft.com/graph/api/tenantrelationship-list-delegatedadminrelationships.
func (d *Directory) relationships(ctx context.Context) ([]run.Customer, error) {
	type relationship struct {
		DisplayName string `json:"displayName"`
		Customer    struct {
			TenantID    string `json:"tenantId"`
			DisplayName string `json:"displayName"`
		} `json:"customer"`
		EndDateTime time.Time `json:"endDateTime"`
	}
	var found []run.Customer
	for r, err := range msapi.Pages[relationship](ctx, d.o.Graph, d.o.PartnerTenantID, gdapPath) {
		if err != nil {
			return nil, sourceFailure(err, "gdap", "DelegatedAdminRelationship.Read.All")
		}
		if strings.HasPrefix(r.DisplayName, leftover) {
			continue
		}
		c := run.Customer{TenantID: r.Customer.TenantID, Name: r.Customer.DisplayName}
		if !r.EndDateTime.IsZero() {
			c.Ends = report.DateOf(r.EndDateTime)
		}
		found = append(found, c)
	}
	return merge(found) // each customer once
}

// sourceFailure names the source, and the permission where that is what lacks.
func sourceFailure(err error, source, permission string) error {
	f, ok := errors.AsType[*run.Failure](err)
	if !ok {
		return fmt.Errorf("customers from %s: %w", source, err)
	}
	named := *f
	named.Message = fmt.Sprintf("Customers from %s: %s", source, f.Message)
	if f.Class == run.ConsentMissing || f.Class == run.RoleMissing {
		named.Class = run.PartnerCredential
		named.Remedy = fmt.Sprintf("Assign the application permission %s to the app's service principal in the partner's own tenant, or take %s out of CUSTOMERS_FROM.",
			permission, source)
	}
	return &named
}

type tenantInformation struct {
	DefaultDomainName string `json:"defaultDomainName"`
	DisplayName       string `json:"displayName"`
}

var errUnreadable = &run.Failure{
	Class:   run.ConsentMissing,
	Message: "The app may not look up tenants.",
	Remedy:  "Assign CrossTenantInformation.ReadBasic.All to the app in the partner's own tenant.",
}

// lookUp asks for what any tenant tells any other
// (https://learn.microsoft.com/graph/api/tenantrelationship-findtenantinformationbytenantid).
// Once it was forbidden it is not tried again.
func (d *Directory) lookUp(ctx context.Context, tenantID string) (tenantInformation, error) {
	if d.unreadable.Load() {
		return tenantInformation{}, errUnreadable
	}
	var info tenantInformation
	path := "/v1.0/tenantRelationships/findTenantInformationByTenantId(tenantId='" + tenantID + "')"
	err := d.o.Graph.GetJSON(ctx, d.o.PartnerTenantID, path, &info)
	if f, ok := errors.AsType[*run.Failure](err); ok && f.Class == run.ConsentMissing {
		d.unreadable.Store(true)
	}
	if err != nil {
		return tenantInformation{}, err
	}
	return info, nil
}
