package m365_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/standin/m365"
)

// page is what a list answers; only the fields that these tests read.
type page struct {
	Value []struct {
		ID, CustomerID, TenantID, DisplayName, DefaultDomainName string
		EndDateTime                                              time.Time
		Customer                                                 struct{ TenantID, DisplayName string }
	}
	NextLink string `json:"@odata.nextLink"`
}

// pages reads a list to its end and returns how many pages there were.
func (l *lab) pages(path string) (all page, n int) {
	l.t.Helper()
	token := l.partnerToken()
	for next := "https://graph.microsoft.com" + path; next != ""; n++ {
		a := l.get(next, token)
		if a.status != 200 {
			l.t.Fatalf("%s: %d %s", next, a.status, a.body)
		}
		var p page
		if err := json.Unmarshal([]byte(a.body), &p); err != nil {
			l.t.Fatal(err)
		}
		all.Value = append(all.Value, p.Value...)
		next = p.NextLink
	}
	return all, n
}

const activeRelationships = "/v1.0/tenantRelationships/delegatedAdminRelationships?$filter=status%20eq%20%27active%27"

func TestListsAreTheCustomers(t *testing.T) {
	l := start(t, m365.Options{Customers: 250, Seed: 7, Faults: map[int]m365.Fault{3: m365.HostileNames}})
	type entry struct{ name, domain string }
	wantContracts, wantGDAP := map[string]entry{}, map[string]time.Time{}
	for _, cu := range l.Customers() {
		if cu.InContracts {
			wantContracts[cu.TenantID] = entry{cu.ContractName, cu.DefaultDomain}
		}
		if cu.InGDAP {
			wantGDAP[cu.TenantID] = cu.Ends
		}
		if !cu.InContracts && !cu.InGDAP {
			t.Errorf("customer %d is in no list", cu.Index)
		}
	}
	t.Run("contracts, page by page", func(t *testing.T) {
		got := map[string]entry{}
		all, n := l.pages("/v1.0/contracts")
		for _, contract := range all.Value {
			got[contract.CustomerID] = entry{contract.DisplayName, contract.DefaultDomainName}
		}
		if !maps.Equal(got, wantContracts) || len(all.Value) != len(got) || n < 2 {
			t.Errorf("%d contracts on %d pages, want %d", len(all.Value), n, len(wantContracts))
		}
	})
	t.Run("active relationships without MLT_ leftovers, the latest end of each customer", func(t *testing.T) {
		got, leftovers := map[string]time.Time{}, 0
		all, n := l.pages(activeRelationships + "&$top=300")
		for _, rel := range all.Value {
			if strings.HasPrefix(rel.DisplayName, "MLT_") {
				leftovers++
			} else if id := rel.Customer.TenantID; rel.EndDateTime.After(got[id]) {
				got[id] = rel.EndDateTime
			}
		}
		if !maps.Equal(got, wantGDAP) {
			t.Errorf("%d customers, want %d", len(got), len(wantGDAP))
		}
		if leftovers == 0 || n < 2 || len(all.Value)-leftovers == len(got) {
			t.Errorf("%d leftovers, %d pages, %d relationships of %d customers: want some of each, pages, and two for some customer", leftovers, n, len(all.Value), len(got))
		}
	})
	t.Run("without a filter ended relationships too", func(t *testing.T) {
		all, _ := l.pages("/v1.0/tenantRelationships/delegatedAdminRelationships")
		active, _ := l.pages(activeRelationships)
		if len(all.Value) <= len(active.Value) {
			t.Errorf("%d in all, %d active", len(all.Value), len(active.Value))
		}
	})
	t.Run("delegated customers", func(t *testing.T) {
		all, _ := l.pages("/v1.0/tenantRelationships/delegatedAdminCustomers?$select=tenantId")
		if len(all.Value) != len(wantGDAP) || all.Value[0].DisplayName != "" {
			t.Errorf("%d customers, first %+v", len(all.Value), all.Value[0])
		}
	})
	t.Run("most customers are in both, some relationship ends within 14 days", func(t *testing.T) {
		both, ending := 0, 0
		for _, cu := range l.Customers() {
			if cu.InContracts && cu.InGDAP {
				both++
			}
			if cu.InGDAP && cu.Ends.Before(time.Now().AddDate(0, 0, 14)) {
				ending++
			}
		}
		if both < 150 || both > 200 || ending == 0 {
			t.Errorf("%d of 250 in both, %d ending", both, ending)
		}
	})
	t.Run("empty in an outage, with 200", func(t *testing.T) {
		l.SetOutage(m365.NoCustomers, true)
		defer l.SetOutage(m365.NoCustomers, false)
		contracts, _ := l.pages("/v1.0/contracts")
		relations, _ := l.pages(activeRelationships)
		if n := len(contracts.Value) + len(relations.Value); n > 0 {
			t.Errorf("%d entries", n)
		}
	})
}

