//go:build terraform

package infra_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// beside replaces what the provider would ask Azure for, and gives names to what is
// in the state of deployed.
const beside = `
provider "azurerm" {
  resource_provider_registrations = "none"
  resource_providers_to_register  = []
}
resource "azurerm_user_assigned_identity" "app" {
  name                = "id"
  resource_group_name = "rg"
  location            = "westeurope"
}
resource "azurerm_function_app_flex_consumption" "app" {
  name                       = "app"
  resource_group_name        = "rg"
  location                   = "westeurope"
  service_plan_id            = "` + inGroup + `/Microsoft.Web/serverFarms/plan"
  storage_container_endpoint = "https://host.blob.core.windows.net/package"
}
`

const (
	inGroup  = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg/providers"
	identity = inGroup + "/Microsoft.ManagedIdentity/userAssignedIdentities/id"
	systems  = "00000000-0000-0000-0000-0000000000d2" // principal of the system-assigned identity
)

// TestPlansWithTheProvider adds each optional part to a deployment, as the real
// provider plans it; a mocked one makes up whatever a plan needs. infra/test.sh
// runs it.
func TestPlansWithTheProvider(t *testing.T) {
	azure := httptest.NewServer(http.HandlerFunc(giveToken))
	t.Cleanup(azure.Close)
	p := planner{environment: append(os.Environ(), "ARM_USE_MSI=true", "ARM_MSI_ENDPOINT="+azure.URL,
		"ARM_USE_CLI=false", "ARM_TENANT_ID=00000000-0000-0000-0000-0000000000b1")}
	least := map[string]any{"partner_auth": "federated"}
	options := map[string]map[string]any{
		"the webhook":       {"notify": true},
		"the page's signin": {"page_client_id": "00000000-0000-0000-0000-0000000000a6"},
		"readers":           {"readers_group_id": "00000000-0000-0000-0000-0000000000a5"},
		"ranges":            {"allowed_ranges": []string{"203.0.113.0/24", "2001:db8::/32"}},
		"a private network": {"private_network": true},
		"a refresh token":   {"partner_auth": "refresh-token"},
		"nothing":           {},
	}

	first, err := p.plan(t, nil, least)
	if err != nil {
		t.Fatal(err)
	}
	app := first.of("azurerm_function_app_flex_consumption.app")
	kind, _ := app.Change.After["identity"].([]any)[0].(map[string]any)["type"].(string)
	t.Run("everything can be there from the beginning", func(t *testing.T) {
		everything := map[string]any{}
		for _, option := range options {
			maps.Copy(everything, option)
		}
		if _, err := p.plan(t, nil, everything); err != nil {
			t.Error(err)
		}
	})
	for name, option := range options {
		t.Run(name+" added later leaves the app unchanged, and gives no role to an unknown principal", func(t *testing.T) {
			planned, err := p.plan(t, deployed(kind), option)
			if err != nil {
				t.Fatal(err)
			}
			if actions := planned.of("azurerm_function_app_flex_consumption.app").Change.Actions; slices.Contains(actions, "delete") || slices.Contains(actions, "create") {
				t.Errorf("the app: %q", actions)
			}
			for _, r := range planned.Changes {
				if r.Type == "azurerm_role_assignment" && r.Change.After["principal_id"] == "" {
					t.Errorf("%s has no principal", r.Address)
				}
			}
			if reader := planned.of("azurerm_role_assignment.webhook_reader[0]"); option["notify"] == true && reader.Change.After["principal_id"] != systems {
				t.Errorf("the webhook's reader: %+v", reader)
			}
		})
	}

	// Releases before 0.2.0 left an app without the system-assigned identity.
	t.Run("an app of an earlier release gets its identity first, and then the webhook", func(t *testing.T) {
		if _, err := p.plan(t, deployed("UserAssigned"), least); err != nil {
			t.Error(err)
		}
		_, err := p.plan(t, deployed("UserAssigned"), map[string]any{"notify": true})
		if err == nil || !strings.Contains(err.Error(), "Set notify = false, apply") {
			t.Errorf("planned, or refused without saying what to do: %v", err)
		}
	})
}

