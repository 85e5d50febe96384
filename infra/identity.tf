# The app's identity is a separate resource, so that its roles, and the federated
# credential that may name it, outlive the app.
resource "azurerm_user_assigned_identity" "app" {
  name                = local.names.identity
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  tags                = var.tags
}
