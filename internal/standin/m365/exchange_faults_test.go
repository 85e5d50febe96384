package m365_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/standin/m365"
)

func TestExchangeFaults(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Today: due, Tuning: m365.Tuning{Times: 1, RetryAfter: time.Second}})
	tenant := l.Customers()[0].TenantID
	call := l.cmdletCall(tenant, trafficCmdlet, "{}")
	for _, test := range []struct {
		fault         m365.Fault
		first, second int
		says          string // innermost
	}{
		{m365.ExchangeRoleUnsupported, 403, 403, "The role assigned to application"},
		{m365.ExchangeRoleMissing, 403, 403, "isn't present in the role definition"},
		{m365.ExchangeBareRefusal, 403, 403, ""},
		{m365.ExchangeTransient, 400, 200, "CmdletProxyNotAvailableFailure"},
		{m365.ExchangeThrottled, 429, 200, ""},
		{m365.Throttled, 429, 200, ""},
		{m365.ThrottledDate, 429, 200, ""},
		{m365.ServerErrorThenFine, 500, 200, "internal server error"},
		{m365.ServerError, 500, 500, "internal server error"},
		{m365.Unlicensed, 403, 403, "Request not applicable to target tenant"},
		{m365.HeaderOnly, 200, 200, ""},
		{m365.NoRole, 200, 200, ""}, // a role of Graph's
	} {
		t.Run(string(test.fault), func(t *testing.T) {
			l.SetFault(0, test.fault)
			first, second := l.run(call), l.run(call)
			if first.status != test.first || second.status != test.second || !strings.Contains(first.inner(), test.says) {
				t.Errorf("got %d %s, then %d", first.status, first.body, second.status)
			}
			empty := strings.Contains(second.body, `"value":[]`)
			if empty != (test.fault == m365.HeaderOnly) {
				t.Errorf("got %s", second.body)
			}
		})
	}
	t.Run("throttled says in only one header when to retry", func(t *testing.T) {
		l.SetFault(0, m365.ExchangeThrottled)
		asked := time.Now()
		a := l.run(call)
		until, err := time.Parse(time.RFC3339, a.header.Get("Rate-Limit-Reset"))
		if err != nil || until.Before(asked.Add(900*time.Millisecond)) || a.header.Get("Retry-After") != "" {
			t.Errorf("got %v, %v", a.header, err)
		}
	})
	t.Run("the bare refusal is empty", func(t *testing.T) {
		l.SetFault(0, m365.ExchangeBareRefusal)
		if a := l.run(call); strings.Trim(a.body, "\x00") != "" || a.body == "" {
			t.Errorf("got %q", a.body)
		}
	})
	t.Run("missing consent is reported at sign-in, for Exchange's token only", func(t *testing.T) {
		l.SetFault(0, m365.ExchangeNotConsented)
		wantRefusal(t, l.signIn(tenant, l.form("scope", exchangeScope)), 400, 65001)
		if a := l.signIn(tenant, l.form()); a.status != http.StatusOK {
			t.Errorf("Graph's token: %d", a.status)
		}
	})
	t.Run("a user's role is refused in different words", func(t *testing.T) {
		l := start(t, m365.Options{Customers: 1, Today: due, Auth: m365.RefreshTokenSecret, Faults: map[int]m365.Fault{0: m365.ExchangeRoleUnsupported}})
		tenant := l.Customers()[0].TenantID
		call := l.cmdletCall(tenant, trafficCmdlet, "{}")
		call.token = l.signIn(tenant, l.form("grant_type", "refresh_token", "scope", exchangeScope, "refresh_token", l.StoredRefreshTokens()[0])).find("access_token")
		if a := l.run(call); !strings.Contains(a.inner(), "The role assigned to user 'reports@") {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
}

func TestExchangeFaultsOfAddresses(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Today: due, Rows: 5})
	tenant := l.Customers()[0].TenantID
	call := l.cmdletCall(tenant, trafficCmdlet, "{}")
	t.Run("a foreign redirect", func(t *testing.T) {
		l.SetFault(0, m365.ExchangeForeignRedirect)
		if a := l.run(call); a.status != 302 || !strings.HasPrefix(a.header.Get("Location"), "https://outlook.office365.com.fabrikam.example/") {
			t.Errorf("got %d %v", a.status, a.header)
		}
	})
	t.Run("a foreign link, after half of the records", func(t *testing.T) {
		l.SetFault(0, m365.ExchangeForeignLink)
		a := l.run(call)
		if strings.Count(a.body, `"C1":`) != 3 || !strings.Contains(a.body, `"@odata.nextLink":"https://outlook.office365.com.fabrikam.example/`) {
			t.Errorf("got %s", a.body)
		}
	})
	t.Run("a second page that links to itself", func(t *testing.T) {
		l.SetFault(0, m365.ExchangeLoop)
		_, pages := l.collect(call)
		if len(pages) != 10 || pages[1].Next == "" || pages[1].Next != pages[2].Next || pages[0].Next != pages[1].Next {
			t.Errorf("%d pages", len(pages))
		}
	})
	t.Run("a wider last record, on the second page", func(t *testing.T) {
		l.SetFault(0, m365.ExchangeWiderRecord)
		all, pages := l.collect(call)
		wide := 0
		for _, r := range all {
			if slices.Contains(r.names, "RecipientDomain") {
				wide++
			}
		}
		if len(pages) != 2 || wide != 1 || !slices.Contains(all[4].names, "RecipientDomain") {
			t.Errorf("%d pages, %d wide records of %d", len(pages), wide, len(all))
		}
		sameRecords(t, l.ServedRows(tenant, trafficCmdlet, nil), all)
	})
}

func TestListsOfFaultsAreStrangers(t *testing.T) {
	all := slices.Concat(m365.Faults(), m365.SlowFaults(), m365.DriftFaults(), m365.ExchangeFaults(), m365.HostileFaults(), m365.HostileExchangeFaults())
	seen := map[m365.Fault]bool{}
	for i, fault := range all {
		if seen[fault] || fault == m365.None {
			t.Errorf("number %d, %q, is not a new one", i, fault)
		}
		seen[fault] = true
	}
	t.Run("those of Exchange don't affect Graph", func(t *testing.T) {
		faults := map[int]m365.Fault{}
		for i, fault := range m365.ExchangeFaults() {
			faults[i] = fault
		}
		l := start(t, m365.Options{Customers: len(faults), Today: due, Faults: faults})
		for _, cu := range l.Customers() {
			if body, err := l.download(cu.TenantID, counts7); err != nil || body != string(l.Served(cu.TenantID, counts7)) {
				t.Errorf("%s: %v", cu.Fault, err)
			}
		}
	})
}
