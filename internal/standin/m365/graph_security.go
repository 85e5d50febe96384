package m365

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	roleSecurity = "SecurityEvents.Read.All"
	rolePolicies = "Policy.Read.All"
)

// secureScores is security-list-securescores.md: a score a day, the newest first, and
// as many as there are days in three months. As everywhere, $top says how large a page
// is: $top=1 has a next link to the day before.
var secureScores = collection{
	path: "/security/secureScores", typeName: "secureScore",
	permits: [][]string{{roleSecurity, "SecurityEvents.ReadWrite.All"}}, refuse: refuseSecurity,
	limit:   limit{service: "security", units: 150, window: time.Minute, cost: 1},
	options: []string{"$select", "$filter", "$count", "$top", "$skip"}, page: 100, maxTop: 999, skips: true,
	properties: `id azureTenantId activeUserCount createdDateTime currentScore enabledServices licensedUserCount maxScore
		averageComparativeScores controlScores vendorInformation vendorInformation/provider
		vendorInformation/providerVersion vendorInformation/subProvider vendorInformation/vendor`,
	count: func(*Cloud, Customer) int { return 90 },
	object: func(c *Cloud, customer Customer, i int) object {
		day := c.opts.Today.AddDate(0, 0, -1-i)
		random := c.random(customer.TenantID+"/score", i)
		score := func(most int) json.Number {
			return json.Number(fmt.Sprintf("%d.%02d", random.IntN(most), random.IntN(100)))
		}
		services := []string{"HasExchange", "HasSharePoint"}
		if customer.Fault != NoIntune {
			services = append(services, "HasInTune")
		}
		return object{
			{"id", customer.TenantID + "_" + day.Format(time.DateOnly)}, {"azureTenantId", customer.TenantID},
			{"activeUserCount", c.usersOf(customer)}, {"createdDateTime", day.Format(time.RFC3339)}, {"currentScore", score(400)},
			{"enabledServices", services}, {"licensedUserCount", c.usersOf(customer)}, {"maxScore", json.Number("697.0")},
			{"averageComparativeScores", []object{
				{{"basis", "AllTenants"}, {"averageScore", score(50)}}, {{"basis", "TotalSeats"}, {"averageScore", json.Number("-1.0")}},
			}},
			{"controlScores", []object{
				{{"controlCategory", "Identity"}, {"controlName", "AdminMFA"}, {"description", "Require MFA for administrators.\n<b>\"All\"</b> of them, always."}, {"score", score(35)}},
				{{"controlCategory", "Data"}, {"controlName", "DLPEnabled"}, {"description", nil}, {"score", score(20)}, {"total", "69"}},
			}},
			{"vendorInformation", object{{"provider", "SecureScore"}, {"providerVersion", nil}, {"subProvider", nil}, {"vendor", "Microsoft"}}},
		}
	},
}

// policies is conditionalaccessroot-list-policies.md. A tenant without Entra ID P1 has
// none.
var policies = collection{
	path: "/identity/conditionalAccess/policies", typeName: "conditionalAccessPolicy",
	permits: [][]string{{rolePolicies}}, refuse: refusePolicies,
	limit:   limit{service: "conditional access", units: 1, window: time.Second, cost: 1, silent: true},
	options: []string{"$select", "$filter", "$count", "$orderby", "$top"}, page: 100, maxTop: 999,
	properties: `id templateId displayName createdDateTime modifiedDateTime state sessionControls conditions
		conditions/userRiskLevels conditions/signInRiskLevels conditions/clientAppTypes conditions/platforms
		conditions/locations conditions/applications conditions/users grantControls grantControls/operator
		grantControls/builtInControls grantControls/customAuthenticationFactors grantControls/termsOfUse`,
	count: func(_ *Cloud, customer Customer) int {
		if customer.Fault == NoPremium {
			return 0
		}
		return 1 + customer.Index%4
	},
	object: policyObject,
}

func policyObject(c *Cloud, customer Customer, i int) object {
	random := c.random(customer.TenantID+"/policies", i)
	names := []string{"Require MFA for all users", "Block legacy authentication", "=Admins, \"break glass\" excluded", "Only compliant devices\n(pilot)"}
	var locations, session, modified any
	if i%2 == 1 {
		locations = object{{"includeLocations", []string{"All"}}, {"excludeLocations", []string{"AllTrusted"}}}
		session = object{{"disableResilienceDefaults", nil}, {"signInFrequency", object{{"value", 4}, {"type", "hours"}, {"isEnabled", true}}}}
		modified = c.opts.Today.Add(-time.Duration(random.IntN(1e9)) * 100 * time.Nanosecond).Format("2006-01-02T15:04:05.0000000Z")
	}
	excluded := []string{}
	if random.IntN(2) == 0 {
		excluded = []string{guid(random), guid(random)}
	}
	grant := object{
		{"operator", "OR"}, {"builtInControls", []string{"mfa", "compliantDevice"}[:1+i%2]},
		{"customAuthenticationFactors", []string{}}, {"termsOfUse", []string{}},
	}
	id := guid(random)
	if i > 0 { // what only some policies have comes late
		grant = append(grant,
			member{"authenticationStrength@odata.context", "https://" + graphHost + "/v1.0/$metadata#identity/conditionalAccess/policies('" + id + "')/grantControls/authenticationStrength/$entity"},
			member{"authenticationStrength", object{{"id", "00000000-0000-0000-0000-000000000004"}, {"displayName", "Phishing-resistant MFA"}, {"allowedCombinations", []string{"fido2"}}}})
	}
	return object{
		{"id", id}, {"templateId", nil}, {"displayName", names[i%len(names)]},
		{"createdDateTime", "2024-05-06T07:08:09.1234567Z"}, {"modifiedDateTime", modified},
		{"state", []string{"enabled", "disabled", "enabledForReportingButNotEnforced"}[random.IntN(3)]}, {"sessionControls", session},
		{"conditions", object{
			{"userRiskLevels", []string{}}, {"signInRiskLevels", []string{}}, {"clientAppTypes", []string{"all"}},
			{"platforms", nil}, {"locations", locations},
			{"applications", object{{"includeApplications", []string{"All"}}, {"excludeApplications", []string{}}, {"includeUserActions", []string{}}}},
			{"users", object{
				{"includeUsers", []string{"All"}}, {"excludeUsers", excluded}, {"includeGroups", []string{}},
				{"excludeGroups", []string{}}, {"includeRoles", []string{}}, {"excludeRoles", []string{}},
			}},
		}},
		{"grantControls", grant},
	}
}

// refuseSecurity is how the security service refuses a token without a permission, by
// the page 403-error-security-api of MicrosoftDocs/SupportArticles-docs.
func refuseSecurity(w http.ResponseWriter, r *http.Request, _ []string) {
	graphError(w, r, http.StatusForbidden, "Forbidden", "Auth token does not contain valid permissions or user does not have valid roles")
}

// refusePolicies is how Conditional Access does, as in
// github.com/microsoftgraph/microsoft-graph-explorer-v4/issues/2580.
func refusePolicies(w http.ResponseWriter, r *http.Request, _ []string) {
	graphError(w, r, http.StatusForbidden, "AccessDenied", "You cannot perform the requested operation, required scopes are missing in the token.")
}
