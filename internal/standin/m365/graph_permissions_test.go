package m365_test

import (
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

// roles are those in a token.
func roles(t *testing.T, token string) (names []string) {
	t.Helper()
	list, _ := claimsOf(t, token)["roles"].([]any)
	for _, name := range list {
		names = append(names, name.(string))
	}
	return names
}

func TestTokenHasTheCustomersPermissionsAsRoles(t *testing.T) {
	l := start(t, m365.Options{Customers: 2, Permissions: map[int][]string{1: {"Reports.Read.All"}}})
	first, second := l.Customers()[0].TenantID, l.Customers()[1].TenantID
	if got := roles(t, l.token(first)); !slices.Contains(got, "User.Read.All") || !slices.Contains(got, "AuditLog.Read.All") {
		t.Errorf("of the first %q", got)
	}
	if got := roles(t, l.token(second)); !slices.Equal(got, []string{"Reports.Read.All"}) {
		t.Errorf("of the second %q", got)
	}
	l.SetPermissions(1, "User.Read.All", "Organization.Read.All")
	if got := roles(t, l.token(second)); !slices.Equal(got, []string{"User.Read.All", "Organization.Read.All"}) {
		t.Errorf("after consent %q", got)
	}
}

func TestCollectionDemandsAPermissionThatReadsIt(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, CallLimit: 1000})
	const activity, mfa = "/users?$select=id,signInActivity", "/reports/authenticationMethods/userRegistrationDetails"
	for _, test := range []struct {
		path, permissions, code string
	}{
		{"/users", "User.Read.All", ""},
		{"/users", "Directory.Read.All", ""},
		{"/users", "Organization.Read.All AuditLog.Read.All", "Authorization_RequestDenied"},
		{activity, "User.Read.All AuditLog.Read.All", ""},
		{activity, "User.Read.All", "Authentication_MSGraphPermissionMissing"},
		{activity, "AuditLog.Read.All", "Authorization_RequestDenied"},
		{"/users?$filter=signInActivity/lastSignInDateTime le 2020-01-01T00:00:00Z", "User.Read.All", "Authentication_MSGraphPermissionMissing"},
		{"/subscribedSkus", "Organization.Read.All", ""},
		{"/subscribedSkus", "LicenseAssignment.Read.All", ""},
		{"/subscribedSkus", "User.Read.All", "Authorization_RequestDenied"},
		{"/directory/subscriptions", "Directory.Read.All", ""},
		{"/directory/subscriptions", "Reports.Read.All", "Authorization_RequestDenied"},
		{mfa, "AuditLog.Read.All", ""},
		{mfa, "UserAuthenticationMethod.Read.All", "Authentication_MSGraphPermissionMissing"},
		{mfa, "Reports.Read.All Directory.Read.All", "Authentication_MSGraphPermissionMissing"},
		{"/roleManagement/directory/roleAssignments", "RoleManagement.Read.Directory", ""},
		{"/roleManagement/directory/roleAssignments", "RoleManagement.Read.All", ""},
		{"/roleManagement/directory/roleDefinitions", "Directory.Read.All", ""},
		{"/roleManagement/directory/roleDefinitions", "User.Read.All", "Authorization_RequestDenied"},
		{"/security/secureScores", "SecurityEvents.Read.All", ""},
		{"/security/secureScores", "Directory.Read.All", "Forbidden"},
		{"/deviceManagement/managedDevices", "DeviceManagementManagedDevices.Read.All", ""},
		{"/deviceManagement/managedDevices", "Directory.Read.All", "UnknownError"},
		{"/identity/conditionalAccess/policies", "Policy.Read.All", ""},
		{"/identity/conditionalAccess/policies", "Directory.Read.All", "AccessDenied"},
		{"/domains", "Domain.Read.All", ""},
		{"/domains", "Organization.Read.All", "Authorization_RequestDenied"},
		{"/admin/serviceAnnouncement/healthOverviews", "ServiceHealth.Read.All", ""},
		{"/admin/serviceAnnouncement/healthOverviews", "Reports.Read.All", "Forbidden"},
		{"/users?$select=shoeSize", "Reports.Read.All", "Authorization_RequestDenied"},
	} {
		t.Run(test.path+" "+test.permissions, func(t *testing.T) {
			l.SetPermissions(0, strings.Fields(test.permissions)...)
			a := l.ask(test.path)
			status := map[bool]int{true: 200, false: 403}[test.code == ""]
			if a.status != status || a.find("error", "code") != test.code {
				t.Errorf("%d %s, want %d %s", a.status, a.body, status, test.code)
			}
			if served := l.Objects(l.Customers()[0].TenantID, test.path) != nil; served != (status == 200) {
				t.Errorf("Objects returns some: %v", served)
			}
		})
	}
}

func TestWhoHasARoleIsHiddenWithoutAPermissionForUsers(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	const path = "/roleManagement/directory/roleAssignments?$expand=principal"
	if a := l.ask(path); a.status != 200 || !strings.Contains(a.body, `"displayName":"User 0"`) {
		t.Errorf("with it: %d %s", a.status, a.body)
	}
	l.SetPermissions(0, "RoleManagement.Read.Directory")
	if a := l.ask(path); a.status != 200 || strings.Contains(a.body, "User 0") || !strings.Contains(a.body, `"displayName":null`) {
		t.Errorf("without it: %d %s", a.status, a.body)
	}
}

func TestOrganizationRefusedHidesTheLicences(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Faults: map[int]m365.Fault{0: m365.OrganizationRefused}})
	if a := l.ask("/subscribedSkus"); a.status != 403 {
		t.Errorf("%d %s", a.status, a.body)
	}
}
