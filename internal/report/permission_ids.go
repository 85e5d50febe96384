package report

// permissionIDs are the ids by which a registration declares permissions: of the
// application permission, and of the delegated one.
//
// Sources: https://learn.microsoft.com/graph/permissions-reference; Exchange's in
// https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2 and in
// its service principal's oauth2PermissionScopes.
var permissionIDs = map[string][2]string{
	"AuditLog.Read.All":                            {"b0afded3-3588-46d8-8b3d-9842eff778da", "e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20"},
	"DeviceManagementManagedDevices.Read.All":      {"2f51be20-0bb4-4fed-bf7b-db946066c75e", "314874da-47d6-4978-88dc-cf0d37f0bb82"},
	"DeviceManagementManagedDevices.ReadWrite.All": {"243333ab-4d21-40cb-a475-36241daa0842", "44642bfe-8385-4adc-8fc6-fe3cb2c375c3"},
	"Directory.Read.All":                           {"7ab1d382-f21e-4acd-a863-ba3e13f7da61", "06da0dbc-49e2-44d2-8312-53f166ab848a"},
	"Directory.ReadWrite.All":                      {"19dbc75e-c2e2-444c-a770-ec69d8559fc7", "c5366453-9fb0-48a5-a156-24f0c49a4b84"},
	"Domain.Read.All":                              {"dbb9058a-0e50-45d7-ae91-66909b5d4664", "2f9ee017-59c1-4f1d-9472-bd5529a7b311"},
	"Domain.ReadWrite.All":                         {"7e05723c-0bb0-42da-be95-ae9f08a6e53c", "0b5d694c-a244-4bde-86e6-eb5cd07730fe"},
	"Exchange.Manage":                              {"", "ab4f2b77-0b06-4fc1-a9de-02113fc2ab7c"},
	"Exchange.ManageAsApp":                         {"dc50a0fb-09a3-484d-be87-e023b12c6440", ""},
	"Organization.Read.All":                        {"498476ce-e0fe-48b0-b801-37ba7e2685c6", "4908d5b9-3fb2-4b1e-9336-1888b7937185"},
	"Organization.ReadWrite.All":                   {"292d869f-3427-49a8-9dab-8c70152b74e9", "46ca0847-7e6b-426e-9775-ea810a948356"},
	"Policy.Read.All":                              {"246dd0d5-5bd0-4def-940b-0421030a5b68", "572fea84-0151-49b2-9301-11cb16974376"},
	"ReportSettings.Read.All":                      {"ee353f83-55ef-4b78-82da-555bfa2b4b95", "84fac5f4-33a9-4100-aa38-a20c6d29e5e7"},
	"ReportSettings.ReadWrite.All":                 {"2a60023f-3219-47ad-baa4-40e17cd02a1d", "b955410e-7715-4a88-a940-dfd551018df3"},
	"Reports.Read.All":                             {"230c1aed-a721-4c5d-9cb4-a90514e508ef", "02e97553-ed7b-43d0-ab3c-f8bace0d040c"},
	"RoleManagement.Read.All":                      {"c7fbd983-d9aa-4fa7-84b8-17382c103bc4", "48fec646-b2ba-4019-8681-8eb31435aded"},
	"RoleManagement.Read.Directory":                {"483bed4a-2ad3-4361-a73b-c83ccdbdc53c", "741c54c3-0c1e-44a1-818b-3f97ab4e8c83"},
	"RoleManagement.ReadWrite.Directory":           {"9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8", "d01b97e9-cbc0-49fe-810a-750afd5527a3"},
	"SecurityEvents.Read.All":                      {"bf394140-e372-4bf9-a898-299cfc7564e5", "64733abd-851e-478a-bffb-e47a14b18235"},
	"SecurityEvents.ReadWrite.All":                 {"d903a879-88e0-4c09-b0c9-82f6a1333f84", "6aedf524-7e1c-45a7-bd76-ded8cab8d0fc"},
	"ServiceHealth.Read.All":                       {"79c261e0-fe76-4144-aad5-bdc68fbe4037", "55896846-df78-47a7-aa94-8d3d4442ca7f"},
	"User.Read.All":                                {"df021288-bdef-4463-88db-98f22de89214", "a154be20-db9c-4678-8ab7-66f6cc099a59"},
	"User.ReadWrite.All":                           {"741f803b-c850-494e-b5df-cde7c675a1ca", "204e0828-b5ca-4ad8-b9f3-f32a958e7cc4"},
}

// PermissionName returns the name of the permission with that id, for an app alone
// or, if delegated, for an app with a user; empty for one that no report needs.
func PermissionName(id string, delegated bool) string {
	kind := 0
	if delegated {
		kind = 1
	}
	for name, ids := range permissionIDs {
		if ids[kind] == id {
			return name
		}
	}
	return ""
}
