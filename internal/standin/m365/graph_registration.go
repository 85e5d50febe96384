package m365

import (
	"net/http"
	"slices"
)

// registrable are the ids of the permissions that the app's registration may declare:
// for the app alone, and for the app with a user.
//
// Source: https://learn.microsoft.com/graph/permissions-reference
var registrable = map[string][2]string{
	roleReports:      {"230c1aed-a721-4c5d-9cb4-a90514e508ef", "02e97553-ed7b-43d0-ab3c-f8bace0d040c"},
	roleOrganization: {"498476ce-e0fe-48b0-b801-37ba7e2685c6", "4908d5b9-3fb2-4b1e-9336-1888b7937185"},
	roleSettings:     {"ee353f83-55ef-4b78-82da-555bfa2b4b95", "84fac5f4-33a9-4100-aa38-a20c6d29e5e7"},
	roleUsers:        {"df021288-bdef-4463-88db-98f22de89214", "a154be20-db9c-4678-8ab7-66f6cc099a59"},
	roleAuditLog:     {"b0afded3-3588-46d8-8b3d-9842eff778da", "e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20"},
	roleRoles:        {"483bed4a-2ad3-4361-a73b-c83ccdbdc53c", "741c54c3-0c1e-44a1-818b-3f97ab4e8c83"},
	roleSecurity:     {"bf394140-e372-4bf9-a898-299cfc7564e5", "64733abd-851e-478a-bffb-e47a14b18235"},
	rolePolicies:     {"246dd0d5-5bd0-4def-940b-0421030a5b68", "572fea84-0151-49b2-9301-11cb16974376"},
	roleDevices:      {"2f51be20-0bb4-4fed-bf7b-db946066c75e", "314874da-47d6-4978-88dc-cf0d37f0bb82"},
	roleDomains:      {"dbb9058a-0e50-45d7-ae91-66909b5d4664", "2f9ee017-59c1-4f1d-9472-bd5529a7b311"},
	roleHealth:       {"79c261e0-fe76-4144-aad5-bdc68fbe4037", "55896846-df78-47a7-aa94-8d3d4442ca7f"},
}

// serveRegistration answers with what the app's registration declares, only in the
// partner's tenant: no other has it.
func (c *Cloud) serveRegistration(w http.ResponseWriter, r *http.Request, who caller) {
	if who.tenant.Index >= 0 {
		graphError(w, r, http.StatusNotFound, "Request_ResourceNotFound",
			"Resource '"+c.opts.PartnerClientID+"' does not exist or one of its queried reference-property objects are not present.")
		return
	}
	writeJSON(w, http.StatusOK, item{
		"@odata.context": "https://" + graphHost + "/v1.0/$metadata#applications(requiredResourceAccess)/$entity",
		"requiredResourceAccess": []item{
			{"resourceAppId": "00000003-0000-0000-c000-000000000000", "resourceAccess": c.declared()},
		},
	})
}

func (c *Cloud) declared() []item {
	names := c.opts.Declared
	if names == nil {
		names = slices.Concat([]string{roleReports, roleOrganization, roleSettings}, collectionRoles)
	}
	kind, of := "Role", 0
	if c.opts.Auth.refreshes() {
		kind, of = "Scope", 1
	}
	declared := []item{}
	for _, name := range names {
		if ids, known := registrable[name]; known {
			declared = append(declared, item{"id": ids[of], "type": kind})
		}
	}
	return declared
}