func TestSeedDecidesEverything(t *testing.T) {
	today := time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)
	a := start(t, m365.Options{Customers: 40, Seed: 1, Today: today})
	b := start(t, m365.Options{Customers: 40, Seed: 1, Today: today})
	if !reflect.DeepEqual(a.Customers(), b.Customers()) {
		t.Error("one seed, different customers")
	}
	for i, cu := range a.Customers() {
		for _, call := range []string{counts7, "getMailboxUsageDetail(period='D7')"} {
			if body := a.Served(cu.TenantID, call); len(body) == 0 || string(body) != string(b.Served(cu.TenantID, call)) {
				t.Fatalf("customer %d, %s: one seed, different reports", i, call)
			}
		}
	}
	if !slices.IsSortedFunc(a.Customers(), func(x, y m365.Customer) int { return strings.Compare(x.TenantID, y.TenantID) }) {
		t.Error("not sorted by tenant id")
	}
	c := start(t, m365.Options{Customers: 40, Seed: 2, Today: today})
	if a.Customers()[0].TenantID == c.Customers()[0].TenantID {
		t.Error("two seeds, one customer")
	}
}

func TestGraphRefuses(t *testing.T) {
	l := start(t, m365.Options{Customers: 3, Today: due, Faults: map[int]m365.Fault{1: m365.NoRole, 2: m365.OrganizationRefused}})
	customer := func(i int) string { return l.token(l.Customers()[i].TenantID) }
	partner := l.partnerToken()
	exchange := l.token(l.Customers()[0].TenantID, "scope", "https://outlook.office365.com/.default")
	for _, test := range []struct {
		rule, token, path string
		status            int
		code              string
	}{
		{"a request without a token", "", "/v1.0/organization", 401, "InvalidAuthenticationToken"},
		{"a made-up token", "a.b.c", "/v1.0/organization", 401, "InvalidAuthenticationToken"},
		{"a token that was changed", partner[:len(partner)-1], "/v1.0/organization", 401, "InvalidAuthenticationToken"},
		{"a token of another audience", exchange, "/v1.0/organization", 401, "InvalidAuthenticationToken"},
		{"the managed identity's token", l.identity("https://storage.azure.com"), "/v1.0/organization", 401, "InvalidAuthenticationToken"},
		{"a customer's token at the contracts", customer(0), "/v1.0/contracts", 403, "Authorization_RequestDenied"},
		{"a customer's token at the relationships", customer(0), activeRelationships, 403, "Authorization_RequestDenied"},
		{"an organization without its role", customer(2), "/v1.0/organization", 403, "Authorization_RequestDenied"},
		{"a report without its role", customer(1), "/v1.0/reports/" + counts7, 403, "UnknownError"},
		{"report settings without their own role", customer(1), "/v1.0/admin/reportSettings", 403, "UnknownError"},
		{"an unknown path", partner, "/v1.0/groups", 400, "BadRequest"},
		{"the beta version", partner, "/beta/contracts", 400, "BadRequest"},
		{"an unknown parameter", partner, "/v1.0/contracts?$expand=x", 400, "BadRequest"},
		{"an unknown property", partner, "/v1.0/organization?$select=id,owner", 400, "BadRequest"},
		{"a $top that is too high", partner, activeRelationships + "&$top=301", 400, "BadRequest"},
		{"a filter it does not know", partner, "/v1.0/tenantRelationships/delegatedAdminRelationships?$filter=true", 400, "BadRequest"},
		{"a made-up page token", partner, "/v1.0/contracts?$skiptoken=MTAw", 400, "Directory_ExpiredPageToken"},
		{"an unknown tenant's information", partner, "/v1.0/tenantRelationships/findTenantInformationByTenantId(tenantId='11111111-2222-4333-8444-555555555555')", 404, "Directory_ObjectNotFound"},
		{"an unknown report", partner, "/v1.0/reports/getMailboxActivity(period='D7')", 400, "BadRequest"},
		{"a report without its period", partner, "/v1.0/reports/getMailboxUsageDetail", 400, "BadRequest"},
		{"a wrong period", partner, "/v1.0/reports/getMailboxUsageDetail(period='D8')", 400, "BadRequest"},
		{"a date where none is allowed", partner, "/v1.0/reports/getMailboxUsageDetail(date=2026-01-01)", 400, "BadRequest"},
		{"the 29th day back", partner, "/v1.0/reports/getEmailActivityUserDetail(date=2026-10-26)", 400, "BadRequest"},
		{"a parameter where none is allowed", partner, "/v1.0/reports/getOffice365ActivationCounts(period='D7')", 400, "BadRequest"},
		{"a query on a report", partner, "/v1.0/reports/" + counts7 + "?$format=text/csv", 400, "BadRequest"},
		{"a Copilot report among the others", partner, "/v1.0/reports/getMicrosoft365CopilotUsageUserDetail(period='D7')", 400, "BadRequest"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			a := l.graph(test.token, test.path)
			if a.status != test.status || a.find("error", "code") != test.code {
				t.Errorf("got %d %s, want %d %s", a.status, a.body, test.status, test.code)
			}
			if a.find("error", "innerError", "request-id") != a.header.Get("request-id") || a.header.Get("request-id") == "" {
				t.Errorf("request ids of %v and %s differ", a.header, a.body)
			}
		})
	}
	t.Run("the report's refusal is wrapped in a message", func(t *testing.T) {
		a := l.graph(customer(1), "/v1.0/reports/"+counts7)
		inner := answer{body: a.find("error", "message")}
		if inner.find("error", "code") != "S2SUnauthorized" || inner.find("error", "message") != "Invalid permission." {
			t.Errorf("got %s", a.body)
		}
	})
}

