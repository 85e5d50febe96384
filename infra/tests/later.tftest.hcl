# Each optional part is added to a deployment, and taken away again: the rest stays
# what it is. TestPlansWithTheProvider asks Azure's own provider the same.

mock_provider "azurerm" {
  source = "./tests/mocks"
}

variables {
  subscription_id   = "00000000-0000-0000-0000-00000000000a"
  location          = "westeurope"
  partner_tenant_id = "00000000-0000-0000-0000-0000000000b1"
  partner_client_id = "00000000-0000-0000-0000-0000000000a1"
  alarm_emails      = ["operations@contoso.com"]
  partner_auth      = "federated"
}

run "the_least" {
  assert {
    condition = (length(azurerm_key_vault.secrets) + length(azurerm_virtual_network.main) + length(azurerm_role_assignment.readers)
      + length(azurerm_role_assignment.webhook_reader) + length(azurerm_role_assignment.secret_writer)
      + length(azurerm_function_app_flex_consumption.app.auth_settings_v2) + length(azurerm_function_app_flex_consumption.app.site_config[0].ip_restriction)
    ) == 0
    error_message = "Nothing optional was asked for."
  }
  assert {
    condition     = azurerm_function_app_flex_consumption.app.identity[0].type == "SystemAssigned, UserAssigned"
    error_message = "The app must have both identities from the beginning."
  }
}

run "the_webhook_later" {
  variables {
    notify = true
  }
  assert {
    condition     = length(azurerm_key_vault.secrets) == 1 && length(azurerm_role_assignment.webhook_reader) == 1 && output.function_app_id == run.the_least.function_app_id
    error_message = "The webhook needs a vault and a role, and leaves the app as it is."
  }
}

run "the_webhook_no_more" {
  assert {
    condition     = length(azurerm_key_vault.secrets) + length(azurerm_role_assignment.webhook_reader) == 0 && output.function_app_id == run.the_least.function_app_id
    error_message = "What came with the webhook must go with it, and nothing else."
  }
}

run "a_secret_later" {
  variables {
    partner_auth = "refresh-token"
  }
  assert {
    condition     = output.vault != null && length(azurerm_role_assignment.secret_writer) == 1 && output.function_app_id == run.the_least.function_app_id
    error_message = "Another sign-in mode needs a vault, and leaves the app as it is."
  }
}

run "another_replication_and_container_later" {
  variables {
    reports_replication = "LRS"
    reports_container   = "other"
  }
  assert {
    condition = (azurerm_storage_account.reports.account_replication_type == "ZRS" && output.reports_container == "reports"
      && tolist(azurerm_storage_management_policy.reports.rule[0].filters[0].prefix_match)[0] == "reports/"
    && jsondecode(azurerm_resource_group_template_deployment.settings.template_content).resources[0].properties.REPORTS_CONTAINER == "reports")
    error_message = "The provider would replace the account or the container, and delete all reports."
  }
}

run "a_private_network_later" {
  variables {
    private_network = true
  }
  assert {
    condition = (length(azurerm_private_endpoint.endpoints) == 3 && output.function_app_id == run.the_least.function_app_id
    && output.reports_storage == run.the_least.reports_storage && output.host_storage == run.the_least.host_storage)
    error_message = "A network is added around the app and its storage, which stay."
  }
}

run "a_private_network_no_more" {
  assert {
    condition = (length(azurerm_virtual_network.main) + length(azurerm_private_endpoint.endpoints) == 0 && output.function_app_id == run.the_least.function_app_id
    && azurerm_storage_account.reports.public_network_access_enabled == true)
    error_message = "Without the network, storage must be reachable again."
  }
}

run "readers_and_ranges_and_sign_in_later" {
  variables {
    readers_group_id = "00000000-0000-0000-0000-0000000000a5"
    page_client_id   = "00000000-0000-0000-0000-0000000000a6"
    allowed_ranges   = ["203.0.113.0/24", "2001:db8::/32"]
  }
  assert {
    condition = (length(azurerm_role_assignment.readers) == 1 && length(azurerm_function_app_flex_consumption.app.auth_settings_v2) == 1
      && length(azurerm_function_app_flex_consumption.app.site_config[0].ip_restriction) == 2
    && output.function_app_id == run.the_least.function_app_id)
    error_message = "Readers, ranges and the sign-in leave the app as it is."
  }
}

run "none_of_them_any_more" {
  assert {
    condition = (length(azurerm_role_assignment.readers) + length(azurerm_function_app_flex_consumption.app.auth_settings_v2)
      + length(azurerm_function_app_flex_consumption.app.site_config[0].ip_restriction)
    ) == 0 && azurerm_function_app_flex_consumption.app.site_config[0].ip_restriction_default_action == "Allow" && output.function_app_id == run.the_least.function_app_id
    error_message = "Whoever has a key must get in again, from everywhere."
  }
}
