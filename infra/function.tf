resource "azurerm_service_plan" "app" {
  #checkov:skip=CKV_AZURE_225:a run that loses its zone continues from its checkpoint in another instance
  #checkov:skip=CKV_AZURE_212:Flex Consumption starts an instance when there is work
  name                = local.names.plan
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  os_type             = "Linux"
  sku_name            = "FC1" # Flex Consumption
  tags                = var.tags
}

resource "azurerm_function_app_flex_consumption" "app" {
  name                = local.names.app
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  service_plan_id     = azurerm_service_plan.app.id

  # Must be exact: Azure accepts any version, but an app with an unknown one fails at
  # start.
  runtime_name    = "custom"
  runtime_version = "1.0"

  instance_memory_in_mb  = 512
  maximum_instance_count = var.maximum_instance_count

  storage_container_type            = "blobContainer"
  storage_container_endpoint        = "${azurerm_storage_account.host.primary_blob_endpoint}${azurerm_storage_container.package.name}"
  storage_authentication_type       = "UserAssignedIdentity"
  storage_user_assigned_identity_id = azurerm_user_assigned_identity.app.id

  identity {
    # Both from the beginning: an identity that is added later has no principal yet
    # when Terraform plans a role for it
    # (https://github.com/hashicorp/terraform-provider-azurerm/issues/30581).
    type         = "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.app.id]
  }

  https_only                                     = true
  webdeploy_publish_basic_authentication_enabled = false
  virtual_network_subnet_id                      = var.private_network ? azurerm_subnet.app[0].id : null

  site_config {
    application_insights_connection_string = azurerm_application_insights.app.connection_string
    minimum_tls_version                    = "1.2"
    scm_minimum_tls_version                = "1.2"
    remote_debugging_enabled               = false

    ip_restriction_default_action     = length(var.allowed_ranges) == 0 ? "Allow" : "Deny"
    scm_ip_restriction_default_action = "Allow" # a package is published from anywhere, by who may
    dynamic "ip_restriction" {
      for_each = var.allowed_ranges
      content {
        name       = "range-${ip_restriction.key}"
        priority   = 100 + ip_restriction.key
        action     = "Allow"
        ip_address = ip_restriction.value
      }
    }
  }

  dynamic "auth_settings_v2" {
    for_each = local.page_signin
    content {
      auth_enabled           = true
      require_authentication = true
      require_https          = true
      unauthenticated_action = "RedirectToLoginPage"
      default_provider       = "azureactivedirectory"
      active_directory_v2 {
        client_id            = auth_settings_v2.value.client_id
        tenant_auth_endpoint = auth_settings_v2.value.issuer
      }
      login {
        token_store_enabled = false
      }
    }
  }

  tags = var.tags

  lifecycle {
    ignore_changes = [
      app_settings,                                   # settings.tf writes them
      tags["hidden-link: /app-insights-resource-id"], # Azure adds it by itself
    ]
  }

  # The host must reach its package and its queue when it starts.
  depends_on = [
    azurerm_role_assignment.app,
    azurerm_private_endpoint.endpoints,
    azurerm_private_dns_zone_virtual_network_link.endpoints,
  ]
}
