package customers

import (
	"cmp"
	"context"
	"strings"

	"tenantrollup/internal/run"
)

const organizationPath = "/v1.0/organization?$select=id,displayName,verifiedDomains"

// Identify returns c under its organization's own name and initial domain.
// Where the customer doesn't tell, the domain is the one already known, then
// the one that any tenant may look up, then the tenant id. It never fails.
func (d *Directory) Identify(ctx context.Context, c run.Customer) run.Customer {
	name, domain := d.organization(ctx, c.TenantID)
	c.Name = cmp.Or(name, c.Name)
	c.Domain = cmp.Or(domain, c.Domain)
	if c.Domain == "" && ctx.Err() == nil {
		if info, err := d.lookUp(ctx, c.TenantID); err == nil {
			c.Name = cmp.Or(c.Name, info.DisplayName)
			c.Domain = info.DefaultDomainName
		}
	}
	c.Domain = cmp.Or(c.Domain, c.TenantID)
	return c
}

// organization reads https://learn.microsoft.com/graph/api/organization-list;
// empty where it is refused, or is not the tenant's.
func (d *Directory) organization(ctx context.Context, tenantID string) (name, domain string) {
	var answer struct {
		Value []struct {
			ID              string `json:"id"`
			DisplayName     string `json:"displayName"`
			VerifiedDomains []struct {
				Name      string `json:"name"`
				IsInitial bool   `json:"isInitial"`
			} `json:"verifiedDomains"`
		} `json:"value"`
	}
	err := d.o.Graph.GetJSON(ctx, tenantID, organizationPath, &answer)
	if err != nil || len(answer.Value) == 0 {
		return "", ""
	}
	own := answer.Value[0]
	if own.ID != "" && !strings.EqualFold(own.ID, tenantID) {
		return "", "" // somebody else's
	}
	for _, v := range own.VerifiedDomains {
		if v.IsInitial {
			domain = v.Name
		}
	}
	return sensible(own.DisplayName), sensible(domain)
}

// longestName is more than Entra gives a name or a domain, in bytes: every row
// of the customer's repeats it.
const longestName = 1024

func sensible(name string) string {
	if len(name) > longestName {
		return ""
	}
	return name
}
