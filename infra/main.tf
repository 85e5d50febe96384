# Tenant Rollup's resources in Azure:
#
#   variables.tf         what is deployed, for whom, and when an alarm is raised
#   variables_program.tf the settings of the program, one variable each
#   naming.tf            all names
#   identity.tf          the identity that the program runs under
#   storage_host.tf      storage of the Functions host: package, locks, queue
#   storage_reports.tf   storage of the reports, and how long they are kept
#   vault.tf             the vault of the partner's credential, empty
#   roles.tf             who may do what, and no more
#   function.tf          the plan and the function app
#   settings.tf          the app's settings
#   signin.tf            sign-in by Entra in front of the page (optional)
#   network.tf           a separate network with private endpoints (optional)
#   monitoring.tf        logs, with a daily cap, and who has read what
#   alarms.tf            the alarms; their queries are in queries/
#   outputs.tf           what a person needs next
#
# The state holds no secret. Secrets are put into the vault by hand
# (docs/deploy.md), because a resource of Terraform would keep them in the state,
# and a later apply would overwrite a token that the program has renewed. What
# Azure returns to Terraform by itself (keys of the storage accounts and of the
# workspace, publishing passwords) opens nothing: each is switched off.

resource "azurerm_resource_group" "main" {
  name     = local.names.resource_group
  location = var.location
  tags     = var.tags
}
