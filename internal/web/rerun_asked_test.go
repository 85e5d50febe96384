package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/run"
)

const fabrikam = "0d5ae26e-4d8b-4c1c-9f3c-000000000001"

func TestRerunOfSomeCustomers(t *testing.T) {
	failed := map[string][]string{"details": {fabrikam}, "mailbox-activity": {fabrikam, "contoso.example"}}
	both := `["` + fabrikam + `","contoso.example"]`
	for _, c := range []struct {
		rule, body string
		r          requests
		status     int
		answer     string
		queued     []string
	}{
		{
			"named customers are asked again if they have no data", `{"scope":"failed","customers":` + both + `}`, requests{failed: failed},
			http.StatusAccepted, `"status_url":"/api/runs/details/2026-11-24"`,
			[]string{"mailbox-activity/2026-11-24 failed  " + fabrikam + " contoso.example", "details/2026-11-24 failed  " + fabrikam + " contoso.example"},
		},
		{
			"a report in which nobody matches is skipped", `{"scope":"failed","customers":` + both + `}`, requests{failed: map[string][]string{"details": {fabrikam}}},
			http.StatusAccepted, `"unmatched":["contoso.example"]`, []string{"details/2026-11-24 failed  " + fabrikam + " contoso.example"},
		},
		{
			"those of a class", `{"scope":"failed","class":"consent-missing","reports":["details"]}`, requests{failed: failed},
			http.StatusAccepted, `{"runs":[{"report":"details"`, []string{"details/2026-11-24 failed consent-missing"},
		},
		{
			"customers who have data everywhere", `{"scope":"failed","customers":["contoso.example"]}`, requests{},
			http.StatusNotFound, `"code":"no-match","message":"customers: none of these is a customer without data: contoso.example`, nil,
		},
		{
			"a class without customers", `{"scope":"failed","class":"throttled"}`, requests{},
			http.StatusNotFound, `"code":"no-match","message":"class: no customer is without data as throttled"`, nil,
		},
		{
			"others are being asked", `{"scope":"failed","customers":["contoso.example"],"reports":["details"]}`, requests{failed: failed, busy: "details"},
			http.StatusConflict, `"code":"busy"`, []string{"details/2026-11-24 failed  contoso.example"},
		},
	} {
		t.Run(c.rule, func(t *testing.T) {
			status, answer := ask(t, http.MethodPost, "/api/runs", c.body, runs{}, &c.r)
			if status != c.status || !strings.Contains(answer, c.answer) || !slices.Equal(c.r.queued, c.queued) {
				t.Errorf("answered %d %s, queued %q", status, answer, c.r.queued)
			}
		})
	}
}

func TestRequestsForSomeCustomersThatAreRefused(t *testing.T) {
	many, _ := json.Marshal(slices.Repeat([]string{fabrikam}, run.AskedLimit+1))
	for _, c := range []struct{ rule, body, answer string }{
		{"with scope all", `{"customers":["contoso.example"]}`, `customers: it goes with \"scope\":\"failed\" alone`},
		{"with accept", `{"accept":true,"class":"throttled"}`, `class: it goes with \"scope\":\"failed\" alone`},
		{"customers and a class", `{"scope":"failed","customers":["contoso.example"],"class":"throttled"}`, "class: customers are named, too; want one of the two"},
		{"nobody", `{"scope":"failed","customers":[]}`, "customers: 0 are named; want 1 to 50 tenant ids or domains"},
		{"more than fifty", fmt.Sprintf(`{"scope":"failed","customers":%s}`, many), "customers: 51 are named"},
		{"an invalid name", `{"scope":"failed","customers":["Contoso Ltd"]}`, `customers: \"Contoso Ltd\" is neither a tenant id nor a domain`},
		{"an empty name", `{"scope":"failed","customers":[""]}`, `customers: \"\" is neither`},
		{"text instead of a list", `{"scope":"failed","customers":"contoso.example"}`, "customers: want a list of tenant ids or domains, or leave it out"},
		{"an unknown class", `{"scope":"failed","class":"broken"}`, `class: \"broken\"; accepted: consent-missing, `},
		{"a warning", `{"scope":"failed","class":"warning-stale-data"}`, `class: \"warning-stale-data\"; accepted: `},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var r requests
			status, answer := ask(t, http.MethodPost, "/api/runs", c.body, runs{}, &r)
			if status != http.StatusBadRequest || !strings.Contains(answer, c.answer) || len(r.queued) > 0 {
				t.Errorf("answered %d %s, queued %q", status, answer, r.queued)
			}
		})
	}
}
