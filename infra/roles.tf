# What the identities may do. The type of each principal is given, because a new
# identity takes a while to appear in the directory.

locals {
  app_roles = merge(
    {
      # The host keeps package, locks, timer and keys there, and owns its leases.
      host_blobs = { scope = azurerm_storage_account.host.id, role = "Storage Blob Data Owner" }
      # It reads and writes the queue, and creates the queue and its poison queue.
      host_queue = { scope = azurerm_storage_account.host.id, role = "Storage Queue Data Contributor" }
      # Reports, in this container only.
      reports = { scope = azurerm_storage_container.reports.id, role = "Storage Blob Data Contributor" }
      # Links to the files are signed with a key that the account issues.
      links = { scope = azurerm_storage_account.reports.id, role = "Storage Blob Delegator" }
      # The host's logs; Application Insights accepts no key.
      logs = { scope = azurerm_application_insights.app.id, role = "Monitoring Metrics Publisher" }
    },
    local.keeps_credential ? {
      credential = { scope = azurerm_key_vault.secrets[0].id, role = "Key Vault Secrets User" }
    } : {},
  )
}

resource "azurerm_role_assignment" "app" {
  for_each = local.app_roles

  scope                = each.value.scope
  role_definition_name = each.value.role
  principal_id         = azurerm_user_assigned_identity.app.principal_id
  principal_type       = "ServicePrincipal"
}

# The app only renews a refresh token and stores it. Key Vault Secrets Officer would
# also let it delete secrets; this role allows only storing.
resource "azurerm_role_definition" "secret_writer" {
  count = var.partner_auth == "refresh-token" ? 1 : 0

  name        = "Tenant Rollup secret writer (${local.unique})" # unique in the tenant
  description = "Makes new versions of secrets, and nothing else."
  scope       = azurerm_resource_group.main.id

  permissions {
    data_actions = ["Microsoft.KeyVault/vaults/secrets/setSecret/action"]
  }
  assignable_scopes = [azurerm_resource_group.main.id]
}

resource "azurerm_role_assignment" "secret_writer" {
  count = var.partner_auth == "refresh-token" ? 1 : 0

  scope              = azurerm_key_vault.secrets[0].id
  role_definition_id = azurerm_role_definition.secret_writer[0].role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.app.principal_id
  principal_type     = "ServicePrincipal"
}

# The platform, not the program, looks up NOTIFY_WEBHOOK_URL in the vault, and
# does so under the app's system-assigned identity.
resource "azurerm_role_assignment" "webhook_reader" {
  count = var.notify ? 1 : 0

  scope                = azurerm_key_vault.secrets[0].id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_function_app_flex_consumption.app.identity[0].principal_id
  principal_type       = "ServicePrincipal"

  lifecycle {
    precondition {
      condition     = azurerm_function_app_flex_consumption.app.identity[0].principal_id != ""
      error_message = "notify: an earlier release has deployed this app, without the identity that reads the webhook's address. Set notify = false, apply, then set it to true and apply again."
    }
  }
}

resource "azurerm_role_assignment" "readers" {
  count = var.readers_group_id == null ? 0 : 1

  scope                = azurerm_storage_container.reports.id
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = var.readers_group_id
  principal_type       = "Group"
}
