# The app's settings to the letter. A test in Go reads the same lists and loads
# them as the program does.

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

run "what_is_not_wanted_is_not_set" {
  assert {
    condition = jsondecode(azurerm_resource_group_template_deployment.settings.template_content).resources[0].properties == {
      PARTNER_TENANT_ID                         = "00000000-0000-0000-0000-0000000000b1"
      PARTNER_CLIENT_ID                         = "00000000-0000-0000-0000-0000000000a1"
      PARTNER_AUTH                              = "certificate"
      KEY_VAULT_URL                             = "https://contoso-kv.vault.azure.net/"
      REPORTS                                   = "mailbox-activity=getMailboxUsageMailboxCounts(period='D7')"
      NIGHTLY_SCHEDULE                          = "0 0 1 * * *"
      REPORTS_STORAGE__accountName              = "tenantrollupreports80a69"
      REPORTS_CONTAINER                         = "reports"
      CLOUD                                     = "public"
      AzureWebJobsStorage__accountName          = "tenantrolluphost80a69"
      AzureWebJobsStorage__credential           = "managedidentity"
      AzureWebJobsStorage__clientId             = "00000000-0000-0000-0000-0000000000c1"
      AZURE_CLIENT_ID                           = "00000000-0000-0000-0000-0000000000c1"
      AZURE_TOKEN_CREDENTIALS                   = "ManagedIdentityCredential"
      APPLICATIONINSIGHTS_CONNECTION_STRING     = "InstrumentationKey=00000000-0000-0000-0000-0000000000e1"
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING = "ClientId=00000000-0000-0000-0000-0000000000c1;Authorization=AAD"
    }
    error_message = "The settings are not exactly these."
  }
}

run "everything_is_set" {
  variables {
    partner_auth      = "refresh-token"
    reports           = { access = "access", details = "getMailboxUsageDetail(period='D30')", guests = "guests", people = "/users?$select=id,displayName" }
    nightly_schedule  = "0 30 2 * * *"
    customers_from    = ["gdap", "00000000-0000-0000-0000-0000000000b2"]
    customers_include = ["contoso.onmicrosoft.com", "fabrikam.com"]
    customers_exclude = ["adatum.com"]
    concurrency       = 32
    execution_budget  = "8m30s"
    notify            = true
  }
  assert {
    condition = jsondecode(azurerm_resource_group_template_deployment.settings.template_content).resources[0].properties == {
      PARTNER_TENANT_ID                         = "00000000-0000-0000-0000-0000000000b1"
      PARTNER_CLIENT_ID                         = "00000000-0000-0000-0000-0000000000a1"
      PARTNER_AUTH                              = "refresh-token"
      KEY_VAULT_URL                             = "https://contoso-kv.vault.azure.net/"
      REPORTS                                   = "access=access;details=getMailboxUsageDetail(period='D30');guests=guests;people=/users?$select=id,displayName"
      NIGHTLY_SCHEDULE                          = "0 30 2 * * *"
      REPORTS_STORAGE__accountName              = "tenantrollupreports80a69"
      REPORTS_CONTAINER                         = "reports"
      CUSTOMERS_FROM                            = "gdap,00000000-0000-0000-0000-0000000000b2"
      CUSTOMERS_INCLUDE                         = "contoso.onmicrosoft.com,fabrikam.com"
      CUSTOMERS_EXCLUDE                         = "adatum.com"
      CONCURRENCY                               = "32"
      EXECUTION_BUDGET                          = "8m30s"
      NOTIFY_WEBHOOK_URL                        = "@Microsoft.KeyVault(SecretUri=https://contoso-kv.vault.azure.net/secrets/notify-webhook-url)"
      CLOUD                                     = "public"
      AzureWebJobsStorage__accountName          = "tenantrolluphost80a69"
      AzureWebJobsStorage__credential           = "managedidentity"
      AzureWebJobsStorage__clientId             = "00000000-0000-0000-0000-0000000000c1"
      AZURE_CLIENT_ID                           = "00000000-0000-0000-0000-0000000000c1"
      AZURE_TOKEN_CREDENTIALS                   = "ManagedIdentityCredential"
      APPLICATIONINSIGHTS_CONNECTION_STRING     = "InstrumentationKey=00000000-0000-0000-0000-0000000000e1"
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING = "ClientId=00000000-0000-0000-0000-0000000000c1;Authorization=AAD"
    }
    error_message = "The settings are not exactly these."
  }
}

run "federated_has_no_vault" {
  variables {
    partner_auth = "federated"
  }
  assert {
    condition     = !contains(keys(jsondecode(azurerm_resource_group_template_deployment.settings.template_content).resources[0].properties), "KEY_VAULT_URL")
    error_message = "federated mode names a vault"
  }
}

# A webhook's address is a secret, and nothing but the vault has it.
run "the_webhook_alone_needs_a_vault_too" {
  variables {
    partner_auth = "federated"
    notify       = true
  }
  assert {
    condition     = jsondecode(azurerm_resource_group_template_deployment.settings.template_content).resources[0].properties.NOTIFY_WEBHOOK_URL == "@Microsoft.KeyVault(SecretUri=https://contoso-kv.vault.azure.net/secrets/notify-webhook-url)"
    error_message = "the webhook's address is no reference to the vault"
  }
}
