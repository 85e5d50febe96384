# What each variable that opens or closes something does.

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

run "federated_needs_no_vault" {
  variables {
    partner_auth = "federated"
  }
  assert {
    condition     = length(azurerm_key_vault.secrets) == 0 && output.vault == null && !contains(keys(azurerm_role_assignment.app), "credential")
    error_message = "In federated mode there is nothing to keep."
  }
  assert {
    condition     = output.federated_subject == "00000000-0000-0000-0000-0000000000d1"
    error_message = "The federated credential's subject is the identity's principal id."
  }
}

run "a_refresh_token_may_be_renewed_and_not_deleted" {
  variables {
    partner_auth = "refresh-token"
  }
  assert {
    condition = (azurerm_role_definition.secret_writer[0].permissions[0].data_actions == toset(["Microsoft.KeyVault/vaults/secrets/setSecret/action"])
    && azurerm_role_definition.secret_writer[0].permissions[0].actions == null)
    error_message = "The role must let the app set secrets, and nothing else."
  }
  assert {
    condition = (endswith(azurerm_role_assignment.secret_writer[0].scope, "/vaults/vault")
    && azurerm_role_assignment.secret_writer[0].role_definition_id == azurerm_role_definition.secret_writer[0].role_definition_resource_id)
    error_message = "The role must be given at the vault."
  }
}

run "the_webhook_is_read_by_an_identity_that_can_do_nothing_else" {
  variables {
    notify = true
  }
  assert {
    condition = (azurerm_role_assignment.webhook_reader[0].role_definition_name == "Key Vault Secrets User"
    && endswith(azurerm_role_assignment.webhook_reader[0].scope, "/vaults/vault"))
    error_message = "The platform looks the webhook up under the system-assigned identity."
  }
}

run "readers_read_the_reports_and_nothing_else" {
  variables {
    readers_group_id = "00000000-0000-0000-0000-0000000000a5"
  }
  assert {
    condition = (azurerm_role_assignment.readers[0].role_definition_name == "Storage Blob Data Reader"
      && endswith(azurerm_role_assignment.readers[0].scope, "/containers/reports")
    && azurerm_role_assignment.readers[0].principal_id == "00000000-0000-0000-0000-0000000000a5")
    error_message = "Readers may read the reports' container alone."
  }
}

run "a_private_network_closes_storage_and_vault" {
  variables {
    private_network = true
  }
  assert {
    condition = (azurerm_storage_account.host.public_network_access_enabled == false && azurerm_storage_account.reports.public_network_access_enabled == false
    && azurerm_key_vault.secrets[0].public_network_access_enabled == false && azurerm_key_vault.secrets[0].network_acls[0].default_action == "Deny")
    error_message = "Storage and vault must be closed to the internet."
  }
  assert {
    condition = { for name, endpoint in azurerm_private_endpoint.endpoints : name => one(endpoint.private_service_connection[0].subresource_names) } == {
      host-blob    = "blob"
      host-queue   = "queue"
      reports-blob = "blob"
      vault        = "vault"
    }
    error_message = "All that the app needs must have a private endpoint."
  }
  assert {
    condition     = toset([for zone in azurerm_private_dns_zone.endpoints : zone.name]) == toset(["privatelink.blob.core.windows.net", "privatelink.queue.core.windows.net", "privatelink.vaultcore.azure.net"])
    error_message = "The endpoints' names must resolve inside the network."
  }
  assert {
    condition     = azurerm_subnet.app[0].delegation[0].service_delegation[0].name == "Microsoft.App/environments" && azurerm_function_app_flex_consumption.app.virtual_network_subnet_id == azurerm_subnet.app[0].id
    error_message = "Flex Consumption takes a subnet that is delegated to it."
  }
}

run "without_it_there_is_no_network" {
  command = plan
  assert {
    condition     = length(azurerm_virtual_network.main) + length(azurerm_private_endpoint.endpoints) + length(azurerm_private_dns_zone.endpoints) == 0
    error_message = "No network was asked for."
  }
}

