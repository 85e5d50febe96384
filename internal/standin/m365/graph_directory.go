package m365

import (
	"net/http"
	"regexp"
	"strings"
)

func (c *Cloud) serveContracts(w http.ResponseWriter, r *http.Request, _ caller) {
	indexes := c.inContracts
	if c.out(NoContracts, NoCustomers) {
		indexes = nil
	}
	c.servePage(w, r, list{
		name: "contracts", typeName: "contract",
		fields: []string{"id", "deletedDateTime", "contractType", "customerId", "defaultDomainName", "displayName"},
		maxTop: 999, count: len(indexes), loops: c.out(ContractsLoop),
		item: func(i int) item {
			cu := c.customer(indexes[i])
			return item{
				"id": objectID(cu.TenantID), "deletedDateTime": nil, "contractType": "ResellerPartner",
				"customerId": cu.TenantID, "defaultDomainName": cu.DefaultDomain, "displayName": cu.ContractName,
			}
		},
	})
}

func (c *Cloud) serveDelegatedCustomers(w http.ResponseWriter, r *http.Request, _ caller) {
	indexes := c.inGDAP
	if c.out(NoGDAP, NoCustomers) {
		indexes = nil
	}
	c.servePage(w, r, list{
		name: "tenantRelationships/delegatedAdminCustomers", typeName: "delegatedAdminCustomer",
		fields: []string{"id", "tenantId", "displayName"},
		maxTop: 300, count: len(indexes),
		item: func(i int) item {
			cu := c.customer(indexes[i])
			return item{"id": cu.TenantID, "tenantId": cu.TenantID, "displayName": cu.RelationshipName}
		},
	})
}

var statusFilter = regexp.MustCompile(`^status eq '(activating|active|approvalPending|approved|created|expired|expiring|terminated|terminating|terminationRequested)'$`)

func (c *Cloud) serveRelationships(w http.ResponseWriter, r *http.Request, _ caller) {
	status := ""
	if filter := r.URL.Query().Get("$filter"); filter != "" {
		match := statusFilter.FindStringSubmatch(filter)
		if match == nil {
			graphError(w, r, http.StatusBadRequest, "BadRequest", "Invalid filter clause: "+filter)
			return
		}
		status = match[1]
	}
	relations := c.byStatus[status]
	if c.out(NoGDAP, NoCustomers) {
		relations = nil
	}
	c.servePage(w, r, list{
		name: "tenantRelationships/delegatedAdminRelationships", typeName: "delegatedAdminRelationship",
		fields: []string{"id", "displayName", "customer", "accessDetails", "status", "duration", "autoExtendDuration", "createdDateTime", "activatedDateTime", "endDateTime", "lastModifiedDateTime"},
		maxTop: 300, count: len(relations),
		item: func(i int) item { return c.relationshipItem(relations[i]) },
	})
}

// reportsReader is the directory role that report relationships carry.
const reportsReader = "4a5d8f65-41da-4de4-8968-e035b65339cf"

// relationshipTime has the seven digits of a second that the examples of
// tenantrelationship-list-delegatedadminrelationships.md have.
const relationshipTime = "2006-01-02T15:04:05.0000000Z"

func (c *Cloud) relationshipItem(rel *relationship) item {
	name := "Former customer"
	if rel.customer >= 0 {
		name = c.customer(rel.customer).RelationshipName
	}
	created := rel.created.Format(relationshipTime)
	return item{
		"@odata.type": "#microsoft.graph.delegatedAdminRelationship",
		"@odata.etag": `W/"` + rel.id[:8] + `"`, "id": rel.id, "displayName": rel.name,
		"customer":      item{"tenantId": rel.tenant, "displayName": name},
		"accessDetails": item{"unifiedRoles": []item{{"roleDefinitionId": reportsReader}}},
		"status":        rel.status, "duration": "P730D", "autoExtendDuration": "PT0S",
		"createdDateTime": created, "activatedDateTime": created, "lastModifiedDateTime": created,
		"endDateTime": rel.ends.Format(relationshipTime),
	}
}

var tenantInformation = regexp.MustCompile(`^findTenantInformationByTenantId\(tenantId='([0-9A-Fa-f-]{36})'\)$`)

func (c *Cloud) serveTenantInformation(w http.ResponseWriter, r *http.Request, _ caller) {
	call := r.PathValue("call")
	match := tenantInformation.FindStringSubmatch(call)
	if match == nil {
		segmentNotFound(w, r, strings.TrimSuffix(call, "()"))
		return
	}
	customer, known := c.tenant(match[1])
	if !known || customer.Fault == TenantGone {
		graphError(w, r, http.StatusNotFound, "Directory_ObjectNotFound", "Unable to find tenant information by tenant id '"+match[1]+"'.")
		return
	}
	writeJSON(w, http.StatusOK, item{
		"@odata.context": "https://" + graphHost + "/v1.0/$metadata#microsoft.graph.tenantInformation",
		"tenantId":       customer.TenantID, "federationBrandName": nil,
		"displayName": customer.OrganizationName, "defaultDomainName": customer.DefaultDomain,
	})
}

func (c *Cloud) serveOrganization(w http.ResponseWriter, r *http.Request, who caller) {
	cu := who.tenant
	if hostileOrganization(w, cu) {
		return
	}
	domain := func(name, kind string, initial, isDefault bool) item {
		return item{"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": isDefault, "isInitial": initial, "name": name, "type": kind}
	}
	c.servePage(w, r, list{
		name: "organization", typeName: "organization",
		fields: []string{"id", "displayName", "verifiedDomains", "tenantType", "countryLetterCode", "createdDateTime", "defaultUsageLocation"},
		count:  1,
		item: func(int) item {
			return item{
				"id": cu.TenantID, "displayName": cu.OrganizationName, "tenantType": "AAD",
				"countryLetterCode": "US", "createdDateTime": "2019-03-01T08:00:00Z", "defaultUsageLocation": nil,
				"verifiedDomains": []item{
					domain(cu.DefaultDomain, "Managed", false, true),
					domain(strings.Replace(cu.InitialDomain, ".onmicrosoft", ".mail.onmicrosoft", 1), "Managed", false, false),
					domain(cu.InitialDomain, "Managed", true, false),
				},
			}
		},
	})
}
