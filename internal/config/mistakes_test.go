package config_test

import (
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/config"
)

func TestLoadRefuses(t *testing.T) {
	const (
		vault     = "want the address of the vault and nothing after it, such as https://contoso.vault.azure.net"
		schedule  = `want six NCRONTAB fields, seconds first, in UTC, such as "0 0 1 * * *" for every night at one`
		container = "want 3 to 63 lower-case letters, digits and single hyphens, a letter or digit first and last"
		blobs     = "want the https address of the account's blob service, without container or signature, such as https://contoso.blob.core.windows.net"
		filter    = "accepted: tenant ids (GUIDs) and domains such as contoso.onmicrosoft.com, with commas between them"
		budget    = "want a Go duration such as 5m or 90s, from 2s to 9m30s, which is host.json's functionTimeout (10m0s) less what the last checkpoint may take"
		https     = "REPORTS_STORAGE (its value is not shown): want https: DefaultEndpointsProtocol=https, and https in BlobEndpoint; http is only for an emulator on this machine"
		proxy     = "HTTPS_PROXY (its value is not shown): want the address of a proxy, such as http://proxy.contoso.com:8080"
		key       = "REPORTS_STORAGE (its value is not shown): want a connection string with AccountName and AccountKey, the key whole " +
			"(a shared access signature cannot sign links to the files), or UseDevelopmentStorage=true"
	)
	tests := []struct{ rule, name, value, want string }{
		{"no partner", "PARTNER_TENANT_ID", "",
			"PARTNER_TENANT_ID is not set: want the partner's tenant id, a GUID such as 5b2a6c1e-0f4d-4a77-9c3b-2d8e7f601a94"},
		{"a domain instead of the partner's tenant id", "PARTNER_TENANT_ID", "contoso.onmicrosoft.com",
			`PARTNER_TENANT_ID="contoso.onmicrosoft.com": want the partner's tenant id, a GUID such as 5b2a6c1e-0f4d-4a77-9c3b-2d8e7f601a94`},
		{"a secret instead of the client id", "PARTNER_CLIENT_ID", "abc8Q~hunter2",
			"PARTNER_CLIENT_ID (its value is not shown): it looks like a client secret: want the app's client id, a GUID such as 5b2a6c1e-0f4d-4a77-9c3b-2d8e7f601a94"},
		{"an unknown way to sign in", "PARTNER_AUTH", "password", `PARTNER_AUTH="password": accepted: certificate, secret, federated, refresh-token`},
		{"no vault", "KEY_VAULT_URL", "", "KEY_VAULT_URL is not set: " + vault + "; only PARTNER_AUTH=federated needs none"},
		{"a vault without https", "KEY_VAULT_URL", "http://contoso.vault.azure.net", `KEY_VAULT_URL="http://contoso.vault.azure.net": ` + vault},
		{"another cloud's vault", "KEY_VAULT_URL", "https://contoso.vault.azure.cn", `KEY_VAULT_URL="https://contoso.vault.azure.cn": ` + vault},
		{"a host that only looks like a vault", "KEY_VAULT_URL", "https://evilvault.azure.net", `KEY_VAULT_URL="https://evilvault.azure.net": ` + vault},
		{"a vault's secret", "KEY_VAULT_URL", "https://contoso.vault.azure.net/secrets/x", `KEY_VAULT_URL="https://contoso.vault.azure.net/secrets/x": ` + vault},
		{"a vault's port", "KEY_VAULT_URL", "https://contoso.vault.azure.net:8443", `KEY_VAULT_URL="https://contoso.vault.azure.net:8443": ` + vault},
		{"a password in the vault's address", "KEY_VAULT_URL", "https://me:hunter2@contoso.vault.azure.net", "KEY_VAULT_URL (its value is not shown): " + vault},
		{"only a vault's name", "KEY_VAULT_URL", "contoso", "KEY_VAULT_URL (its value is not shown): " + vault},
		{"a report that Graph does not have", "REPORTS", "getTeamsTeamCounts(period='D8')",
			`REPORTS: call "getTeamsTeamCounts(period='D8')": period "D8": want D7, D30, D90 or D180`},
		{"a misspelt report", "REPORTS", "getTeamsTeamCount(period='D7')",
			`REPORTS: call "getTeamsTeamCount(period='D7')": no usage report or short name "getTeamsTeamCount": did you mean getTeamsTeamCounts?`},
		{"a cmdlet that PowerShell would have to run", "REPORTS", "flow=Get-MailFlowStatusReport -StartDate (Get-Date).AddDays(-2)",
			`REPORTS: call "Get-MailFlowStatusReport -StartDate (Get-Date).AddDays(-2)": "(Get-Date).AddDays(-2)": nothing is evaluated: want {today-2}`},
		{"a day that Microsoft no longer keeps", "REPORTS", "getEmailActivityUserDetail(date=2026-10-24)",
			`REPORTS: call "getEmailActivityUserDetail(date=2026-10-24)": day 2026-10-24: Graph keeps single days for 28 days: want 2026-10-27 or later`},
		{"no schedule", "NIGHTLY_SCHEDULE", "", "NIGHTLY_SCHEDULE is not set: " + schedule},
		{"classic cron", "NIGHTLY_SCHEDULE", "0 1 * * *", `NIGHTLY_SCHEDULE="0 1 * * *": five fields are classic cron: ` + schedule},
		{"an invalid hour", "NIGHTLY_SCHEDULE", "0 0 25 * * *", `NIGHTLY_SCHEDULE="0 0 25 * * *": hour "25": want numbers from 0 to 23, written as 1, 1-5, 1,3 or */2`},
		{"a line break that the host would read as part of the schedule", "NIGHTLY_SCHEDULE", "0 0 1 * * *\n",
			`NIGHTLY_SCHEDULE="0 0 1 * * *\n": day of the week "*\n": want numbers from 0 to 6, written as 1, 1-5, 1,3 or */2, or names from Sunday to Saturday`},
		{"a time span instead of a schedule", "NIGHTLY_SCHEDULE", "24:00:00", `NIGHTLY_SCHEDULE="24:00:00": ` + schedule},
		{"a container with capitals", "REPORTS_CONTAINER", "Reports", `REPORTS_CONTAINER="Reports": ` + container},
		{"a container with two hyphens", "REPORTS_CONTAINER", "a--b", `REPORTS_CONTAINER="a--b": ` + container},
		{"a container that ends in a hyphen", "REPORTS_CONTAINER", "reports-", `REPORTS_CONTAINER="reports-": ` + container},
		{"a short container", "REPORTS_CONTAINER", "ab", `REPORTS_CONTAINER="ab": ` + container},
		{"an unknown source of customers", "CUSTOMERS_FROM", "gdap,csp", `CUSTOMERS_FROM="csp": accepted: gdap, contracts, tenant ids (GUIDs), with commas between them`},
		{"a filter that a stray comma would open", "CUSTOMERS_INCLUDE", ",", `CUSTOMERS_INCLUDE=",": an entry is empty: want a value between every two commas`},
		{"a name in a filter", "CUSTOMERS_EXCLUDE", "Contoso Ltd", `CUSTOMERS_EXCLUDE="contoso ltd": ` + filter},
		{"no customers in flight", "CONCURRENCY", "0", `CONCURRENCY="0": want a whole number from 1 to 512`},
		{"too many customers in flight", "CONCURRENCY", "513", `CONCURRENCY="513": want a whole number from 1 to 512`},
		{"half a customer", "CONCURRENCY", "1.5", `CONCURRENCY="1.5": want a whole number from 1 to 512`},
		{"a budget without a unit", "EXECUTION_BUDGET", "300", `EXECUTION_BUDGET="300": ` + budget},
		{"a budget too short to save in", "EXECUTION_BUDGET", "1s", `EXECUTION_BUDGET="1s": ` + budget},
		{"a budget that the host would cut off", "EXECUTION_BUDGET", "9m31s", `EXECUTION_BUDGET="9m31s": ` + budget},
		{"an unknown cloud", "CLOUD", "germany", `CLOUD="germany": accepted: public (GCC included), usgov (GCC High), china`},
		{"an invalid connection string", "REPORTS_STORAGE", "hunter2",
			"REPORTS_STORAGE (its value is not shown): want key=value parts with \";\" between them, as the portal's Access keys page shows them"},
		{"a connection string without a key", "REPORTS_STORAGE", "AccountName=contoso;SharedAccessSignature=sig=hunter2", key},
		{"a key cut short", "REPORTS_STORAGE", "AccountName=contoso;AccountKey=hunter2", key},
		{"quotes around a connection string", "REPORTS_STORAGE", `"` + account + `"`,
			"REPORTS_STORAGE (its value is not shown): want EndpointSuffix=core.windows.net or the like, and no quotes around the connection string"},
		{"an account without https", "REPORTS_STORAGE", "DefaultEndpointsProtocol=http;AccountName=contoso;AccountKey=c2VjcmV0LWtleQ==", https},
		{"blobs without https", "REPORTS_STORAGE", "AccountName=contoso;AccountKey=c2VjcmV0LWtleQ==;BlobEndpoint=http://contoso.blob.core.windows.net", https},
		{"a proxy that is not an address", "HTTPS_PROXY", "http://me:hunter2@proxy:eighty", proxy},
		{"a proxy with a line break at its end, which net/http would ignore", "HTTPS_PROXY", "http://proxy.contoso.com:8080\n", proxy},
		{"a proxy with a space in front", "https_proxy", " http://proxy.contoso.com:8080", "https_proxy" + strings.TrimPrefix(proxy, "HTTPS_PROXY")},
		{"a proxy of another protocol", "https_proxy", "ftp://proxy:21", "https_proxy" + strings.TrimPrefix(proxy, "HTTPS_PROXY")},
		{"an invalid account name", "REPORTS_STORAGE", "AccountKey=c2VjcmV0LWtleQ==", key},
		{"an address instead of an account's name", "REPORTS_STORAGE__accountName", "contoso.blob.core.windows.net",
			"REPORTS_STORAGE__accountName (its value is not shown): want the name of a storage account: 3 to 24 lower-case letters and digits"},
		{"a signature in the address of the blobs", "REPORTS_STORAGE__blobServiceUri", "https://contoso.blob.core.windows.net/?sig=hunter2",
			"REPORTS_STORAGE__blobServiceUri (its value is not shown): " + blobs},
		{"a container in the address of the blobs", "REPORTS_STORAGE__blobServiceUri", "https://contoso.blob.core.windows.net/reports",
			"REPORTS_STORAGE__blobServiceUri (its value is not shown): " + blobs},
		{"two settings for the same storage", "AzureWebJobsStorage__accountName", "contoso",
			"AzureWebJobsStorage and AzureWebJobsStorage__accountName are both set: want one of them"},
		{"no storage at all", "AzureWebJobsStorage", "",
			"REPORTS_STORAGE is not set: want a connection string, or REPORTS_STORAGE__accountName or REPORTS_STORAGE__blobServiceUri with the account " +
				"that the managed identity reaches; AzureWebJobsStorage, the default, is not set either"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			_, err := config.Load(settings(map[string]string{test.name: test.value}), nil, 10*time.Minute, today)
			if err == nil {
				t.Fatalf("%s=%q is accepted", test.name, test.value)
			}
			if err.Error() != test.want {
				t.Errorf("error\n  %v\nwant\n  %s", err, test.want)
			}
		})
	}
}

