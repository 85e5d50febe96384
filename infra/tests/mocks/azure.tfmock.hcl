# What Azure would make up. Ids must look like real ones: they are parsed.

mock_resource "azurerm_resource_group" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-tenantrollup" }
}

mock_resource "azurerm_user_assigned_identity" {
  defaults = {
    id           = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-tenantrollup/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-tenantrollup"
    client_id    = "00000000-0000-0000-0000-0000000000c1"
    principal_id = "00000000-0000-0000-0000-0000000000d1"
  }
}

override_resource {
  target = azurerm_storage_account.host
  values = {
    id                    = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-tenantrollup/providers/Microsoft.Storage/storageAccounts/host"
    primary_blob_endpoint = "https://tenantrolluphost80a69.blob.core.windows.net/"
  }
}

override_resource {
  target = azurerm_storage_account.reports
  values = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-tenantrollup/providers/Microsoft.Storage/storageAccounts/reports" }
}

mock_resource "azurerm_storage_container" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-tenantrollup/providers/Microsoft.Storage/storageAccounts/any/blobServices/default/containers/any" }
}

override_resource {
  target = azurerm_storage_container.reports
  values = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-tenantrollup/providers/Microsoft.Storage/storageAccounts/reports/blobServices/default/containers/reports" }
}

mock_resource "azurerm_key_vault" {
  defaults = {
    id        = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-tenantrollup/providers/Microsoft.KeyVault/vaults/vault"
    vault_uri = "https://contoso-kv.vault.azure.net/"
  }
}

mock_resource "azurerm_service_plan" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-tenantrollup/providers/Microsoft.Web/serverFarms/plan-tenantrollup" }
}

mock_resource "azurerm_function_app_flex_consumption" {
  defaults = {
    default_hostname = "contoso.azurewebsites.net"
    identity         = { principal_id = "00000000-0000-0000-0000-0000000000d2" }
  }
}

mock_resource "azurerm_application_insights" {
  defaults = {
    id                = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-tenantrollup/providers/Microsoft.Insights/components/appi-tenantrollup"
    connection_string = "InstrumentationKey=00000000-0000-0000-0000-0000000000e1"
  }
}

mock_resource "azurerm_log_analytics_workspace" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-tenantrollup/providers/Microsoft.OperationalInsights/workspaces/log-tenantrollup" }
}

mock_resource "azurerm_monitor_action_group" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-tenantrollup/providers/Microsoft.Insights/actionGroups/ag-tenantrollup" }
}

mock_resource "azurerm_role_definition" {
  defaults = { role_definition_resource_id = "/subscriptions/00000000-0000-0000-0000-00000000000a/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-0000-0000-0000000000f1" }
}

mock_resource "azurerm_virtual_network" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-tenantrollup/providers/Microsoft.Network/virtualNetworks/vnet" }
}

mock_resource "azurerm_subnet" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-tenantrollup/providers/Microsoft.Network/virtualNetworks/vnet/subnets/any" }
}

mock_resource "azurerm_private_dns_zone" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-tenantrollup/providers/Microsoft.Network/privateDnsZones/any.example" }
}

mock_data "azurerm_client_config" {
  defaults = { tenant_id = "00000000-0000-0000-0000-0000000000b1" }
}
