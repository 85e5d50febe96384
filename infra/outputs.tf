output "resource_group" {
  description = "The resource group that holds everything."
  value       = azurerm_resource_group.main.name
}

output "function_app" {
  description = "The function app that the package is deployed to."
  value       = azurerm_function_app_flex_consumption.app.name
}

output "function_app_id" {
  description = "The function app's resource id."
  value       = azurerm_function_app_flex_consumption.app.id
}

output "page" {
  description = "The runs, as a page in a browser; add ?code= and the key of the function runs."
  value       = "https://${azurerm_function_app_flex_consumption.app.default_hostname}/api/runs"
}

output "vault" {
  description = "The vault that the partner's credential goes into; none in federated mode."
  value       = one(azurerm_key_vault.secrets[*].name)
}

output "reports_storage" {
  description = "The storage account of the reports."
  value       = azurerm_storage_account.reports.name
}

output "reports_container" {
  description = "The container of the reports."
  value       = azurerm_storage_container.reports.name
}

output "host_storage" {
  description = "The storage account of the Functions host: its queue rollup-runs-poison holds what was given up."
  value       = azurerm_storage_account.host.name
}

output "federated_subject" {
  description = "The subject of the app registration's federated credential, in federated mode."
  value       = azurerm_user_assigned_identity.app.principal_id
}
