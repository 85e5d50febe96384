# With private_network, storage and vault are closed to the internet and reached
# only from the app's own network. The app's own address stays public, guarded by its
# keys, and by allowed_ranges and page_client_id if they are set.
locals {
  # Host names of the private endpoints, with one zone for each service.
  private_zones = var.private_network ? merge(
    {
      blob  = "privatelink.blob.core.windows.net"
      queue = "privatelink.queue.core.windows.net"
    },
    local.vault_count == 1 ? { vault = "privatelink.vaultcore.azure.net" } : {},
  ) : {}

  private_endpoints = var.private_network ? merge(
    {
      host-blob    = { target = azurerm_storage_account.host.id, kind = "blob", zone = "blob" }
      host-queue   = { target = azurerm_storage_account.host.id, kind = "queue", zone = "queue" }
      reports-blob = { target = azurerm_storage_account.reports.id, kind = "blob", zone = "blob" }
    },
    local.vault_count == 1 ? {
      vault = { target = azurerm_key_vault.secrets[0].id, kind = "vault", zone = "vault" }
    } : {},
  ) : {}
}

resource "azurerm_virtual_network" "main" {
  count = var.private_network ? 1 : 0

  name                = local.names.network
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  address_space       = [var.network_range]
  tags                = var.tags
}

resource "azurerm_subnet" "app" {
  #checkov:skip=CKV2_AZURE_31:nothing comes in through it: requests reach the app by its own address
  count = var.private_network ? 1 : 0

  name                 = "app"
  resource_group_name  = azurerm_resource_group.main.name
  virtual_network_name = azurerm_virtual_network.main[0].name
  address_prefixes     = [cidrsubnet(var.network_range, 1, 0)]

  # Entra and Graph are on the internet.
  default_outbound_access_enabled = true

  delegation {
    name = "flex-consumption"
    service_delegation {
      name    = "Microsoft.App/environments"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }
}

resource "azurerm_subnet" "endpoints" {
  #checkov:skip=CKV2_AZURE_31:only private endpoints, only for this network
  count = var.private_network ? 1 : 0

  name                            = "endpoints"
  resource_group_name             = azurerm_resource_group.main.name
  virtual_network_name            = azurerm_virtual_network.main[0].name
  address_prefixes                = [cidrsubnet(var.network_range, 1, 1)]
  default_outbound_access_enabled = false
}

resource "azurerm_private_dns_zone" "endpoints" {
  for_each = local.private_zones

  name                = each.value
  resource_group_name = azurerm_resource_group.main.name
  tags                = var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "endpoints" {
  for_each = local.private_zones

  name                = each.key
  private_dns_zone_id = azurerm_private_dns_zone.endpoints[each.key].id
  virtual_network_id  = azurerm_virtual_network.main[0].id
  tags                = var.tags
}

resource "azurerm_private_endpoint" "endpoints" {
  for_each = local.private_endpoints

  name                = "pe-${var.name}-${each.key}"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  subnet_id           = azurerm_subnet.endpoints[0].id

  private_service_connection {
    name                           = each.key
    private_connection_resource_id = each.value.target
    subresource_names              = [each.value.kind]
    is_manual_connection           = false
  }
  private_dns_zone_group {
    name                 = each.value.zone
    private_dns_zone_ids = [azurerm_private_dns_zone.endpoints[each.value.zone].id]
  }

  tags = var.tags
}
