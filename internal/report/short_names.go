package report

import "strings"

// shortName is a question that partners ask, and the call that answers it.
type shortName struct {
	name, call string
}

type shortNameTable []shortName

// shortNames has the calls in the order in which they are shown: what needs the
// least comes first.
var shortNames = shortNameTable{
	{"licenses", "/subscribedSkus"},
	{"subscriptions", "/directory/subscriptions"},
	{"users", "/users?$select=id,displayName,userPrincipalName,userType,accountEnabled,createdDateTime,usageLocation,assignedLicenses&$top=999"},
	{"guests", "/users?$select=id,displayName,userPrincipalName,userType,accountEnabled,createdDateTime,usageLocation,assignedLicenses,externalUserState&$filter=userType eq 'Guest'&$top=999"},
	{"sign-in-activity", "/users?$select=id,displayName,userPrincipalName,accountEnabled,assignedLicenses,signInActivity&$top=500"},
	{"mfa", "/reports/authenticationMethods/userRegistrationDetails"},
	{"admins", "/roleManagement/directory/roleAssignments?$expand=principal"},
	{"secure-score", "/security/secureScores?$top=1"},
	{"devices", "/deviceManagement/managedDevices"},
	{"conditional-access", "/identity/conditionalAccess/policies"},
	{"domains", "/domains"},
	{"service-health", "/admin/serviceAnnouncement/healthOverviews"},
	{"storage", "getSharePointSiteUsageDetail(period='D7')"},
}

func (t shortNameTable) find(text string) (shortName, bool) {
	text = strings.TrimSpace(text)
	for _, short := range t {
		if strings.EqualFold(short.name, text) {
			return short, true
		}
	}
	return shortName{}, false
}

func (t shortNameTable) names() []string {
	names := make([]string, len(t))
	for i, short := range t {
		names[i] = short.name
	}
	return names
}