// giveToken is the managed identity's endpoint: the provider reads from a token who
// it is.
func giveToken(w http.ResponseWriter, _ *http.Request) {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	expires := time.Now().Add(time.Hour).Unix()
	claims := fmt.Sprintf(`{"tid":"00000000-0000-0000-0000-0000000000b1","oid":"00000000-0000-0000-0000-0000000000e1","exp":%d}`, expires)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"%s.%s.%s","expires_in":"3600","expires_on":"%d","token_type":"Bearer"}`, part(`{"alg":"none"}`), part(claims), part("none"), expires)
}

// deployed is the state of an app with identities of that kind.
func deployed(kind string) map[string]any {
	principal := ""
	if strings.Contains(kind, "SystemAssigned") {
		principal = systems
	}
	resource := func(kind string, attributes map[string]any) map[string]any {
		return map[string]any{
			"mode": "managed", "type": kind, "name": "app", "provider": `provider["registry.terraform.io/hashicorp/azurerm"]`,
			"instances": []any{map[string]any{"schema_version": 0, "attributes": attributes}},
		}
	}
	return map[string]any{
		"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "11111111-1111-4111-8111-111111111111", "outputs": map[string]any{},
		"resources": []any{
			resource("azurerm_user_assigned_identity", map[string]any{
				"id": identity, "name": "id", "resource_group_name": "rg", "location": "westeurope",
				"client_id": "00000000-0000-0000-0000-0000000000c1", "principal_id": "00000000-0000-0000-0000-0000000000d1",
			}),
			resource("azurerm_function_app_flex_consumption", map[string]any{
				"id": inGroup + "/Microsoft.Web/sites/app", "name": "app", "resource_group_name": "rg", "location": "westeurope",
				"service_plan_id": inGroup + "/Microsoft.Web/serverFarms/plan", "runtime_name": "custom", "runtime_version": "1.0",
				"instance_memory_in_mb": 512, "maximum_instance_count": 40, "storage_container_type": "blobContainer",
				"storage_container_endpoint": "https://host.blob.core.windows.net/package", "storage_authentication_type": "UserAssignedIdentity",
				"storage_user_assigned_identity_id": identity, "https_only": true, "enabled": true, "default_hostname": "app.azurewebsites.net",
				"identity":    []any{map[string]any{"type": kind, "identity_ids": []string{identity}, "principal_id": principal, "tenant_id": ""}},
				"site_config": []any{map[string]any{"minimum_tls_version": "1.2"}},
			}),
		},
	}
}

type planner struct {
	environment []string
}

// proposal is what terraform show -json says about a plan.
type proposal struct {
	Changes []change `json:"resource_changes"`
}

type change struct {
	Address, Type string
	Change        struct {
		Actions []string
		After   map[string]any
	}
}

func (p proposal) of(address string) change {
	for _, c := range p.Changes {
		if c.Address == address {
			return c
		}
	}
	return change{}
}

// plan plans the configuration with these variables over the state; its error
// holds what Terraform says.
func (p planner) plan(t *testing.T, state map[string]any, variables map[string]any) (proposal, error) {
	t.Helper()
	dir := t.TempDir()
	copyConfiguration(t, dir)
	write(t, filepath.Join(dir, "beside_override.tf"), beside)
	values := map[string]any{
		"subscription_id": "00000000-0000-0000-0000-00000000000a", "location": "westeurope", "alarm_emails": []string{"operations@contoso.com"},
		"partner_tenant_id": "00000000-0000-0000-0000-0000000000b1", "partner_client_id": "00000000-0000-0000-0000-0000000000a1",
	}
	maps.Copy(values, variables)
	for name, content := range map[string]any{"terraform.tfvars.json": values, "terraform.tfstate": state} {
		if text, _ := json.Marshal(content); string(text) != "null" {
			write(t, filepath.Join(dir, name), string(text))
		}
	}
	if _, err := p.run(dir, "plan", "-input=false", "-refresh=false", "-no-color", "-out=plan"); err != nil {
		return proposal{}, err
	}
	out, err := p.run(dir, "show", "-json", "plan")
	if err != nil {
		t.Fatal(err)
	}
	var shown proposal
	if err := json.Unmarshal(out, &shown); err != nil {
		t.Fatal(err)
	}
	return shown, nil
}

func (p planner) run(dir string, arguments ...string) ([]byte, error) {
	command := exec.Command("terraform", arguments...)
	command.Dir, command.Env = dir, p.environment
	out, err := command.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		err = errors.New(strings.Join(strings.Fields(strings.ReplaceAll(string(failed.Stderr), "│", "")), " "))
	}
	return out, err
}
