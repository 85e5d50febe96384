package m365_test

import (
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

// Readers of collections must cope with these, so each has to be there.
func TestCollectionsHoldOddValues(t *testing.T) {
	l := start(t, m365.Options{Customers: 5, Rows: 40})
	for _, test := range []struct{ odd, path, is string }{
		{"a null", "/users", `"mobilePhone":null`},
		{"an empty text", "/deviceManagement/managedDevices", `"imei":""`},
		{"an empty list", "/users", `"businessPhones":[]`},
		{"a list of texts", "/users", `"businessPhones":["+1 425 555 0100"`},
		{"a list of objects", "/subscribedSkus", `"servicePlans":[{"servicePlanId":`},
		{"an empty list of objects", "/users?$select=assignedLicenses", `"assignedLicenses":[]`},
		{"a nested object", "/subscribedSkus", `"prepaidUnits":{"enabled":`},
		{"an object in an object in an object", "/identity/conditionalAccess/policies", `"signInFrequency":{"value":4`},
		{"an object that is null in other records", "/identity/conditionalAccess/policies", `"sessionControls":null`},
		{"an integer beyond 2^53", "/deviceManagement/managedDevices", `"totalStorageSpaceInBytes":9007199254740993`},
		{"a number with a zero at its end", "/security/secureScores", `"maxScore":697.0`},
		{"a date with seven decimals", "/reports/authenticationMethods/userRegistrationDetails", `Z"`},
		{"a date that means never", "/users?$select=signInActivity", `"0001-01-01T00:00:00Z"`},
		{"a line break", "/users", `Building 4\r\nFloor 2`},
		{"the beginning of a formula", "/users", `"=1+1"`},
		{"markup and quotes", "/security/secureScores", `\u003cb\u003e\"All\"`},
		{"an annotation of a value", "/roleManagement/directory/roleDefinitions", `"inheritsPermissionsFrom@odata.context":"https:`},
		{"an annotation of an object", "/roleManagement/directory/roleAssignments?$expand=principal", `"@odata.type":"#microsoft.graph.group"`},
		{"a product without a plan", "/subscribedSkus", `"servicePlans":[]`},
	} {
		t.Run(test.odd, func(t *testing.T) {
			var all strings.Builder
			for _, customer := range l.Customers() {
				all.WriteString(strings.Join(texts(l.Objects(customer.TenantID, test.path)), "\n"))
			}
			if !strings.Contains(all.String(), test.is) {
				t.Errorf("%s has no %s", test.path, test.is)
			}
		})
	}
	t.Run("a property that only later records have", func(t *testing.T) {
		for path, late := range map[string]string{
			"/users?$select=id,signInActivity":                            "signInActivity",
			"/roleManagement/directory/roleAssignments?$expand=principal": "keyCredentials",
		} {
			records := l.Objects(l.Customers()[0].TenantID, path)
			with := 0
			for _, r := range records {
				if strings.Contains(string(r), `"`+late+`"`) {
					with++
				}
			}
			if with == 0 || with == len(records) {
				t.Errorf("%s: %d of %d have %s", path, with, len(records), late)
			}
		}
	})
}

func TestAnnotationsGoWhereNobodyWantsMetadata(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	token := l.token(l.Customers()[0].TenantID)
	for accept, annotated := range map[string]bool{"application/json": true, "application/json;odata.metadata=none": false} {
		a := l.get(address("/roleManagement/directory/roleDefinitions?$top=2"), token, "Accept", accept)
		if strings.Contains(a.body, "@odata.context") != annotated || a.find("@odata.nextLink") == "" {
			t.Errorf("%s: %s", accept, a.body)
		}
	}
}

func TestScoresLinkToTheDayBefore(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	a := l.ask("/security/secureScores?$top=1")
	if got := valueOf(t, a); len(got) != 1 || a.find("@odata.nextLink") != "https://graph.microsoft.com/v1.0/security/secureScores?$top=1&$skip=1" {
		t.Errorf("%d scores, then %s", len(got), a.find("@odata.nextLink"))
	}
	if n := len(l.Objects(l.Customers()[0].TenantID, "/security/secureScores?$top=1")); n != 90 {
		t.Errorf("%d in all", n)
	}
}
