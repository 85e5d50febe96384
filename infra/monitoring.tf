resource "azurerm_log_analytics_workspace" "logs" {
  name                = local.names.workspace
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location

  sku                          = "PerGB2018"
  retention_in_days            = var.log_retention_days
  daily_quota_gb               = var.log_daily_cap_gb
  local_authentication_enabled = false

  tags = var.tags
}

resource "azurerm_application_insights" "app" {
  name                = local.names.insights
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location

  application_type             = "other"
  workspace_id                 = azurerm_log_analytics_workspace.logs.id
  daily_data_cap_in_gb         = var.log_daily_cap_gb
  sampling_percentage          = 100 # the alarms read single lines
  local_authentication_enabled = false

  tags = var.tags
}

# Who has requested which secret.
resource "azurerm_monitor_diagnostic_setting" "vault" {
  count = local.vault_count

  name                           = "audit"
  target_resource_id             = azurerm_key_vault.secrets[0].id
  log_analytics_workspace_id     = azurerm_log_analytics_workspace.logs.id
  log_analytics_destination_type = "Dedicated"

  enabled_log {
    category = "AuditEvent"
  }
}

# Who has read, written or deleted a report.
resource "azurerm_monitor_diagnostic_setting" "reports" {
  name                       = "audit"
  target_resource_id         = "${azurerm_storage_account.reports.id}/blobServices/default"
  log_analytics_workspace_id = azurerm_log_analytics_workspace.logs.id

  enabled_log {
    category = "StorageRead"
  }
  enabled_log {
    category = "StorageWrite"
  }
  enabled_log {
    category = "StorageDelete"
  }
}

# What is put into a queue: an alarm looks for the poison queue.
resource "azurerm_monitor_diagnostic_setting" "queue" {
  name                       = "poison"
  target_resource_id         = "${azurerm_storage_account.host.id}/queueServices/default"
  log_analytics_workspace_id = azurerm_log_analytics_workspace.logs.id

  enabled_log {
    category = "StorageWrite"
  }
}

# Who has replaced the package that runs, or a function key.
resource "azurerm_monitor_diagnostic_setting" "host" {
  name                       = "audit"
  target_resource_id         = "${azurerm_storage_account.host.id}/blobServices/default"
  log_analytics_workspace_id = azurerm_log_analytics_workspace.logs.id

  enabled_log {
    category = "StorageWrite"
  }
  enabled_log {
    category = "StorageDelete"
  }
}
