package m365_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/standin/m365"
)

func TestCollectionRefusalsOfACustomer(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Rows: 4, Tuning: m365.Tuning{RetryAfter: 3 * time.Second, Times: 1}})
	const mfa = "/reports/authenticationMethods/userRegistrationDetails"
	for _, test := range []struct {
		fault      m365.Fault
		path       string
		status     int
		holds      string
		retryAfter string
	}{
		{m365.NoPremium, mfa, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", ""},
		{m365.NoPremium, "/users?$select=signInActivity", 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", ""},
		{m365.NoPremium, "/users", 200, "displayName", ""},
		{m365.NoPremium, "/identity/conditionalAccess/policies", 200, `"value":[]`, ""},
		{m365.NoIntune, "/deviceManagement/managedDevices", 400, "Request not applicable to target tenant.", ""},
		{m365.NoIntune, mfa, 200, "isMfaCapable", ""},
		{m365.NoRole, "/users", 403, "Authorization_RequestDenied", ""},
		{m365.NoRole, "/subscribedSkus", 200, "skuId", ""},
		{m365.Throttled, "/users", 429, "TooManyRequests", "3"},
		{m365.ThrottledLong, "/users", 429, "TooManyRequests", "600"},
		{m365.ServerError, "/users", 500, "InternalServerError", ""},
		{m365.ServerErrorThenFine, "/users", 500, "InternalServerError", ""},
		{m365.IdentityNotFound, "/users", 401, "Authorization_IdentityNotFound", ""},
		{m365.HTMLBody, "/users", 200, "<html>", ""},
		{m365.HeaderOnly, "/users", 200, `"value":[]`, ""},
		{m365.CollectionNoValue, "/users", 200, `"@odata.count":0}`, ""},
		{m365.CollectionTypes, "/users", 200, `"value":["none",5,null,[]]`, ""},
		{m365.ExtraColumn, "/users?$select=id", 200, `"id"`, ""},
		{m365.ExtraColumn, "/subscribedSkus", 200, `"serviceAnnotation":"new of late"`, ""},
	} {
		t.Run(string(test.fault)+" "+test.path, func(t *testing.T) {
			l.SetFault(0, test.fault)
			a := l.ask(test.path)
			if a.status != test.status || !strings.Contains(a.body, test.holds) || a.header.Get("Retry-After") != test.retryAfter {
				t.Errorf("%d, Retry-After %q, %s", a.status, a.header.Get("Retry-After"), a.body)
			}
		})
	}
}

func TestLicencesAgreeWithWhatServicesSay(t *testing.T) {
	l := start(t, m365.Options{Customers: 2, Faults: map[int]m365.Fault{0: m365.NoPremium, 1: m365.NoIntune}})
	for i, plans := range []struct{ has, lacks string }{{"INTUNE_A", `"AAD_PREMIUM"`}, {"AAD_PREMIUM", `"INTUNE_A"`}} {
		all := strings.Join(texts(l.Objects(l.Customers()[i].TenantID, "/subscribedSkus")), "")
		if strings.Contains(all, plans.lacks) || !strings.Contains(all, plans.has) {
			t.Errorf("customer %d has %s", i, all)
		}
	}
}

// valueOf is the list of a page.
func valueOf(t *testing.T, a answer) []json.RawMessage {
	t.Helper()
	var page struct{ Value []json.RawMessage }
	if err := json.Unmarshal([]byte(a.body), &page); err != nil {
		t.Fatal(err)
	}
	return page.Value
}

// follow reads a collection's pages until one is not a list, or eight.
func (l *lab) follow(path string) (records []string, last answer, links []string) {
	l.t.Helper()
	token := l.token(l.Customers()[0].TenantID)
	for next := address(path); next != "" && len(links) < 8 && strings.HasPrefix(next, "https://graph.microsoft.com/"); {
		last = l.get(next, token)
		if last.status != 200 {
			return records, last, links
		}
		records = append(records, texts(valueOf(l.t, last))...)
		next = last.find("@odata.nextLink")
		links = append(links, next)
	}
	return records, last, links
}

func TestLaterPagesOfACustomer(t *testing.T) {
	const path = "/users?$select=id"
	with := func(t *testing.T, fault m365.Fault) *lab {
		return start(t, m365.Options{Customers: 1, Rows: 30, Faults: map[int]m365.Fault{0: fault}, Tuning: m365.Tuning{Times: 1}})
	}
	all := func(l *lab) []string { return texts(l.Objects(l.Customers()[0].TenantID, path)) }
	t.Run("one is empty", func(t *testing.T) {
		l := with(t, m365.CollectionEmptyPage)
		records, last, links := l.follow(path)
		if last.status != 200 || len(links) != 4 || !slices.Equal(records, all(l)) {
			t.Errorf("%d records on %d pages, then %d", len(records), len(links), last.status)
		}
	})
	t.Run("its token expires once", func(t *testing.T) {
		l := with(t, m365.CollectionTokenExpires)
		if _, last, _ := l.follow(path); last.status != 400 || last.find("error", "code") != "Directory_ExpiredPageToken" {
			t.Fatalf("%d %s", last.status, last.body)
		}
		if records, last, _ := l.follow(path); last.status != 200 || !slices.Equal(records, all(l)) {
			t.Errorf("then %d records, %d", len(records), last.status)
		}
	})
	t.Run("its token is always refused", func(t *testing.T) {
		l := with(t, m365.CollectionTokenRefused)
		for range 4 {
			if _, last, _ := l.follow(path); last.status != 400 {
				t.Errorf("%d %s", last.status, last.body)
			}
		}
	})
	t.Run("it is elsewhere", func(t *testing.T) {
		for fault, begins := range map[m365.Fault]string{
			m365.CollectionForeignLink: "https://graph.microsoft.com.fabrikam.example/v1.0/users?",
			m365.CollectionBetaLink:    "https://graph.microsoft.com/beta/users?",
		} {
			if _, _, links := with(t, fault).follow(path); !strings.HasPrefix(links[0], begins) {
				t.Errorf("%s: %q", fault, links)
			}
		}
	})
	t.Run("it links to itself", func(t *testing.T) {
		if records, _, links := with(t, m365.CollectionLoop).follow(path); len(links) != 8 || len(records) != 80 {
			t.Errorf("%d records behind %q", len(records), links)
		}
	})
	t.Run("no such answer is whole", func(t *testing.T) {
		for _, fault := range []m365.Fault{m365.CollectionTokenRefused, m365.CollectionForeignLink, m365.CollectionBetaLink, m365.CollectionLoop} {
			if l := with(t, fault); l.Objects(l.Customers()[0].TenantID, path) != nil {
				t.Errorf("%s has objects", fault)
			}
		}
	})
}

func TestServiceHasALimitOfItsOwn(t *testing.T) {
	started := start(t, m365.Options{Customers: 2})
	form := started.form()
	synctest.Test(t, func(t *testing.T) {
		l := &lab{Cloud: started.Cloud, t: t, client: started.InProcess()}
		const mfa = "/reports/authenticationMethods/userRegistrationDetails"
		var tokens []string
		for _, customer := range l.Customers() {
			tokens = append(tokens, l.signIn(customer.TenantID, form).find("access_token"))
		}
		ask := func(customer int, path string) answer { return l.get(address(path), tokens[customer]) }
		for n := range 5 {
			if a := ask(0, mfa); a.status != 200 {
				t.Fatalf("call %d: %d", n+1, a.status)
			}
		}
		time.Sleep(4 * time.Second)
		if a := ask(0, "/users?$select=id,signInActivity"); a.status != 429 || a.header.Get("Retry-After") != "6" {
			t.Errorf("of users' sign-ins: %d, Retry-After %q", a.status, a.header.Get("Retry-After"))
		}
		if a := ask(0, mfa); a.status != 429 || a.header.Get("Retry-After") != "6" {
			t.Errorf("the sixth: %d, Retry-After %q", a.status, a.header.Get("Retry-After"))
		}
		if a := ask(1, mfa); a.status != 200 {
			t.Errorf("of another customer: %d", a.status)
		}
		if a := ask(0, "/users"); a.status != 200 {
			t.Errorf("of another service: %d", a.status)
		}
		time.Sleep(6 * time.Second)
		if a := ask(0, mfa); a.status != 200 {
			t.Errorf("after the wait: %d", a.status)
		}
	})
}

func TestSpentServiceRefusesOnceAndNoOtherService(t *testing.T) {
	started := start(t, m365.Options{Customers: 2, Faults: map[int]m365.Fault{0: m365.ServiceSpent}})
	form := started.form()
	synctest.Test(t, func(t *testing.T) {
		l := &lab{Cloud: started.Cloud, t: t, client: started.InProcess()}
		var tokens []string
		for _, customer := range l.Customers() {
			tokens = append(tokens, l.signIn(customer.TenantID, form).find("access_token"))
		}
		for _, service := range []struct{ path, wait string }{
			{"/users", "10"}, {"/admin/serviceAnnouncement/healthOverviews", "60"},
			{"/identity/conditionalAccess/policies", ""}, {"/reports/" + counts7, "600"},
		} {
			ask := func(customer int) answer { return l.get(address(service.path), tokens[customer]) }
			if a := ask(0); a.status != 429 || a.header.Get("Retry-After") != service.wait {
				t.Errorf("%s: %d, Retry-After %q", service.path, a.status, a.header.Get("Retry-After"))
			}
			if a := ask(1); a.status != 200 {
				t.Errorf("%s of another customer: %d", service.path, a.status)
			}
			if n := l.Counts().Throttled[m365.ServiceOf(service.path)]; n != 1 {
				t.Errorf("%s: counted %d", service.path, n)
			}
			wait, _ := strconv.Atoi(service.wait)
			time.Sleep(time.Duration(max(1, wait)) * time.Second)
			if a := ask(0); a.status != 200 {
				t.Errorf("%s after the wait: %d", service.path, a.status)
			}
		}
	})
}
