package report

import (
	"slices"
	"strings"
)

// API is a service whose permissions a customer grants.
type API struct {
	Name string
	ID   string // the id of its app, in every tenant
}

// The services that are asked.
var (
	GraphAPI    = API{"Microsoft Graph", "00000003-0000-0000-c000-000000000000"}
	ExchangeAPI = API{"Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"}
)

// Permission is what a customer has to grant the app.
type Permission struct {
	API       API
	Name      string // of the application permission, for an app alone
	Delegated string // of the one for an app with a user
	// stronger are the permissions that allow the same, and more.
	stronger []string
}

// Granted reports whether permissions that a customer granted allow what p does.
func (p Permission) Granted(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return name == p.Name || name == p.Delegated || slices.Contains(p.stronger, name)
	})
}

func ofGraph(name string, stronger ...string) Permission {
	return Permission{GraphAPI, name, name, stronger}
}

// The least privileged permissions according to Graph's and Exchange's
// documentation.
//
// Sources: the page of each call (see ShortName), and what is above the least in
// permissions/new/permissions.json of
// https://github.com/microsoftgraph/microsoft-graph-devx-content at 6cbd6bb, of
// 2026-08-07. https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2
var (
	// NameAndDomain is needed from every customer, whatever is asked: its own name
	// and initial domain are in every row.
	NameAndDomain = ofGraph("Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
	// UsageReports is for all usage reports, including Copilot's.
	UsageReports = ofGraph("Reports.Read.All")
	// ConcealedNames is optional: with it, access says which customers conceal
	// names.
	ConcealedNames = ofGraph("ReportSettings.Read.All", "ReportSettings.ReadWrite.All")

	accounts = ofGraph("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
	auditLog = ofGraph("AuditLog.Read.All")
	roles    = ofGraph("RoleManagement.Read.Directory", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory", "Directory.Read.All", "Directory.ReadWrite.All")
	scores   = ofGraph("SecurityEvents.Read.All", "SecurityEvents.ReadWrite.All")
	intune   = ofGraph("DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All")
	policies = ofGraph("Policy.Read.All")
	domains  = ofGraph("Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
	health   = ofGraph("ServiceHealth.Read.All")
	cmdlets  = Permission{ExchangeAPI, "Exchange.ManageAsApp", "Exchange.Manage", nil}
)

// RoleForCmdlets is what Exchange requires in addition to its permission.
const RoleForCmdlets = "a role such as Global Reader, which each customer gives the app"

// neededBy is what each collection with a short name needs.
var neededBy = map[string][]Permission{
	"/subscribedSkus":          {NameAndDomain},
	"/directory/subscriptions": {NameAndDomain},
	"/users":                   {accounts},
	"/reports/authenticationMethods/userRegistrationDetails": {auditLog},
	// Without the second, Graph conceals who has the role: "Limited information
	// returned for inaccessible member objects" in
	// https://learn.microsoft.com/graph/permissions-overview
	"/roleManagement/directory/roleAssignments":  {roles, accounts},
	"/security/secureScores":                     {scores},
	"/deviceManagement/managedDevices":           {intune},
	"/identity/conditionalAccess/policies":       {policies},
	"/domains":                                   {domains},
	"/admin/serviceAnnouncement/healthOverviews": {health},
}

// Needs returns the permissions that the call needs from a customer, and whether
// they are known: for a collection without a short name, only its documentation
// says. Every report shows NameAndDomain's answer; those that list it here have no
// rows without it.
func (c Call) Needs() (permissions []Permission, known bool) {
	switch c.kind {
	case ownCall:
		return nil, true
	case cmdletCall:
		return []Permission{cmdlets}, true
	case collectionCall:
		permissions, known = neededBy[c.path]
		permissions = slices.Clone(permissions)
		if c.path == "/users" && strings.Contains(c.parameters, "signInActivity") {
			permissions = append(permissions, auditLog)
		}
		return permissions, known
	}
	return []Permission{UsageReports}, true
}

// Need is a permission, and the reports that need it.
type Need struct {
	Permission
	For []string // the reports' names; NameAndDomain may have none
}

// Needed returns every permission that a customer has to grant for a list of
// reports, NameAndDomain first, and the reports whose permissions are not known.
func Needed(list []Named) (needs []Need, unknown []Named) {
	needs = []Need{{NameAndDomain, nil}}
	for _, named := range list {
		permissions, known := named.Call.Needs()
		if !known {
			unknown = append(unknown, named)
		}
		for _, p := range permissions {
			i := slices.IndexFunc(needs, func(n Need) bool { return n.Name == p.Name })
			if i < 0 {
				i, needs = len(needs), append(needs, Need{p, nil})
			}
			needs[i].For = append(needs[i].For, named.Name)
		}
	}
	return needs, unknown
}
