locals {
  # Federated sign-in has no secret, so there is nothing to keep.
  keeps_credential = var.partner_auth != "federated"
  vault_count      = local.keeps_credential || var.notify ? 1 : 0
}

# A vault for this app only: its roles are assigned at the vault, not at single
# secrets. It is created empty.
resource "azurerm_key_vault" "secrets" {
  #checkov:skip=CKV_AZURE_189:private_network closes it; without it, only roles open it
  #checkov:skip=CKV_AZURE_109:the firewall comes with private_network: the app has no address of its own to let in
  #checkov:skip=CKV2_AZURE_32:a private endpoint comes with private_network (network.tf)
  count = local.vault_count

  name                = local.names.vault
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  tenant_id           = data.azurerm_client_config.current.tenant_id
  sku_name            = "standard"

  rbac_authorization_enabled = true
  purge_protection_enabled   = true
  soft_delete_retention_days = 90

  public_network_access_enabled = !var.private_network
  network_acls {
    # Functions are not among the services that the vault trusts by name: without a
    # private endpoint it must be reachable, and only roles protect it.
    default_action = var.private_network ? "Deny" : "Allow"
    bypass         = "None"
  }

  tags = var.tags
}

data "azurerm_client_config" "current" {}
