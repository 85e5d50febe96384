package customers

import (
	"context"
	"errors"

	"tenantrollup/internal/run"
)

type tenantInformation struct {
	DefaultDomainName string `json:"defaultDomainName"`
	DisplayName       string `json:"displayName"`
}

var errUnreadable = &run.Failure{
	Class:   run.ConsentMissing,
	Message: "The app may not look up tenants.",
	Remedy:  "Assign CrossTenantInformation.ReadBasic.All to the app in the partner's own tenant.",
}

// lookUp asks for what any tenant tells any other tenant
// (https://learn.microsoft.com/graph/api/tenantrelationship-findtenantinformationbytenantid).
// Once it has been forbidden, it is not tried again.
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
