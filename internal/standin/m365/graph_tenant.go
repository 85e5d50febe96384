package m365

import (
	"net/http"
	"strings"
	"time"
)

const (
	roleDomains = "Domain.Read.All"
	roleHealth  = "ServiceHealth.Read.All"
)

// domains is domain-list.md.
var domains = collection{
	path: "/domains", typeName: "domain",
	permits: [][]string{{roleDomains, "Domain.ReadWrite.All", roleDirectory, "Directory.ReadWrite.All"}},
	refuse:  refuseDirectory, limit: directoryLimit,
	options: []string{"$select", "$filter", "$top"}, page: 100, maxTop: 999,
	properties: `authenticationType availabilityStatus id isAdminManaged isDefault isInitial isRoot isVerified
		supportedServices passwordValidityPeriodInDays passwordNotificationWindowInDays state`,
	count: func(_ *Cloud, customer Customer) int { return 3 + customer.Index%2 },
	object: func(_ *Cloud, customer Customer, i int) object {
		names := []string{
			customer.InitialDomain, customer.DefaultDomain,
			strings.Replace(customer.InitialDomain, ".onmicrosoft", ".mail.onmicrosoft", 1), "new." + customer.DefaultDomain,
		}
		services, days, notice, state := []string{"Email", "OfficeCommunicationsOnline"}, any(2147483647), any(14), any(nil)
		verified := i < 3
		if !verified {
			services, days, notice = []string{}, nil, nil
			state = object{{"status", "InProgress"}, {"operation", "ForceDelete"}, {"lastActionDateTime", "2026-01-02T03:04:05Z"}}
		}
		return object{
			{"authenticationType", "Managed"}, {"availabilityStatus", nil}, {"id", names[i]}, {"isAdminManaged", true},
			{"isDefault", i == 1}, {"isInitial", i == 0}, {"isRoot", i != 3}, {"isVerified", verified},
			{"supportedServices", services}, {"passwordValidityPeriodInDays", days}, {"passwordNotificationWindowInDays", notice},
			{"state", state},
		}
	},
}

// health is serviceannouncement-list-healthoverviews.md.
var health = collection{
	path: "/admin/serviceAnnouncement/healthOverviews", typeName: "serviceHealth",
	permits: [][]string{{roleHealth}}, refuse: refuseHealth,
	limit:   limit{service: "service communications", units: 240, window: time.Minute, cost: 1},
	options: []string{"$select", "$filter", "$expand", "$top"}, page: 100, maxTop: 100,
	properties: "service status id", expands: "issues",
	count: func(*Cloud, Customer) int { return len(services) },
	object: func(c *Cloud, customer Customer, i int) object {
		status, issues := "serviceOperational", []object{}
		if (customer.Index+i)%5 == 2 {
			status = "serviceDegradation"
			issues = []object{{
				{"startDateTime", c.opts.Today.Add(-7 * time.Hour).Format(time.RFC3339)}, {"endDateTime", nil},
				{"title", "Some users can't search, or \"see\" <nothing>"}, {"id", "EX226574"}, {"classification", "advisory"},
				{"posts", []object{{{"postType", "regular"}, {"description", object{{"contentType", "html"}, {"content", "We're\nlooking."}}}}}},
			}}
		}
		return object{{"service", services[i][0]}, {"status", status}, {"id", services[i][1]}, {"issues", issues}}
	},
}

var services = [][2]string{
	{"Exchange Online", "Exchange"}, {"Identity Service", "OrgLiveID"}, {"Microsoft 365 suite", "OSDPPlatform"},
	{"Microsoft Teams", "microsoftteams"}, {"SharePoint Online", "SharePoint"}, {"Microsoft Intune", "Intune"},
}

func refuseHealth(w http.ResponseWriter, r *http.Request, _ []string) {
	graphError(w, r, http.StatusForbidden, "Forbidden", "Required permissions are missing in the token.")
}