run "people_sign_in_before_they_see_the_page" {
  variables {
    page_client_id = "00000000-0000-0000-0000-0000000000a6"
  }
  override_data {
    target = data.azurerm_client_config.current
    values = { tenant_id = "00000000-0000-0000-0000-0000000000b2" } # the subscription's
  }
  assert {
    condition = (azurerm_function_app_flex_consumption.app.auth_settings_v2[0].auth_enabled == true
      && azurerm_function_app_flex_consumption.app.auth_settings_v2[0].require_authentication == true
      && azurerm_function_app_flex_consumption.app.auth_settings_v2[0].active_directory_v2[0].client_id == "00000000-0000-0000-0000-0000000000a6"
    && azurerm_function_app_flex_consumption.app.auth_settings_v2[0].active_directory_v2[0].tenant_auth_endpoint == "https://login.microsoftonline.com/00000000-0000-0000-0000-0000000000b1/v2.0")
    error_message = "Nobody may pass without signing in to the partner's tenant."
  }
}

run "callers_come_from_the_allowed_ranges" {
  command = plan
  variables {
    allowed_ranges = ["203.0.113.0/24", "2001:db8::/32"]
  }
  assert {
    condition = azurerm_function_app_flex_consumption.app.site_config[0].ip_restriction_default_action == "Deny" && [
      for rule in azurerm_function_app_flex_consumption.app.site_config[0].ip_restriction : "${rule.priority} ${rule.action} ${rule.ip_address}"
    ] == ["100 Allow 203.0.113.0/24", "101 Allow 2001:db8::/32"]
    error_message = "Nobody else may call the app."
  }
  assert {
    condition     = azurerm_function_app_flex_consumption.app.site_config[0].scm_ip_restriction_default_action == "Allow"
    error_message = "Who deploys signs in, from everywhere."
  }
}

run "without_ranges_callers_come_from_everywhere" {
  command = plan
  assert {
    condition     = azurerm_function_app_flex_consumption.app.site_config[0].ip_restriction_default_action == "Allow" && length(azurerm_function_app_flex_consumption.app.site_config[0].ip_restriction) == 0
    error_message = "No range was given."
  }
}

run "every_alarm_tells_people_and_misses_every_report" {
  variables {
    reports              = { details = "getMailboxUsageDetail(period='D7')", access = "access" }
    alarm_failed_percent = 25
  }
  assert {
    condition     = toset(keys(azurerm_monitor_scheduled_query_rules_alert_v2.alarm)) == toset(["no-report", "failed-customers", "partner-credential", "stalled-run", "wrong-settings", "vault-refusing"])
    error_message = "An alarm is missing."
  }
  assert {
    condition     = alltrue([for alarm in azurerm_monitor_scheduled_query_rules_alert_v2.alarm : one(alarm.action[0].action_groups) == azurerm_monitor_action_group.people.id])
    error_message = "An alarm calls nobody."
  }
  assert {
    condition     = [for receiver in azurerm_monitor_action_group.people.email_receiver : receiver.email_address] == ["operations@contoso.com"]
    error_message = "The action group must write to alarm_emails."
  }
  assert {
    condition = (strcontains(azurerm_monitor_scheduled_query_rules_alert_v2.alarm["no-report"].criteria[0].query, "dynamic([\"access\",\"details\"])")
      && strcontains(azurerm_monitor_scheduled_query_rules_alert_v2.alarm["no-report"].criteria[0].query, "ago(26h)")
      && strcontains(azurerm_monitor_scheduled_query_rules_alert_v2.alarm["no-report"].criteria[0].query, "< 25h")
    && azurerm_monitor_scheduled_query_rules_alert_v2.alarm["no-report"].window_duration == "P2D")
    error_message = "Each report must be missed after 26 hours, which a window of two days holds."
  }
  assert {
    condition     = azurerm_monitor_scheduled_query_rules_alert_v2.alarm["failed-customers"].criteria[0].threshold == 25
    error_message = "The threshold of failed customers must be alarm_failed_percent."
  }
}
