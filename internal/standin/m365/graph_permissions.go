package m365

import (
	"net/http"
	"strings"
)

// collectionRoles are the least permissions that read every collection, besides
// Organization.Read.All.
var collectionRoles = []string{roleUsers, roleAuditLog, roleRoles, roleSecurity, rolePolicies, roleDevices, roleDomains, roleHealth}

// SetPermissions changes what the customer with that Customer.Index has consented to:
// application permissions of Graph, which its next token has as roles. Without any, a
// customer has consented to what reports, organizations and all collections need, and
// every second one to ReportSettings.Read.All. A fault of permissions comes first.
func (c *Cloud) SetPermissions(index int, permissions ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.permissions[index] = permissions
}

// granted is what a customer has consented to.
func (c *Cloud) granted(customer Customer) []string {
	c.mu.Lock()
	set, isSet := c.permissions[customer.Index]
	c.mu.Unlock()
	if isSet {
		return set
	}
	roles := []string{roleReports, roleOrganization}
	if grantsSettings(customer) {
		roles = append(roles, roleSettings)
	}
	return append(roles, collectionRoles...)
}

// refuseDirectory is how the directory refuses a token without a permission.
func refuseDirectory(w http.ResponseWriter, r *http.Request, _ []string) {
	graphError(w, r, http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

// refuseAuditLog is how the reports of identity do, as in
// github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/8997.
func refuseAuditLog(w http.ResponseWriter, r *http.Request, missing []string) {
	graphError(w, r, http.StatusForbidden, "Authentication_MSGraphPermissionMissing",
		"Calling principal does not have required MSGraph permissions "+strings.Join(missing[:1], ","))
}