func TestOrganization(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	cu := l.Customers()[0]
	a := l.graph(l.token(strings.ToUpper(cu.TenantID)), "/v1.0/organization?"+url.Values{"$select": {"id,displayName,verifiedDomains"}}.Encode())
	var got struct {
		Value []struct {
			ID, DisplayName string
			VerifiedDomains []struct {
				Name                 string
				IsInitial, IsDefault bool
			}
		}
	}
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || len(got.Value) != 1 {
		t.Fatalf("%v: %s", err, a.body)
	}
	var initial, byDefault string
	onMicrosoft := 0
	for _, domain := range got.Value[0].VerifiedDomains {
		if domain.IsInitial {
			initial = domain.Name
		}
		if domain.IsDefault {
			byDefault = domain.Name
		}
		if strings.HasSuffix(domain.Name, ".onmicrosoft.com") {
			onMicrosoft++
		}
	}
	names := fmt.Sprint(got.Value[0].ID, got.Value[0].DisplayName, initial, byDefault, onMicrosoft)
	if want := fmt.Sprint(cu.TenantID, cu.OrganizationName, cu.InitialDomain, cu.DefaultDomain, 2); names != want {
		t.Errorf("got %s, want %s", names, want)
	}
	t.Run("is also found from the partner's tenant, with the default domain", func(t *testing.T) {
		a := l.graph(l.partnerToken(), "/v1.0/tenantRelationships/findTenantInformationByTenantId(tenantId='"+cu.TenantID+"')")
		if a.find("defaultDomainName") != cu.DefaultDomain || a.find("displayName") != cu.OrganizationName {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
}
