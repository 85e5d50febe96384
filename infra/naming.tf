# The names of storage accounts, the vault and the app must be unique in the world.
# The suffix makes them unique; the same subscription and name always get the same.
locals {
  suffix = substr(sha256("${var.subscription_id}/${var.name}"), 0, 5)
  unique = "${var.name}-${local.suffix}"

  names = {
    resource_group  = "rg-${var.name}"
    identity        = "id-${var.name}"
    host_storage    = "${var.name}host${local.suffix}"
    reports_storage = "${var.name}reports${local.suffix}"
    vault           = "${local.unique}-kv"
    plan            = "plan-${var.name}"
    app             = local.unique
    insights        = "appi-${var.name}"
    workspace       = "log-${var.name}"
    network         = "vnet-${var.name}"
  }
}
