package customers

import (
	"cmp"
	"context"
	"strings"
	"time"

	"tenantrollup/internal/run"
)

const organizationPath = "/v1.0/organization?$select=id,displayName,verifiedDomains"

// Identify returns c with its organization's own name and initial domain. If the
// customer doesn't give them, the domain is the one already known, otherwise the
// one that any tenant may look up, otherwise the tenant id. It never fails.
func (d *Directory) Identify(ctx context.Context, c run.Customer) run.Customer {
	own := d.organization(ctx, c.TenantID)
	c.Name = cmp.Or(own.name, c.Name)
	c.Domain = cmp.Or(own.domain, c.Domain)
	if c.Domain == "" && ctx.Err() == nil {
		if info, err := d.lookUp(ctx, c.TenantID); err == nil {
			c.Name = cmp.Or(c.Name, info.DisplayName)
			c.Domain = info.DefaultDomainName
		}
	}
	c.Domain = cmp.Or(c.Domain, c.TenantID)
	return c
}

// organization is what the program calls a customer.
type organization struct{ name, domain string }

// organizationLife is how long one run's answer serves the runs that follow.
const organizationLife = time.Hour

// organization returns the tenant's own; it is empty if it is refused, or is
// another tenant's.
func (d *Directory) organization(ctx context.Context, tenantID string) organization {
	if kept, ok := d.o.Kept.Get(tenantID, organizationPath); ok {
		return kept.(organization)
	}
	own := d.readOrganization(ctx, tenantID)
	if own.domain != "" {
		d.o.Kept.Put(tenantID, organizationPath, own, len(own.name)+len(own.domain), time.Now().Add(organizationLife))
	}
	return own
}

// readOrganization reads https://learn.microsoft.com/graph/api/organization-list.
func (d *Directory) readOrganization(ctx context.Context, tenantID string) organization {
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
		return organization{}
	}
	own := answer.Value[0]
	if own.ID != "" && !strings.EqualFold(own.ID, tenantID) {
		return organization{} // somebody else's
	}
	domain := ""
	for _, v := range own.VerifiedDomains {
		if v.IsInitial {
			domain = v.Name
		}
	}
	return organization{sensible(own.DisplayName), sensible(domain)}
}

// longestName is more than Entra allows for a name or a domain, in bytes: every row
// of the customer repeats it.
const longestName = 1024

func sensible(name string) string {
	if len(name) > longestName {
		return ""
	}
	return name
}
