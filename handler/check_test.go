package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/m365"
)

// finding is a line of handler check --json.
type finding struct {
	Check, Detail, Remedy string
	OK                    bool
}

// check runs handler check in the place, with these settings added.
func (p *place) check(settings ...string) (findings []finding, code int) {
	p.t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		p.t.Fatal(err)
	}
	command := exec.CommandContext(p.t.Context(), binary, "check", "-json")
	command.Env = slices.Concat([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + p.t.TempDir(), "FUNCTIONS_APP_ROOT_PATH=" + root, "NIGHTLY_SCHEDULE=0 0 1 * * *",
		"REPORTS_STORAGE__accountName=" + standin.StorageAccount,
	}, p.Cloud.Env(), settings)
	var out, complaints bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaints
	command.Run()
	p.answers = append(p.answers, out.String(), complaints.String())
	if err := json.Unmarshal(out.Bytes(), &findings); err != nil {
		p.t.Fatalf("%v: %s %s", err, out.String(), complaints.String())
	}
	return findings, command.ProcessState.ExitCode()
}

func TestCheck(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 31}, nil)

	t.Run("everything in order", func(t *testing.T) {
		findings, code := p.check()
		var seen []string
		for _, f := range findings {
			if seen = append(seen, f.Check); !f.OK {
				t.Errorf("finding: %+v", f)
			}
		}
		want := []string{"settings", "secret partner-certificate", "storage", "download links", "partner sign-in", "permissions", "customers from gdap", "customers from contracts", "customers"}
		if code != 0 || !slices.Equal(seen, want) {
			t.Errorf("exit code %d, findings %q", code, seen)
		}
	})
	for _, c := range []struct {
		rule             string
		outage           m365.Outage
		settings         []string
		check            string
		detail, whatToDo string
	}{
		{"each wrong setting", "", []string{"CONCURRENCY=many", "KEY_VAULT_URL="}, "settings", "CONCURRENCY", ""},
		{"a vault that is down", m365.VaultDown, nil, "secret partner-certificate", "503", "asks again"},
		{"a vault that may not be read", m365.VaultForbidden, nil, "secret partner-certificate", "403", "Key Vault Secrets User"},
		{"a missing secret", m365.VaultEmpty, nil, "secret partner-certificate", "no secret partner-certificate", "Store it there"},
		{"a certificate that Entra does not accept", m365.SecretWrong, nil, "partner sign-in", "AADSTS700027", "partner-certificate"},
		{"a source without customers", m365.NoGDAP, nil, "customers from gdap", "has no customers", "CUSTOMERS_FROM"},
		{"a missing storage account", "", []string{"REPORTS_STORAGE__accountName=fabrikamreports"}, "storage", "fabrikamreports.blob.core.windows.net (container reports)", "REPORTS_STORAGE"},
		{"a storage account that may only be read", m365.BlobReadOnly, nil, "storage", "403 AuthorizationPermissionMismatch when asked to ", "Storage Blob Data Contributor"},
	} {
		t.Run("names "+c.rule, func(t *testing.T) {
			if c.outage != "" {
				p.Cloud.SetOutage(c.outage, true)
				defer p.Cloud.SetOutage(c.outage, false)
			}
			findings, code := p.check(c.settings...)
			found := slices.ContainsFunc(findings, func(f finding) bool {
				return !f.OK && f.Check == c.check && strings.Contains(f.Detail, c.detail) && strings.Contains(f.Remedy, c.whatToDo)
			})
			if code != 1 || !found {
				t.Errorf("exit code %d, findings %+v", code, findings)
			}
		})
	}
	t.Run("knows which permissions the registration has to declare", func(t *testing.T) {
		few := open(t, m365.Options{Customers: few, Seed: 31, Declared: []string{"Organization.Read.All", "User.Read.All"}}, nil)
		for _, c := range []struct {
			reports, detail string
			code            int
		}{
			{"licenses; users", "the registration declares what REPORTS is known to need", 0},
			{"licenses; logins=sign-in-activity; mfa; storage", "the registration does not declare AuditLog.Read.All for logins, mfa; Reports.Read.All for storage", 1},
			{"Get-MxRecordReport", "the registration does not declare Exchange.ManageAsApp for Get-MxRecordReport", 1},
		} {
			findings, code := few.check("REPORTS=" + c.reports)
			if code != c.code || !slices.ContainsFunc(findings, func(f finding) bool {
				return f.OK == (code == 0) && f.Check == "permissions" && f.Detail == c.detail && strings.Contains(f.Remedy, "handler permissions") != f.OK
			}) {
				t.Errorf("REPORTS=%s: exit code %d, findings %+v", c.reports, code, findings)
			}
		}
	})
	t.Run("counts the customers that the filters leave, and names entries without a match", func(t *testing.T) {
		excluded := p.Cloud.Customers()[1].TenantID
		findings, code := p.check("CUSTOMERS_EXCLUDE=" + strings.ToUpper(excluded) + ",00000000-0000-4000-8000-000000000000")
		for _, want := range []string{
			fmt.Sprintf("%d in all, %d of them asked, 1 excluded, 0 not included", few, few-1),
			"note: CUSTOMERS_EXCLUDE has entries that match no customer: 00000000-0000-4000-8000-000000000000",
		} {
			if code != 0 || !slices.ContainsFunc(findings, func(f finding) bool { return f.OK && f.Check == "customers" && f.Detail == want }) {
				t.Errorf("exit code %d, no finding %q in %+v", code, want, findings)
			}
		}
	})
	t.Run("names a missing identity", func(t *testing.T) {
		p.Cloud.RefuseIdentity("https://storage.azure.com", http.StatusBadRequest, 1)
		findings, _ := p.check()
		want := "No Azure token for storage contosoreports.blob.core.windows.net: ManagedIdentityCredential: its endpoint answered 400: No User Assigned or Delegated Managed Identity found"
		if !slices.ContainsFunc(findings, func(f finding) bool {
			return !f.OK && f.Check == "storage" && strings.HasPrefix(f.Detail, want) && strings.HasPrefix(f.Remedy, "Check AZURE_CLIENT_ID: ")
		}) {
			t.Errorf("findings %+v", findings)
		}
	})
	t.Run("no customer is asked", func(t *testing.T) {
		for _, c := range p.Cloud.Customers() {
			if asked := p.Cloud.Counts().Tenants[c.TenantID]; len(asked) > 0 {
				t.Errorf("customer %d: %v", c.Index, asked)
			}
		}
	})
}
