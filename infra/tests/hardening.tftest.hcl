# What keeps others out, and what costs a night when it is wrong.

mock_provider "azurerm" {
  source = "./tests/mocks"
}

variables {
  subscription_id   = "00000000-0000-0000-0000-00000000000a"
  location          = "westeurope"
  partner_tenant_id = "00000000-0000-0000-0000-0000000000b1"
  partner_client_id = "00000000-0000-0000-0000-0000000000a1"
  alarm_emails      = ["operations@contoso.com"]
}

run "every_flag_is_as_it_must_be" {
  command = plan

  # The runtime, to the letter.
  assert {
    condition     = azurerm_function_app_flex_consumption.app.runtime_name == "custom" && azurerm_function_app_flex_consumption.app.runtime_version == "1.0"
    error_message = "The runtime must be custom 1.0: Azure takes others and the app then dies as it starts."
  }
  assert {
    condition     = azurerm_service_plan.app.sku_name == "FC1" && azurerm_service_plan.app.os_type == "Linux"
    error_message = "The plan must be Flex Consumption."
  }
  assert {
    condition     = azurerm_function_app_flex_consumption.app.instance_memory_in_mb == 512 && azurerm_function_app_flex_consumption.app.maximum_instance_count == 40
    error_message = "The instances must be of 512 MB, and 40 at most."
  }

  # Storage.
  assert {
    condition = alltrue([for account in [azurerm_storage_account.host, azurerm_storage_account.reports] :
      account.shared_access_key_enabled == false && account.default_to_oauth_authentication == true && account.local_user_enabled == false
    ])
    error_message = "The storage accounts must take no keys and know no local users."
  }
  assert {
    condition = alltrue([for account in [azurerm_storage_account.host, azurerm_storage_account.reports] :
      account.https_traffic_only_enabled == true && account.min_tls_version == "TLS1_2"
      && account.allow_nested_items_to_be_public == false && account.cross_tenant_replication_enabled == false
    ])
    error_message = "The storage accounts must be private, and reached by TLS 1.2."
  }
  assert {
    condition     = azurerm_storage_container.reports.container_access_type == "private" && azurerm_storage_container.package.container_access_type == "private"
    error_message = "The containers must be private."
  }
  assert {
    condition = alltrue([for blobs in [azurerm_storage_account.host.blob_properties[0], azurerm_storage_account.reports.blob_properties[0]] :
      blobs.versioning_enabled == false && blobs.delete_retention_policy[0].days == 14 && blobs.container_delete_retention_policy[0].days == 14
    ])
    error_message = "Soft delete must be 14 days, and versioning off."
  }
  assert {
    condition = (azurerm_storage_management_policy.reports.rule[0].actions[0].base_blob[0].delete_after_days_since_modification_greater_than == 400
    && tolist(azurerm_storage_management_policy.reports.rule[0].filters[0].prefix_match)[0] == "reports/")
    error_message = "Old reports must be deleted, and nothing else."
  }

  # The vault.
  assert {
    condition = (azurerm_key_vault.secrets[0].rbac_authorization_enabled == true && azurerm_key_vault.secrets[0].purge_protection_enabled == true
    && azurerm_key_vault.secrets[0].soft_delete_retention_days == 90)
    error_message = "The vault must be guarded by roles, and protected from purging for 90 days."
  }

  # The app.
  assert {
    condition     = azurerm_function_app_flex_consumption.app.https_only == true && azurerm_function_app_flex_consumption.app.webdeploy_publish_basic_authentication_enabled == false
    error_message = "The app must take https alone, and no publishing password."
  }
  assert {
    condition = (azurerm_function_app_flex_consumption.app.site_config[0].minimum_tls_version == "1.2" && azurerm_function_app_flex_consumption.app.site_config[0].scm_minimum_tls_version == "1.2"
    && azurerm_function_app_flex_consumption.app.site_config[0].remote_debugging_enabled == false)
    error_message = "The app must be reached by TLS 1.2, and not be open to debuggers."
  }
  assert {
    condition     = azurerm_function_app_flex_consumption.app.storage_authentication_type == "UserAssignedIdentity" && azurerm_function_app_flex_consumption.app.identity[0].type == "SystemAssigned, UserAssigned"
    error_message = "The app must fetch its package by its identity."
  }

  # Logs.
  assert {
    condition     = azurerm_log_analytics_workspace.logs.local_authentication_enabled == false && azurerm_application_insights.app.local_authentication_enabled == false
    error_message = "The logs must take no keys."
  }
  assert {
    condition = alltrue([for setting in [azurerm_monitor_diagnostic_setting.reports, azurerm_monitor_diagnostic_setting.host] :
      contains(setting.enabled_log[*].category, "StorageWrite") && contains(setting.enabled_log[*].category, "StorageDelete")
    ])
    error_message = "Writes to both storage accounts must be logged."
  }
  assert {
    condition     = azurerm_log_analytics_workspace.logs.daily_quota_gb == 1 && azurerm_application_insights.app.daily_data_cap_in_gb == 1
    error_message = "The logs must have a daily cap."
  }
  assert {
    condition     = azurerm_application_insights.app.sampling_percentage == 100
    error_message = "No line may be left out: the alarms read them."
  }
}

