package config_test

import (
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/config"
	"tenantrollup/internal/report"
)

const (
	tenant   = "11111111-2222-3333-4444-555555555555"
	client   = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
	customer = "99999999-8888-7777-6666-555555555555"
	today    = report.Date("2026-11-24")
	account  = "DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=c2VjcmV0LWtleQ==;EndpointSuffix=core.windows.net"
)

// settings is the minimum that a night needs, with the test's changes.
func settings(changes map[string]string) func(string) string {
	env := map[string]string{
		"PARTNER_TENANT_ID":   tenant,
		"PARTNER_CLIENT_ID":   client,
		"KEY_VAULT_URL":       "https://contoso.vault.azure.net",
		"NIGHTLY_SCHEDULE":    "0 0 1 * * *",
		"AzureWebJobsStorage": account,
	}
	maps.Copy(env, changes)
	return func(name string) string { return env[name] }
}

func mustParse(t *testing.T, text string) report.Call {
	t.Helper()
	call, err := report.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return call
}

func TestLoad(t *testing.T) {
	defaults := func() config.Config {
		return config.Config{
			PartnerTenantID:  tenant,
			PartnerClientID:  client,
			Auth:             config.AuthCertificate,
			KeyVaultURL:      "https://contoso.vault.azure.net",
			Reports:          []report.Named{{Name: "mailbox-activity", Call: mustParse(t, "getMailboxUsageMailboxCounts(period='D7')")}},
			Schedule:         mustSchedule(t, "0 0 1 * * *"),
			Storage:          config.Storage{ConnectionString: account},
			ReportsContainer: "reports",
			Customers:        config.Customers{GDAP: true, Contracts: true},
			Concurrency:      64,
			ExecutionBudget:  9 * time.Minute,
			Cloud: config.Cloud{Name: "public", Login: "login.microsoftonline.com", Graph: "graph.microsoft.com", Exchange: "outlook.office365.com",
				BlobSuffix: "blob.core.windows.net", VaultSuffix: "vault.azure.net",
				TokenExchange: "api://AzureADTokenExchange", ReportHostSuffix: ".office.com"},
		}
	}
	tests := []struct {
		rule    string
		changes map[string]string
		want    func(*config.Config)
	}{
		{"what is not set gets its default", nil, func(*config.Config) {}},
		{"empty and blank count as not set",
			map[string]string{"PARTNER_AUTH": "", "REPORTS": " ", "CONCURRENCY": "\t", "CLOUD": " ", "CUSTOMERS_INCLUDE": " ", "REPORTS_STORAGE": " "},
			func(*config.Config) {}},
		{"values are trimmed, ids and hosts lower-cased",
			map[string]string{"PARTNER_TENANT_ID": tenant + " ", "PARTNER_CLIENT_ID": strings.ToUpper(client), "KEY_VAULT_URL": " https://Contoso.vault.azure.net/ "},
			func(*config.Config) {}},
		{"a partner that signs in with a secret", map[string]string{"PARTNER_AUTH": "secret"},
			func(c *config.Config) { c.Auth = config.AuthSecret }},
		{"one whose user also signs in", map[string]string{"PARTNER_AUTH": "Refresh-Token"},
			func(c *config.Config) { c.Auth = config.AuthRefreshToken }},
		{"one with a managed identity as its credential needs no vault", map[string]string{"PARTNER_AUTH": "federated", "KEY_VAULT_URL": " "},
			func(c *config.Config) { c.Auth, c.KeyVaultURL = config.AuthFederated, "" }},
		{"but can have one", map[string]string{"PARTNER_AUTH": "federated"},
			func(c *config.Config) { c.Auth = config.AuthFederated }},
		{"custom reports",
			map[string]string{"REPORTS": "day=getEmailActivityUserDetail(date={today-3});getTeamsTeamCounts(period='D30')"},
			func(c *config.Config) {
				c.Reports = []report.Named{
					{Name: "day", Call: mustParse(t, "getEmailActivityUserDetail(date={today-3})")},
					{Name: "getTeamsTeamCounts", Call: mustParse(t, "getTeamsTeamCounts(period='D30')")},
				}
			}},
		{"cmdlets of Exchange, and one that Microsoft retired",
			map[string]string{"REPORTS": "flow=Get-MailFlowStatusReport -StartDate {today-2}; activity=Get-MailboxActivityReport -StartDate {today-8} -EndDate {today-2}"},
			func(c *config.Config) {
				c.Reports = []report.Named{
					{Name: "flow", Call: mustParse(t, "Get-MailFlowStatusReport -StartDate {today-2}")},
					{Name: "activity", Call: mustParse(t, "Get-MailboxActivityReport -StartDate {today-8} -EndDate {today-2}")},
				}
			}},
		{"customers listed directly, along with a source", map[string]string{"CUSTOMERS_FROM": strings.ToUpper(customer) + ", gdap ," + customer},
			func(c *config.Config) { c.Customers = config.Customers{GDAP: true, TenantIDs: []string{customer}} }},
		{"filters hold ids and domains, sorted, without case",
			map[string]string{"CUSTOMERS_INCLUDE": "Fabrikam.onmicrosoft.com,adatum.com, " + customer, "CUSTOMERS_EXCLUDE": "xn--bcher-kva.example"},
			func(c *config.Config) {
				c.Include = []string{customer, "adatum.com", "fabrikam.onmicrosoft.com"}
				c.Exclude = []string{"xn--bcher-kva.example"}
			}},
		{"the ends of CONCURRENCY: 1", map[string]string{"CONCURRENCY": "1"}, func(c *config.Config) { c.Concurrency = 1 }},
		{"the ends of CONCURRENCY: 512", map[string]string{"CONCURRENCY": "512"}, func(c *config.Config) { c.Concurrency = 512 }},
		{"a shorter budget", map[string]string{"EXECUTION_BUDGET": "2s"}, func(c *config.Config) { c.ExecutionBudget = 2 * time.Second }},
		{"the longest budget", map[string]string{"EXECUTION_BUDGET": "9m30s"},
			func(c *config.Config) { c.ExecutionBudget = 9*time.Minute + 30*time.Second }},
		{"a webhook", map[string]string{"NOTIFY_WEBHOOK_URL": "https://contoso.example/hook?sig=abc"},
			func(c *config.Config) { c.NotifyWebhookURL = "https://contoso.example/hook?sig=abc" }},
		{"another container", map[string]string{"REPORTS_CONTAINER": "tenant-rollup-1"},
			func(c *config.Config) { c.ReportsContainer = "tenant-rollup-1" }},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			want := defaults()
			test.want(&want)
			got, err := config.Load(settings(test.changes), nil, 10*time.Minute, today)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("Load\n got %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestLoadReportsEveryMistakeAtOnce(t *testing.T) {
	env := map[string]string{
		"PARTNER_AUTH":       "password",
		"KEY_VAULT_URL":      "http://contoso.vault.azure.net",
		"REPORTS":            "getNothing;getTeamsTeamCounts",
		"REPORTS_CONTAINER":  "Reports",
		"CUSTOMERS_FROM":     "partnercenter,dap",
		"CUSTOMERS_EXCLUDE":  "contoso",
		"CONCURRENCY":        "many",
		"EXECUTION_BUDGET":   "1h",
		"NOTIFY_WEBHOOK_URL": "http://contoso.example",
		"CLOUD":              "germany",
	}
	got, err := config.Load(func(name string) string { return env[name] }, nil, 10*time.Minute, today)
	mistakes, ok := errors.AsType[config.Mistakes](err)
	if !ok {
		t.Fatalf("Load: %v, want Mistakes", err)
	}
	if !reflect.DeepEqual(got, config.Config{}) {
		t.Errorf("a Config came back with the mistakes: %+v", got)
	}
	var named []string
	for _, line := range mistakes {
		named = append(named, strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" :=", r) })[0])
	}
	want := "CLOUD PARTNER_TENANT_ID PARTNER_CLIENT_ID PARTNER_AUTH KEY_VAULT_URL REPORTS REPORTS NIGHTLY_SCHEDULE REPORTS_STORAGE REPORTS_CONTAINER " +
		"CUSTOMERS_FROM CUSTOMERS_FROM CUSTOMERS_EXCLUDE CONCURRENCY EXECUTION_BUDGET"
	if strings.Join(named, " ") != want {
		t.Errorf("mistakes in\n     %s\nwant %s", strings.Join(named, " "), want)
	}
	if lines := strings.Split(err.Error(), "\n"); lines[0] != "15 settings need attention:" || len(lines) != 16 {
		t.Errorf("the error does not have one line for each mistake under a heading:\n%v", err)
	}
}
