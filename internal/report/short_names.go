package report

import (
	"slices"
	"strings"
)

// ShortName is a question that partners ask, the call that answers it, and what
// the answer takes.
type ShortName struct {
	Name     string
	Call     string // as Parse reads it
	Question string
	Gives    string // what a row is, and what it shows
	Licence  string // that the customer needs; empty: only that of the service itself
	Source   string // the page of the call in the documentation, without https://
}

type shortNameTable []ShortName

// shortNames has the calls in the order in which they are shown: those that need
// the least come first. What a call needs is in permissions.go.
var shortNames = shortNameTable{
	{"licenses", "/subscribedSkus",
		"Which licences does each customer have, and how many are used?",
		"a row for each product: bought, used, suspended",
		"", "learn.microsoft.com/graph/api/subscribedsku-list"},
	{"subscriptions", "/directory/subscriptions",
		"When does each subscription renew or end?",
		"a row for each subscription: product, seats, state, next renewal",
		"", "learn.microsoft.com/graph/api/directory-list-subscriptions"},
	{"users", "/users?$select=" + userProperties + "&$top=999",
		"Who has an account, and which licences?",
		"a row for each account, guests included",
		"", "learn.microsoft.com/graph/api/user-list"},
	{"guests", "/users?$select=" + userProperties + ",externalUserState&$filter=userType eq 'Guest'&$top=999",
		"Which guests are there, and did they accept?",
		"a row for each guest",
		"", "learn.microsoft.com/graph/api/user-list"},
	{"sign-in-activity", "/users?$select=id,displayName,userPrincipalName,accountEnabled,assignedLicenses,signInActivity&$top=500",
		"Which accounts are no longer used?",
		"a row for each account: licences, last sign-in",
		"Microsoft Entra ID P1", "learn.microsoft.com/graph/api/user-list"},
	{"mfa", "/reports/authenticationMethods/userRegistrationDetails?$top=999",
		"Who has no MFA?",
		"a row for each account: registered, capable, methods, administrator or not",
		"Microsoft Entra ID P1", "learn.microsoft.com/graph/api/authenticationmethodsroot-list-userregistrationdetails"},
	{"admins", "/roleManagement/directory/roleAssignments?$expand=principal",
		"Who is an administrator?",
		"a row for each assignment of a role: role, and user, group or app",
		"", "learn.microsoft.com/graph/api/rbacapplication-list-roleassignments"},
	{"secure-score", "/security/secureScores?$top=1",
		"How secure is each customer?",
		"a row with the latest score, the maximum, and each control",
		"", "learn.microsoft.com/graph/api/security-list-securescores"},
	{"devices", "/deviceManagement/managedDevices?$select=id,deviceName,userPrincipalName,managedDeviceOwnerType,operatingSystem," +
		"osVersion,complianceState,isEncrypted,manufacturer,model,serialNumber,enrolledDateTime,lastSyncDateTime",
		"Which devices are managed, and are they compliant?",
		"a row for each device that Intune manages",
		"Microsoft Intune", "learn.microsoft.com/graph/api/intune-devices-manageddevice-list"},
	{"conditional-access", "/identity/conditionalAccess/policies",
		"Which Conditional Access policies are on?",
		"a row for each policy: state, conditions, controls",
		"Microsoft Entra ID P1", "learn.microsoft.com/graph/api/conditionalaccessroot-list-policies"},
	{"domains", "/domains",
		"Which domains does each customer have?",
		"a row for each domain: verified, default, services",
		"", "learn.microsoft.com/graph/api/domain-list"},
	{"service-health", "/admin/serviceAnnouncement/healthOverviews",
		"Is any service down?",
		"a row for each service: its state now",
		"", "learn.microsoft.com/graph/api/serviceannouncement-list-healthoverviews"},
	{"storage", "getSharePointSiteUsageDetail(period='D7')",
		"How much storage does each site use?",
		"a row for each site: used, allocated, last activity",
		"", "learn.microsoft.com/graph/api/reportroot-getsharepointsiteusagedetail"},
}

const userProperties = "id,displayName,userPrincipalName,userType,accountEnabled,createdDateTime,usageLocation,assignedLicenses"

// ShortNames returns the questions that have a short name.
func ShortNames() []ShortName { return slices.Clone(shortNames) }

func (t shortNameTable) find(text string) (ShortName, bool) {
	text = strings.TrimSpace(text)
	for _, short := range t {
		if strings.EqualFold(short.Name, text) {
			return short, true
		}
	}
	return ShortName{}, false
}

func (t shortNameTable) names() []string {
	names := make([]string, len(t))
	for i, short := range t {
		names[i] = short.Name
	}
	return names
}