run "the_reports_go_into_the_container_that_is_named" {
  command = plan
  variables {
    reports_container = "nightly-reports"
  }
  assert {
    condition = (azurerm_storage_container.reports.name == "nightly-reports" && output.reports_container == "nightly-reports"
    && tolist(azurerm_storage_management_policy.reports.rule[0].filters[0].prefix_match)[0] == "nightly-reports/")
    error_message = "The container must be the one of reports_container, and old reports be deleted there."
  }
}

run "names_are_of_the_world_and_fit" {
  command = plan
  variables {
    name = "abcdefghijkl"
  }
  assert {
    condition     = alltrue([for account in [azurerm_storage_account.host.name, azurerm_storage_account.reports.name] : can(regex("^[a-z0-9]{3,24}$", account))])
    error_message = "A storage account's name must be 3 to 24 lower-case letters and digits."
  }
  assert {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", azurerm_key_vault.secrets[0].name))
    error_message = "The vault's name must be 3 to 24 letters, digits and hyphens."
  }
  assert {
    # The host cuts its id at 32, and apps of one id lose their timers.
    condition     = length(azurerm_function_app_flex_consumption.app.name) <= 32
    error_message = "The app's name must have 32 characters at most."
  }
  assert {
    condition     = length(azurerm_monitor_action_group.people.short_name) <= 12
    error_message = "The action group's short name must have 12 characters at most."
  }
}

run "the_app_may_do_this_and_no_more" {
  assert {
    condition = { for name, role in azurerm_role_assignment.app : "${role.role_definition_name} of ${reverse(split("/", role.scope))[0]}" => role.principal_id } == {
      "Storage Blob Data Owner of host"                   = "00000000-0000-0000-0000-0000000000d1"
      "Storage Queue Data Contributor of host"            = "00000000-0000-0000-0000-0000000000d1"
      "Storage Blob Data Contributor of reports"          = "00000000-0000-0000-0000-0000000000d1"
      "Storage Blob Delegator of reports"                 = "00000000-0000-0000-0000-0000000000d1"
      "Monitoring Metrics Publisher of appi-tenantrollup" = "00000000-0000-0000-0000-0000000000d1"
      "Key Vault Secrets User of vault"                   = "00000000-0000-0000-0000-0000000000d1"
    }
    error_message = "The app's roles are not exactly these."
  }
  assert {
    condition     = endswith(azurerm_role_assignment.app["reports"].scope, "/blobServices/default/containers/reports")
    error_message = "The app may write the reports' container alone, not the account."
  }
  assert {
    condition     = length(azurerm_role_assignment.secret_writer) + length(azurerm_role_assignment.webhook_reader) + length(azurerm_role_assignment.readers) == 0
    error_message = "Nobody else may do anything."
  }
}
