package access_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"tenantrollup/internal/access"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// granted yields tokens by scope.
type granted map[string]string

func (g granted) Token(_ context.Context, _, scope string) (string, error) {
	token, known := g[scope]
	if !known {
		return "", &run.Failure{Class: run.NotLicensed, Remedy: "License it."}
	}
	return token, nil
}
func (granted) Forget(string, string, string)     {}
func (granted) Doubt(string, string, string) bool { return false }
func (granted) ConsentURL(string) string          { return consent }

// jwt is an unsigned token with these claims.
func jwt(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2lnbmVk"
}

func TestMissingPermissions(t *testing.T) {
	const (
		lacking  = `consent-missing,"Have an administrator of the customer open ` + consent + ` and accept. If the registration does not declare what is missing, declare it first: handler permissions prints the commands.",` + consent
		everyone = `{"roles":["Organization.Read.All","AuditLog.Read.All","Reports.Read.All"]}`
	)
	for _, test := range []struct {
		rule, reports, graph, exchange string
		row                            string
		replies                        map[string]reply
	}{
		{"everything is granted", "mfa;getMailboxUsageDetail(period='D7')", jwt(everyone), "", ",,,ok,ok,,,,2027-01-31", map[string]reply{report7: {302, ""}}},
		{"missing ones are named in the order of the reports, and the address grants them", "mfa;devices", jwt(`{"roles":["Organization.Read.All"]}`), "",
			lacking + `,ok,,,"AuditLog.Read.All, DeviceManagementManagedDevices.Read.All",,2027-01-31`, nil},
		{"a stronger one counts as granted", "users;domains", jwt(`{"roles":["Directory.Read.All"]}`), "", ",,,ok,,,,,2027-01-31", nil},
		{"so does the one for the roles of all services", "admins", jwt(`{"roles":["Organization.Read.All","RoleManagement.Read.All","User.Read.All"]}`), "", ",,,ok,,,,,2027-01-31", nil},
		{"a token without roles grants nothing", "licenses", jwt(`{"aud":"https://graph.microsoft.com"}`), "", lacking + ",ok,,,Organization.Read.All,,2027-01-31", nil},
		{"a permission only for name and domain is named, but no customer is refused for it", "mfa", jwt(`{"roles":["AuditLog.Read.All"]}`), "",
			",,,ok,,,Organization.Read.All,,2027-01-31", nil},
		{"an app with a user has scopes", "mfa;Get-MxRecordReport", jwt(`{"scp":"Organization.Read.All openid"}`), jwt(`{"scp":"Mail.Read"}`),
			lacking + `,ok,,ok,"AuditLog.Read.All, Exchange.Manage",,2027-01-31`, nil},
		{"Exchange's are in Exchange's token", "Get-MxRecordReport", jwt(`{"roles":["Organization.Read.All","Exchange.ManageAsApp"]}`), jwt(`{"roles":[]}`),
			lacking + ",ok,,ok,Exchange.ManageAsApp,,2027-01-31", nil},
		{"and granted there", "Get-MxRecordReport", jwt(`{"roles":["Organization.Read.All"]}`), jwt(`{"roles":["Exchange.ManageAsApp"]}`), ",,,ok,,ok,,,2027-01-31", nil},
		{"a customer without Exchange is refused by it", "Get-MxRecordReport", jwt(`{"roles":["Organization.Read.All"]}`), "none",
			"not-licensed,License it.,,ok,,not-licensed,,,2027-01-31", nil},
		{"what a service says comes first", "mfa;getMailboxUsageDetail(period='D7')", jwt(`{"roles":["Organization.Read.All"]}`), "",
			`not-licensed,{remedy},,ok,not-licensed,,"AuditLog.Read.All, Reports.Read.All",,2027-01-31`, map[string]reply{report7: {403, lapsed}}},
		{"an unreadable token says nothing", "mfa", "opaque", "", ",,,ok,,,,,2027-01-31", nil},
		{"nor one that is not JSON", "mfa", jwt("{"), "", ",,,ok,,,,,2027-01-31", nil},
		{"nor one in another alphabet", "mfa", "e30.+/.x", "", ",,,ok,,,,,2027-01-31", nil},
		{"an unknown permission is not missing", "/groups", jwt(`{"roles":["Organization.Read.All"]}`), "", ",,,ok,,,,,2027-01-31", nil},
	} {
		t.Run(test.rule, func(t *testing.T) {
			list, err := report.ParseList(test.reports)
			if err != nil {
				t.Fatal(err)
			}
			tokens := granted{graphScope: test.graph}
			o := access.Options{Tokens: tokens, UsageReports: test.replies != nil}
			o.Needs, _ = report.Needed(list)
			if test.exchange != "" {
				o.ExchangeScope, o.Exchange = exchangeScope, func(context.Context, run.Customer) error { return nil }
				if test.exchange != "none" {
					tokens[exchangeScope] = test.exchange
				}
			}
			got, err := fetchWith(t.Context(), t, &graph{replies: test.replies}, o)
			if want := header + strings.ReplaceAll(test.row, "{remedy}", remedy(reply{http.StatusForbidden, lapsed})) + "\r\n"; err != nil || got != want {
				t.Errorf("got  %q, %v\nwant %q", got, err, want)
			}
		})
	}
}
