# The Functions host's own account: the package, its locks, the timer's state,
# function keys and the queue. It holds no customer data. Versioning is off, because
# the host renews its locks every few seconds, and each renewal would be a version.
resource "azurerm_storage_account" "host" {
  #checkov:skip=CKV_AZURE_59:private_network closes it; without it there are no keys and no anonymous access, and only roles open it
  #checkov:skip=CKV2_AZURE_1:encrypted with Microsoft's keys; a key of our own would be one more thing that can stop a night
  #checkov:skip=CKV2_AZURE_33:a private endpoint comes with private_network (network.tf)
  #checkov:skip=CKV_AZURE_206:nothing in it outlasts a night except the package, which is published again
  #checkov:skip=CKV_AZURE_33:that is classic logging, which needs a key; monitoring.tf logs what is put into a queue
  name                = local.names.host_storage
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location

  account_tier             = "Standard"
  account_replication_type = "LRS"

  shared_access_key_enabled        = false
  default_to_oauth_authentication  = true
  https_traffic_only_enabled       = true
  min_tls_version                  = "TLS1_2"
  allow_nested_items_to_be_public  = false
  cross_tenant_replication_enabled = false
  local_user_enabled               = false
  public_network_access_enabled    = !var.private_network

  blob_properties {
    versioning_enabled = false
    delete_retention_policy {
      days = 14
    }
    container_delete_retention_policy {
      days = 14
    }
  }

  tags = var.tags
}

# Where the published zip is kept. It belongs to one app only, because every app's
# package has the same name there.
resource "azurerm_storage_container" "package" {
  #checkov:skip=CKV2_AZURE_21:the package holds no data and no secret
  name                  = "package"
  storage_account_id    = azurerm_storage_account.host.id
  container_access_type = "private"
}
