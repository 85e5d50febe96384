terraform {
  required_version = ">= 1.9"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.2"
    }
  }
}

provider "azurerm" {
  subscription_id     = var.subscription_id
  storage_use_azuread = true # the accounts accept no keys

  resource_providers_to_register = [
    "Microsoft.AlertsManagement",
    "Microsoft.App", # Flex Consumption runs on it
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
    "Microsoft.OperationalInsights",
    "Microsoft.Storage",
    "Microsoft.Web",
  ]

  features {
    key_vault {
      purge_soft_delete_on_destroy = false # purge protection forbids it
    }
    template_deployment {
      # Terraform would delete the app's settings before it writes them again.
      delete_nested_items_during_deletion = false
    }
  }
}
