//go:build terraform

package infra_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTerraformRefuses makes one thing wrong at a time in a copy of the
// configuration, and expects its tests to say so. infra/test.sh runs it: it needs
// terraform, and its init.
func TestTerraformRefuses(t *testing.T) {
	for _, m := range []struct {
		rule, file, right, wrong string
		tests, complaint         string
	}{
		{"a version of the runtime that Azure accepts and cannot run", "function.tf", `runtime_version = "1.0"`, `runtime_version = "1"`,
			"hardening", "The runtime must be custom 1.0"},
		{"a role that owns the reports", "roles.tf", `role = "Storage Blob Data Contributor"`, `role = "Storage Blob Data Owner"`,
			"hardening", "The app's roles are not exactly these"},
		{"a role on the account instead of the container", "roles.tf", `scope = azurerm_storage_container.reports.id, role`, `scope = azurerm_storage_account.reports.id, role`,
			"hardening", "The app may write the reports' container alone"},
		{"a storage account with keys", "storage_reports.tf", `shared_access_key_enabled        = false`, `shared_access_key_enabled        = true`,
			"hardening", "The storage accounts must take no keys"},
		{"public blobs", "storage_reports.tf", `allow_nested_items_to_be_public  = false`, `allow_nested_items_to_be_public  = true`,
			"hardening", "The storage accounts must be private"},
		{"checkpoints that are versions", "storage_reports.tf", `versioning_enabled = false`, `versioning_enabled = true`,
			"hardening", "versioning off"},
		{"a vault that can be purged", "vault.tf", `purge_protection_enabled   = true`, `purge_protection_enabled   = false`,
			"hardening", "protected from purging"},
		{"publishing by password", "function.tf", `webdeploy_publish_basic_authentication_enabled = false`, `webdeploy_publish_basic_authentication_enabled = true`,
			"hardening", "no publishing password"},
		{"a setting that nobody reads", "settings.tf", `CLOUD                        = var.cloud`, `COUNTRY                      = var.cloud`,
			"settings", "The settings are not exactly these"},
		{"a vault that a private network leaves open", "vault.tf", `var.private_network ? "Deny" : "Allow"`, `"Allow"`,
			"choices", "Storage and vault must be closed"},
		{"an identity that comes with the webhook", "function.tf", `"SystemAssigned, UserAssigned"`, `var.notify ? "SystemAssigned, UserAssigned" : "UserAssigned"`,
			"later", "The app must have both identities from the beginning"},
		{"ranges that keep nobody out", "function.tf", `length(var.allowed_ranges) == 0 ? "Allow" : "Deny"`, `"Allow"`,
			"choices", "Nobody else may call the app"},
		{"a sign-in to the subscription's tenant", "signin.tf", `lower(var.partner_tenant_id)`, `data.azurerm_client_config.current.tenant_id`,
			"choices", "Nobody may pass without signing in"},
		{"an account that is replaced with its reports", "storage_reports.tf", `[account_replication_type]`, `[]`,
			"later", "delete all reports"},
		{"a container that is replaced with its reports", "storage_reports.tf", `[name]`, `[]`,
			"later", "delete all reports"},
		{"a role that may do anything with secrets", "roles.tf", `secrets/setSecret/action`, `secrets/*`,
			"choices", "The role must let the app set secrets, and nothing else"},
	} {
		t.Run(m.rule, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			copyConfiguration(t, dir)
			spoil(t, filepath.Join(dir, m.file), m.right, m.wrong)
			command := exec.CommandContext(t.Context(), "terraform", "test", "-no-color", "-filter=tests/"+m.tests+".tftest.hcl")
			command.Dir = dir
			out, err := command.CombinedOutput()
			text := strings.Join(strings.Fields(strings.ReplaceAll(string(out), "│", "")), " ")
			if err == nil || !strings.Contains(text, m.complaint) {
				t.Errorf("want the tests to fail with %q: %v\n%s", m.complaint, err, out)
			}
		})
	}
}

// copyConfiguration copies what terraform reads, and what its init has fetched.
func copyConfiguration(t *testing.T, to string) {
	t.Helper()
	for _, pattern := range []string{"*.tf", ".terraform.lock.hcl", "queries/*.kql", "tests/*.tftest.hcl", "tests/mocks/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range files {
			write(t, filepath.Join(to, name), read(t, name))
		}
	}
	fetched, err := filepath.Abs(".terraform")
	if err == nil {
		err = os.Symlink(fetched, filepath.Join(to, ".terraform"))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func spoil(t *testing.T, name, right, wrong string) {
	t.Helper()
	text := read(t, name)
	if n := strings.Count(text, right); n != 1 {
		t.Fatalf("%s has %q %d times, want it once", name, right, n)
	}
	write(t, name, strings.Replace(text, right, wrong, 1))
}

func write(t *testing.T, name, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o700)
	if err == nil {
		err = os.WriteFile(name, []byte(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
