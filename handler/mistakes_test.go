package main_test

import (
	"net/http"
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

// A person who reads what handler check says about a mistake must know what it is
// about, what is wrong with it, and what to do.
func TestPlausibleMistakes(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 41}, nil)
	const key = "AccountKey=c2VjcmV0IG9mIG5vYm9keSBhdCBhbGw="
	for _, m := range []struct {
		mistake          string
		settings         []string
		outage           m365.Outage
		about, wrong, so string
	}{
		{"no partner", []string{"PARTNER_TENANT_ID="}, "", "PARTNER_TENANT_ID", "is not set", "want the partner's tenant id, a GUID such as"},
		{"a domain instead of the tenant id", []string{"PARTNER_TENANT_ID=contoso.onmicrosoft.com"}, "", "PARTNER_TENANT_ID", `"contoso.onmicrosoft.com"`, "want the partner's tenant id, a GUID"},
		{"a secret instead of the client id", []string{"PARTNER_CLIENT_ID=Ab3~8Q~dEfGhIjKlMnOpQrStUvWxYz0123456789"}, "", "PARTNER_CLIENT_ID", "it looks like a client secret", "want the app's client id, a GUID"},
		{"an unknown mode", []string{"PARTNER_AUTH=password"}, "", "PARTNER_AUTH", `"password"`, "accepted: certificate, secret, federated, refresh-token"},
		{"no vault", []string{"KEY_VAULT_URL="}, "", "KEY_VAULT_URL", "is not set", "such as https://contoso.vault.azure.net; only PARTNER_AUTH=federated needs none"},
		{"the vault's name instead of its address", []string{"KEY_VAULT_URL=contoso"}, "", "KEY_VAULT_URL", "its value is not shown", "want the address of the vault and nothing after it"},
		{"a secret's address instead of the vault's", []string{"KEY_VAULT_URL=https://contoso.vault.azure.net/secrets/partner-certificate"}, "", "KEY_VAULT_URL", "/secrets/partner-certificate", "want the address of the vault and nothing after it"},
		{"another cloud's vault", []string{"KEY_VAULT_URL=https://contoso.vault.azure.cn"}, "", "KEY_VAULT_URL", "vault.azure.cn", "such as https://contoso.vault.azure.net"},
		{"an unknown cloud", []string{"CLOUD=gcc"}, "", "CLOUD", `"gcc"`, "accepted: public (GCC included), usgov (GCC High), china"},
		{"nobody in flight", []string{"CONCURRENCY=0"}, "", "CONCURRENCY", `"0"`, "want a whole number from 1 to 512"},
		{"too many in flight", []string{"CONCURRENCY=1000"}, "", "CONCURRENCY", `"1000"`, "want a whole number from 1 to 512"},
		{"a budget without a unit", []string{"EXECUTION_BUDGET=9"}, "", "EXECUTION_BUDGET", `"9"`, "want a Go duration such as 5m or 90s"},
		{"a budget beyond the host's limit", []string{"EXECUTION_BUDGET=20m"}, "", "EXECUTION_BUDGET", `"20m"`, "from 2s to 9m30s, which is host.json's functionTimeout (10m0s) less"},
		{"a webhook by http", []string{"NOTIFY_WEBHOOK_URL=http://hooks.contoso.com/rollup"}, "", "NOTIFY_WEBHOOK_URL", "nobody is notified", "want an https address"},
		{"a webhook's reference that was not resolved", []string{"NOTIFY_WEBHOOK_URL=@Microsoft.KeyVault(SecretUri=https://contoso.vault.azure.net/secrets/notify-webhook-url)"}, "", "NOTIFY_WEBHOOK_URL", "a reference that the platform could not resolve", "make sure that the secret is in the vault"},
		{"another reference", []string{"PARTNER_CLIENT_ID=@Microsoft.KeyVault(VaultName=contoso;SecretName=client)"}, "", "PARTNER_CLIENT_ID", "a reference that the platform could not resolve", "make sure that the secret is in the vault and that the app's system-assigned identity may read it"},
		{"a proxy without a port", []string{"HTTPS_PROXY=http://:8080"}, "", "HTTPS_PROXY", "its value is not shown", "want the address of a proxy, such as http://proxy.contoso.com:8080"},
		{"a filter's name without its s", []string{"CUSTOMER_EXCLUDE=contoso.com"}, "", "CUSTOMER_EXCLUDE", "there is no such setting", "rename it to CUSTOMERS_EXCLUDE, or delete it"},
		{"REPORTS without its s", []string{"REPORT=access"}, "", "REPORT (", "there is no such setting", "rename it to REPORTS, or delete it"},

		{"two accounts at once", []string{"REPORTS_STORAGE=UseDevelopmentStorage=true"}, "", "REPORTS_STORAGE and REPORTS_STORAGE__accountName", "are both set", "want one of them"},
		{"no account", []string{"REPORTS_STORAGE__accountName=", "AzureWebJobsStorage__accountName="}, "", "REPORTS_STORAGE", "is not set", "want a connection string, or REPORTS_STORAGE__accountName"},
		{"an invalid account name", []string{"REPORTS_STORAGE__accountName=Contoso_Reports"}, "", "REPORTS_STORAGE__accountName", "its value is not shown", "3 to 24 lower-case letters and digits"},
		{"a container in the account's address", []string{"REPORTS_STORAGE__accountName=", "REPORTS_STORAGE__blobServiceUri=https://contoso.blob.core.windows.net/reports"}, "", "REPORTS_STORAGE__blobServiceUri", "its value is not shown", "without container or signature, such as https://contoso.blob.core.windows.net"},
		{"a connection by http", []string{"REPORTS_STORAGE__accountName=", "REPORTS_STORAGE=DefaultEndpointsProtocol=http;AccountName=contoso;" + key}, "", "REPORTS_STORAGE", "http is only for an emulator on this machine", "want https: DefaultEndpointsProtocol=https"},
		{"a signature instead of a key", []string{"REPORTS_STORAGE__accountName=", "REPORTS_STORAGE=BlobEndpoint=https://contoso.blob.core.windows.net;SharedAccessSignature=sv=2024"}, "", "REPORTS_STORAGE", "a shared access signature cannot sign links", "want a connection string with AccountName and AccountKey"},
		{"a container's name in capitals", []string{"REPORTS_CONTAINER=Reports"}, "", "REPORTS_CONTAINER", `"Reports"`, "want 3 to 63 lower-case letters, digits and single hyphens"},
		{"a missing account", []string{"REPORTS_STORAGE__accountName=fabrikamreports"}, "", "fabrikamreports.blob.core.windows.net (container reports)", "", "REPORTS_STORAGE"},
		{"an account that may only be read", nil, m365.BlobReadOnly, "contosoreports.blob.core.windows.net", "403 AuthorizationPermissionMismatch", "Storage Blob Data Contributor"},

		{"a vault that is down", nil, m365.VaultDown, "contoso-rollup.vault.azure.net", "503", "asks again"},
		{"a vault that refuses", nil, m365.VaultForbidden, "contoso-rollup.vault.azure.net", "403", "Key Vault Secrets User"},
		{"a vault without the secret", nil, m365.VaultEmpty, "contoso-rollup.vault.azure.net", "has no secret partner-certificate", "Store it there"},
		{"a certificate that is not registered", nil, m365.SecretWrong, "partner sign-in", "AADSTS700027", "partner-certificate"},

		{"no schedule under the host", []string{"NIGHTLY_SCHEDULE=", "FUNCTIONS_CUSTOMHANDLER_PORT=7071"}, "", "NIGHTLY_SCHEDULE", "is not set", `"0 0 1 * * *"`},
		{"classic cron", []string{"NIGHTLY_SCHEDULE=0 1 * * *"}, "", "NIGHTLY_SCHEDULE", "five fields are classic cron", `want six NCRONTAB fields, seconds first, in UTC, such as "0 0 1 * * *"`},
		{"the 25th hour", []string{"NIGHTLY_SCHEDULE=0 0 25 * * *"}, "", "NIGHTLY_SCHEDULE", `hour "25"`, "want numbers from 0 to 23"},
		{"a word instead of a schedule", []string{"NIGHTLY_SCHEDULE=daily"}, "", "NIGHTLY_SCHEDULE", `"daily"`, `"0 0 1 * * *"`},

		{"an unknown source", []string{"CUSTOMERS_FROM=all"}, "", "CUSTOMERS_FROM", `"all"`, "accepted: gdap, contracts, tenant ids (GUIDs)"},
		{"only a comma", []string{"CUSTOMERS_INCLUDE=,"}, "", "CUSTOMERS_INCLUDE", "an entry is empty", "want a value between every two commas"},
		{"a customer's name instead of its domain", []string{"CUSTOMERS_EXCLUDE=Contoso"}, "", "CUSTOMERS_EXCLUDE", `"contoso"`, "accepted: tenant ids (GUIDs) and domains such as contoso.onmicrosoft.com"},
		{"a filter that matches nobody", []string{"CUSTOMERS_EXCLUDE=00000000-0000-4000-8000-000000000000"}, "", "CUSTOMERS_EXCLUDE", "has entries that match no customer", "00000000-0000-4000-8000-000000000000"},
		{"a source without customers", nil, m365.NoGDAP, "customers from gdap", "has no customers", "Remove it from CUSTOMERS_FROM"},

		{"a report that Graph does not know", []string{"REPORTS=getMailboxUsage(period='D7')"}, "", "REPORTS", `no usage report or short name "getMailboxUsage"`, "did you mean getMailboxUsageDetail?"},
		{"a period that Graph does not know", []string{"REPORTS=getMailboxUsageDetail(period='D10')"}, "", "getMailboxUsageDetail(period='D10')", `period "D10"`, "want D7, D30, D90 or D180"},
		{"a day that is no longer kept", []string{"REPORTS=getEmailActivityUserDetail(date=2020-01-01)"}, "", "getEmailActivityUserDetail(date=2020-01-01)", "Graph keeps single days for 28 days", "or later"},
		{"a cmdlet of another module", []string{"REPORTS=Get-MgUser -All"}, "", "Get-MgUser", "is a command of the module Microsoft.Graph, not of Exchange", "want users"},
		{"a cmdlet that changes something", []string{"REPORTS=Remove-Mailbox -Identity a"}, "", "REPORTS", `no short name "Remove-Mailbox", and no cmdlet that reads`, "want a short name, such as licenses, or Get- and letters or digits"},
		{"two reports with one name", []string{"REPORTS=a=access;a=licenses"}, "", `"a"`, "two reports are named", "name one of them, as in"},
		{"Graph's beta", []string{"REPORTS=/beta/users"}, "", "/beta/users", "beta changes without notice", "want what Graph v1.0 has, such as /users"},
		{"a comma between two reports", []string{"REPORTS=getMailboxUsageDetail(period='D7'), access"}, "", "REPORTS", `", access"`, `want ";" between two reports, not a comma`},
	} {
		t.Run(m.mistake, func(t *testing.T) {
			if m.outage != "" {
				p.Cloud.SetOutage(m.outage, true)
				defer p.Cloud.SetOutage(m.outage, false)
			}
			findings, code := p.check(m.settings...)
			var said []string
			for _, f := range findings {
				line := f.Check + ": " + f.Detail + " → " + f.Remedy
				noted := strings.Contains(f.Detail, "warning: ") || strings.Contains(f.Detail, "note: ")
				if f.OK && !noted {
					continue
				}
				if said = append(said, line); strings.Contains(line, m.about) && strings.Contains(line, m.wrong) && strings.Contains(line, m.so) && (code == 1) == !f.OK {
					return
				}
			}
			t.Errorf("exit code %d:\n%s", code, strings.Join(said, "\n"))
		})
	}
	t.Run("an identity that is not assigned", func(t *testing.T) {
		p.Cloud.RefuseIdentity("https://storage.azure.com", http.StatusBadRequest, 1)
		findings, code := p.check()
		for _, f := range findings {
			if !f.OK && strings.Contains(f.Detail, "No User Assigned or Delegated Managed Identity found") && strings.HasPrefix(f.Remedy, "Check AZURE_CLIENT_ID: ") {
				return
			}
		}
		t.Errorf("exit code %d, findings %+v", code, findings)
	})
}
