locals {
  # The settings that the program reads in internal/config, and no others. What is
  # not wanted is not set at all, so the program's default applies.
  program_settings = {
    PARTNER_TENANT_ID            = var.partner_tenant_id
    PARTNER_CLIENT_ID            = var.partner_client_id
    PARTNER_AUTH                 = var.partner_auth
    KEY_VAULT_URL                = local.keeps_credential ? azurerm_key_vault.secrets[0].vault_uri : null
    REPORTS                      = join(";", [for name, call in var.reports : "${name}=${call}"])
    NIGHTLY_SCHEDULE             = var.nightly_schedule
    REPORTS_STORAGE__accountName = azurerm_storage_account.reports.name
    REPORTS_CONTAINER            = azurerm_storage_container.reports.name
    CUSTOMERS_FROM               = join(",", var.customers_from)
    CUSTOMERS_INCLUDE            = join(",", var.customers_include)
    CUSTOMERS_EXCLUDE            = join(",", var.customers_exclude)
    CONCURRENCY                  = var.concurrency
    EXECUTION_BUDGET             = var.execution_budget
    NOTIFY_WEBHOOK_URL           = var.notify ? "@Microsoft.KeyVault(SecretUri=${azurerm_key_vault.secrets[0].vault_uri}secrets/notify-webhook-url)" : null
    CLOUD                        = var.cloud
  }

  # The settings that the host and Azure's own libraries read.
  # AZURE_TOKEN_CREDENTIALS keeps them from trying other ways to sign in.
  host_settings = {
    AzureWebJobsStorage__accountName          = azurerm_storage_account.host.name
    AzureWebJobsStorage__credential           = "managedidentity"
    AzureWebJobsStorage__clientId             = azurerm_user_assigned_identity.app.client_id
    AZURE_CLIENT_ID                           = azurerm_user_assigned_identity.app.client_id
    AZURE_TOKEN_CREDENTIALS                   = "ManagedIdentityCredential"
    APPLICATIONINSIGHTS_CONNECTION_STRING     = nonsensitive(azurerm_application_insights.app.connection_string) # an address: the key in it is switched off
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING = "ClientId=${azurerm_user_assigned_identity.app.client_id};Authorization=AAD"
  }

  app_settings = {
    for name, value in merge(local.program_settings, local.host_settings) : name => tostring(value)
    if value != null && value != ""
  }
}

# A template writes the settings, because with every change of the app the provider
# would add AzureWebJobsStorage, a connection string without a key. The host prefers
# it to the identity and starts neither timer nor queue. The same happens if that
# setting is there and empty
# (https://github.com/hashicorp/terraform-provider-azurerm/issues/29693). This
# template replaces all settings by these after each change of the app.
resource "azurerm_resource_group_template_deployment" "settings" {
  name                = "settings"
  resource_group_name = azurerm_resource_group.main.name
  deployment_mode     = "Incremental"

  template_content = jsonencode({
    "$schema"      = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    contentVersion = "1.0.0.0"
    resources = [{
      type       = "Microsoft.Web/sites/config"
      apiVersion = "2024-04-01"
      name       = "${azurerm_function_app_flex_consumption.app.name}/appsettings"
      properties = local.app_settings
    }]
  })

  lifecycle {
    replace_triggered_by = [azurerm_function_app_flex_consumption.app]
  }

  # The platform resolves a reference when it is written, and not again for a day.
  depends_on = [azurerm_role_assignment.webhook_reader]
}