func TestOtherCloudsHaveNoUsageReports(t *testing.T) {
	for cloud, suffix := range map[string]string{"usgov": "vault.usgovcloudapi.net", "china": "vault.azure.cn"} {
		t.Run(cloud, func(t *testing.T) {
			_, err := config.Load(settings(map[string]string{"CLOUD": cloud, "KEY_VAULT_URL": "https://contoso." + suffix}), nil, 10*time.Minute, today)
			want := `REPORTS="getMailboxUsageMailboxCounts(period='D7')": Microsoft offers usage reports in the public cloud (GCC included) only, not in CLOUD=` + cloud + "; access, Graph's collections and Exchange's cmdlets run there"
			if err == nil || err.Error() != want {
				t.Errorf("error\n  %v\nwant\n  %s", err, want)
			}
		})
	}
}

func TestOtherCloudsRunCmdletsAndAccess(t *testing.T) {
	env := map[string]string{"CLOUD": "usgov", "KEY_VAULT_URL": "https://contoso.vault.usgovcloudapi.net", "REPORTS": "access; Get-MailFlowStatusReport -StartDate {today-2}"}
	if _, err := config.Load(settings(env), nil, 10*time.Minute, today); err != nil {
		t.Error(err)
	}
	t.Run("but none that a usage report answers", func(t *testing.T) {
		env["REPORTS"] = "Get-MailboxActivityReport -StartDate {today-8} -EndDate {today-2}"
		_, err := config.Load(settings(env), nil, 10*time.Minute, today)
		want := `REPORTS="Get-MailboxActivityReport -ReportType Daily -StartDate {today-8} -EndDate {today-2}": ` +
			"Microsoft offers usage reports in the public cloud (GCC included) only, not in CLOUD=usgov; access, Graph's collections and Exchange's cmdlets run there"
		if err == nil || err.Error() != want {
			t.Errorf("error\n  %v\nwant\n  %s", err, want)
		}
	})
}
