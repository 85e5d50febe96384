package m365

import (
	"fmt"
	"slices"
)

const roleRoles = "RoleManagement.Read.Directory"

var readsRoles = []string{roleRoles, "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory", roleDirectory, "Directory.ReadWrite.All"}

// roleAssignments is rbacapplication-list-roleassignments.md.
var roleAssignments = collection{
	path: "/roleManagement/directory/roleAssignments", typeName: "unifiedRoleAssignment",
	permits: [][]string{readsRoles}, refuse: refuseDirectory, limit: directoryLimit,
	options: []string{"$select", "$filter", "$expand", "$top"}, page: 100, maxTop: 999,
	properties: "id principalId resourceScope directoryScopeId roleDefinitionId",
	expands:    "principal",
	count:      func(c *Cloud, customer Customer) int { return len(c.assignments(customer)) },
	object: func(c *Cloud, customer Customer, i int) object {
		given := c.assignments(customer)[i]
		return object{
			{"id", "lAPpYvVpN0KRkAEhdxReE" + encode([]byte(given.role + given.principal[:8]))[:27] + "-1"},
			{"principalId", given.principal}, {"resourceScope", "/"}, {"directoryScopeId", "/"}, {"roleDefinitionId", given.role},
			{"principal", c.principal(customer, given)},
		}
	},
}

// roleDefinitions is rbacapplication-list-roledefinitions.md.
var roleDefinitions = collection{
	path: "/roleManagement/directory/roleDefinitions", typeName: "unifiedRoleDefinition",
	permits: [][]string{readsRoles}, refuse: refuseDirectory, limit: directoryLimit,
	options: []string{"$select", "$filter", "$top"}, page: 100, maxTop: 999,
	properties: `id description displayName isBuiltIn isEnabled resourceScopes templateId version rolePermissions
		inheritsPermissionsFrom`,
	count: func(*Cloud, Customer) int { return len(builtInRoles) + 1 },
	object: func(c *Cloud, customer Customer, i int) object {
		role := directoryRole{c.ownRole(customer), "Licence desk\r\n(second line)", ""}
		var description, version any
		if i < len(builtInRoles) {
			role, version = builtInRoles[i], "1"
			description = role.does
		}
		return object{
			{"id", role.id}, {"description", description}, {"displayName", role.name}, {"isBuiltIn", i < len(builtInRoles)},
			{"isEnabled", true}, {"resourceScopes", []string{"/"}}, {"templateId", role.id}, {"version", version},
			{"rolePermissions", []object{{
				{"allowedResourceActions", []string{"microsoft.directory/users/standard/read", "microsoft.directory/users/basic/update"}},
				{"condition", nil},
			}}},
			{"inheritsPermissionsFrom@odata.context", "https://" + graphHost + "/v1.0/$metadata#roleManagement/directory/roleDefinitions('" + role.id + "')/inheritsPermissionsFrom"},
			{"inheritsPermissionsFrom", []object{{{"id", "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"}}}},
		}
	},
}

type directoryRole struct{ id, name, does string }

// builtInRoles are some of those that every tenant has, by the page permissions-reference
// of MicrosoftDocs/entra-docs.
var builtInRoles = []directoryRole{
	{"62e90394-69f5-4237-9190-012177145e10", "Global Administrator", "Can manage all aspects of Microsoft Entra ID and Microsoft services that use Microsoft Entra identities."},
	{"729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator", "Can reset passwords for non-administrators and Helpdesk Administrators."},
	{"29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator", "Can manage all aspects of the Exchange product."},
	{"5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader", "Can read security information and reports in Microsoft Entra ID and Office 365."},
	{"88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "Directory Readers", "Can read basic directory information."},
}

// ownRole is the role that the customer made.
func (c *Cloud) ownRole(customer Customer) string {
	return guid(c.random(customer.TenantID+"/role", 0))
}

// assignment is one role of one principal.
type assignment struct {
	role, principal, kind string
	user                  int // of a user, its number
}

// assignments are the roles that a customer gave. Its first two users are
// administrators, as their registrations say.
func (c *Cloud) assignments(customer Customer) []assignment {
	random := c.random(customer.TenantID+"/assignments", 0)
	var all []assignment
	for user := range min(2, c.usersOf(customer)) {
		id := c.person(customer, user).id
		all = append(all, assignment{builtInRoles[user].id, id, "user", user})
		if customer.Index%3 == user {
			all = append(all, assignment{c.ownRole(customer), id, "user", user})
		}
	}
	return append(all,
		assignment{builtInRoles[3].id, guid(random), "group", 0},
		assignment{builtInRoles[4].id, guid(random), "servicePrincipal", 0})
}

// principal is what $expand=principal shows of the holder of a role. Without a
// permission for users, Graph shows no more than type and id ("Limited information
// returned for inaccessible member objects" in concepts/permissions-overview.md).
func (c *Cloud) principal(customer Customer, given assignment) object {
	known := object{{"@odata.type", "#microsoft.graph." + given.kind}, {"id", given.principal}}
	roles := c.rolesIn(customer, graphAudience)
	readable := slices.ContainsFunc(users.permits[0], func(role string) bool { return slices.Contains(roles, role) })
	switch {
	case given.kind == "user":
		whole := userObject(c, customer, given.user).pick([]string{
			"businessPhones", "displayName", "mail", "userPrincipalName", "accountEnabled", "assignedLicenses", "userType",
		})
		for _, m := range whole {
			if !readable {
				m.value = nil
			}
			known = append(known, m)
		}
	case !readable:
		known = append(known, member{"displayName", nil})
	case given.kind == "group":
		known = append(known, object{{"displayName", "Security team"}, {"groupTypes", []string{}}, {"isAssignableToRole", true}}...)
	default:
		known = append(known, object{
			{"appId", guid(c.random(given.principal, 0))}, {"displayName", fmt.Sprintf("Backup \"%d\", Inc.", customer.Index)},
			{"tags", []string{"WindowsAzureActiveDirectoryIntegratedApp"}}, {"keyCredentials", []object{}},
		}...)
	}
	return known
}
