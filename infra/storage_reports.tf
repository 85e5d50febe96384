# The reports. Versioning is off, because a run's checkpoint writes its record every
# ten seconds, and each write would be a version. What is replaced or deleted can be
# restored for 14 days.
resource "azurerm_storage_account" "reports" {
  #checkov:skip=CKV_AZURE_59:private_network closes it; without it there are no keys and no anonymous access, and only roles open it
  #checkov:skip=CKV2_AZURE_1:encrypted with Microsoft's keys; a key of our own would be one more thing that can stop a night
  #checkov:skip=CKV2_AZURE_33:a private endpoint comes with private_network (network.tf)
  #checkov:skip=CKV_AZURE_206:reports_replication chooses; by default three zones, and the data stay in their region
  #checkov:skip=CKV_AZURE_33:it has no queue
  name                = local.names.reports_storage
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location

  account_tier             = "Standard"
  account_replication_type = var.reports_replication

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

  # Links to the files are good for ten minutes; a longer one appears in the log.
  sas_policy {
    expiration_period = "00.01:00:00"
    expiration_action = "Log"
  }

  tags = var.tags

  # Between zones and one datacentre, Terraform would delete the account, and all reports
  # with it (https://github.com/hashicorp/terraform-provider-azurerm/issues/32049).
  lifecycle {
    ignore_changes = [account_replication_type]
  }
}

resource "azurerm_storage_container" "reports" {
  #checkov:skip=CKV2_AZURE_21:that is classic logging, which needs a key; monitoring.tf logs reads, writes and deletions
  name                  = var.reports_container
  storage_account_id    = azurerm_storage_account.reports.id
  container_access_type = "private"

  # Terraform would delete the container, and all reports with it.
  lifecycle {
    ignore_changes = [name]
  }
}

resource "azurerm_storage_management_policy" "reports" {
  storage_account_id = azurerm_storage_account.reports.id

  rule {
    name    = "delete-old-reports"
    enabled = true
    filters {
      blob_types   = ["blockBlob"]
      prefix_match = ["${azurerm_storage_container.reports.name}/"]
    }
    actions {
      base_blob {
        delete_after_days_since_modification_greater_than = var.report_retention_days
      }
    }
  }
}
