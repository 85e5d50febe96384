// Package infra_test compares what Terraform sets up with what the program does: its
// settings, and the log lines that the alarms look for.
package infra_test

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tenantrollup/internal/config"
	"tenantrollup/internal/report"
)

// today is when the program reads them.
const today = report.Date("2026-11-24")

// hosts are the settings that the Functions host and Azure's libraries read.
var hosts = []string{
	"APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "APPLICATIONINSIGHTS_CONNECTION_STRING", "AZURE_CLIENT_ID", "AZURE_TOKEN_CREDENTIALS",
	"AzureWebJobsStorage__accountName", "AzureWebJobsStorage__clientId", "AzureWebJobsStorage__credential",
}

// otherForms of the storage settings contain a key, or name the same account.
var otherForms = []string{
	"REPORTS_STORAGE", "REPORTS_STORAGE__blobServiceUri",
	"AzureWebJobsStorage", "AzureWebJobsStorage__blobServiceUri", "AzureWebJobsStorage__accountName",
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// names returns the keys of a map of settings.tf, in order.
func names(t *testing.T, of string) (keys []string) {
	t.Helper()
	block := regexp.MustCompile(`(?s)\n  ` + of + ` = \{\n(.*?)\n  \}`).FindStringSubmatch(read(t, "settings.tf"))
	if block == nil {
		t.Fatalf("settings.tf has no %s", of)
	}
	for _, m := range regexp.MustCompile(`(?m)^    (\w+) +=`).FindAllStringSubmatch(block[1], -1) {
		keys = append(keys, m[1])
	}
	slices.Sort(keys)
	return keys
}

func TestSettings(t *testing.T) {
	host, err := config.ReadHost([]byte(read(t, "../host.json")))
	if err != nil {
		t.Fatal(err)
	}

	t.Run("Terraform sets what the program reads, and nothing else", func(t *testing.T) {
		known := map[string]bool{}
		_, err := config.Load(func(name string) string { known[name] = true; return "" }, nil, host.FunctionTimeout, today)
		if err == nil {
			t.Fatal("no setting is required?")
		}
		for _, name := range slices.Concat(otherForms, []string{"HTTPS_PROXY", "https_proxy"}) {
			delete(known, name)
		}
		if want, got := slices.Sorted(maps.Keys(known)), names(t, "program_settings"); !slices.Equal(got, want) {
			t.Errorf("settings.tf sets %q\nthe program reads %q", got, want)
		}
	})
	t.Run("the rest is the host's", func(t *testing.T) {
		if got := names(t, "host_settings"); !slices.Equal(got, hosts) {
			t.Errorf("settings.tf sets %q", got)
		}
	})

	for _, settings := range planned(t) {
		t.Run("the program accepts what Terraform sets, with "+strconv.Itoa(len(settings))+" settings", func(t *testing.T) {
			c, err := config.Load(environment(settings), nil, host.FunctionTimeout, today)
			if err != nil {
				t.Fatal(err)
			}
			account := settings["REPORTS_STORAGE__accountName"]
			if want := "https://" + account + ".blob.core.windows.net/"; c.Storage.ServiceURL != want || c.Storage.ConnectionString != "" {
				t.Errorf("storage: %+v, want %s", c.Storage, want)
			}
		})
	}
	t.Run("Terraform's default report is the program's", func(t *testing.T) {
		settings := planned(t)[0]
		set, err := config.Load(environment(settings), nil, host.FunctionTimeout, today)
		delete(settings, "REPORTS")
		unset, err2 := config.Load(environment(settings), nil, host.FunctionTimeout, today)
		if err != nil || err2 != nil || !reflect.DeepEqual(set.Reports, unset.Reports) {
			t.Errorf("%+v and %+v, %v, %v", set.Reports, unset.Reports, err, err2)
		}
	})
}

// planned returns the settings that Terraform's own tests expect in the plan.
func planned(t *testing.T) (all []map[string]string) {
	t.Helper()
	block := regexp.MustCompile(`(?s)\.properties == \{\n(.*?)\n    \}`)
	entry := regexp.MustCompile(`(?m)^ +(\w+) += (".*")$`)
	for _, b := range block.FindAllStringSubmatch(read(t, "tests/settings.tftest.hcl"), -1) {
		settings := map[string]string{}
		for _, m := range entry.FindAllStringSubmatch(b[1], -1) {
			value, err := strconv.Unquote(m[2])
			if err != nil {
				t.Fatalf("%s: %v", m[0], err)
			}
			settings[m[1]] = value
		}
		all = append(all, settings)
	}
	if len(all) != 2 {
		t.Fatalf("%d lists of settings in the tests, want 2", len(all))
	}
	return all
}

// environment is what the platform makes of the settings: it looks references
// into the vault up.
func environment(settings map[string]string) func(string) string {
	return func(name string) string {
		if strings.HasPrefix(settings[name], "@Microsoft.KeyVault(") {
			return "https://hooks.contoso.com/rollup"
		}
		return settings[name]
	}
}

// A resource of these kinds keeps its secret in the state, and a key that a
// setting or an output names is in use.
func TestNoSecretInTheState(t *testing.T) {
	secret := regexp.MustCompile(`azurerm_key_vault_(?:secret|certificate|key)\b|(?:primary|secondary)_(?:access_key|connection_string)|site_credential|_shared_key\b|sensitive += true`)
	files, err := filepath.Glob("*.tf")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		for line := range strings.Lines(read(t, name)) {
			if found := secret.FindString(line); found != "" {
				t.Errorf("%s names %s: %s", name, found, line)
			}
		}
	}
}
