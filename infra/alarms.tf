# Each alarm is a query over the logs, in queries/. make test-docs runs them over what
# real nights leave in the logs, and checks which alarms are raised.
#
# A window is at least twice the time between two evaluations, because a line takes
# minutes until it can be found. An alarm is raised once, and ends by itself.
#
# A table does not exist before its first line, nor after a month without one. A query
# that needs it would fail, and Azure switches an alarm off whose query has failed for a
# week (https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-troubleshoot-log).
# So each query also has an empty table of its own, in a fuzzy union.
locals {
  # The hour of a schedule with one hour, such as 0 0 1 * * *; otherwise midnight.
  nightly_hour = try(tonumber(split(" ", var.nightly_schedule)[2]), 0)

  alarms = {
    no-report = {
      description = "A report of REPORTS was not published within 26 hours."
      query = templatefile("${path.module}/queries/no-report.kql", {
        reports     = jsonencode(keys(var.reports))
        fresh_hours = 24 + local.nightly_hour
      })
      every    = "PT1H"
      window   = "P2D" # a window cannot be 26 hours: the query checks that
      measure  = "unpublished"
      above    = 0
      by       = null
      severity = 1
    }
    failed-customers = {
      description = "More than ${var.alarm_failed_percent} % of the customers failed in a published report. Its error log says why, and what to do."
      query       = file("${path.module}/queries/failed-customers.kql")
      every       = "PT1H"
      window      = "PT2H"
      measure     = "failed_percent"
      above       = var.alarm_failed_percent
      by          = "report"
      severity    = 2
    }
    partner-credential = {
      description = "The partner's own credential fails or ends within 14 days. No customer can be asked without it."
      query       = file("${path.module}/queries/partner-credential.kql")
      every       = "PT1H"
      window      = "PT2H"
      measure     = null
      above       = 0
      by          = "what"
      severity    = 1
    }
    stalled-run = {
      description = "A run was stopped, is held, fails repeatedly, or ended in the poison queue. Remove the cause, then ask for the run again; a held run can also be published as it is."
      query       = file("${path.module}/queries/stalled-run.kql")
      every       = "PT15M"
      window      = "PT1H"
      measure     = null
      above       = 0
      by          = "what"
      severity    = 1
    }
    wrong-settings = {
      description = "The settings are wrong, so nothing runs. The page says what to change."
      query       = file("${path.module}/queries/wrong-settings.kql")
      every       = "PT15M"
      window      = "PT1H"
      measure     = null
      above       = 0
      by          = "what"
      severity    = 1
    }
    vault-refusing = {
      description = "The vault refuses, or cannot be reached."
      query       = file("${path.module}/queries/vault-refusing.kql")
      every       = "PT15M"
      window      = "PT30M"
      measure     = null
      above       = 0
      by          = "what"
      severity    = 1
    }
  }
}

resource "azurerm_monitor_action_group" "people" {
  name                = "ag-${var.name}"
  resource_group_name = azurerm_resource_group.main.name
  short_name          = var.name

  dynamic "email_receiver" {
    for_each = var.alarm_emails
    content {
      name                    = email_receiver.value
      email_address           = email_receiver.value
      use_common_alert_schema = true
    }
  }

  tags = var.tags
}

resource "azurerm_monitor_scheduled_query_rules_alert_v2" "alarm" {
  for_each = local.alarms

  name                = each.key
  display_name        = "${local.unique}: ${each.key}"
  description         = each.value.description
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  scopes              = [azurerm_log_analytics_workspace.logs.id]
  severity            = each.value.severity

  evaluation_frequency    = each.value.every
  window_duration         = each.value.window
  auto_mitigation_enabled = true
  skip_query_validation   = true # the tables may not exist yet

  criteria {
    query                   = each.value.query
    time_aggregation_method = each.value.measure == null ? "Count" : "Maximum"
    metric_measure_column   = each.value.measure
    operator                = "GreaterThan"
    threshold               = each.value.above

    # One alarm for each report or cause, which the mail then names.
    dynamic "dimension" {
      for_each = each.value.by == null ? [] : [each.value.by]
      content {
        name     = dimension.value
        operator = "Include"
        values   = ["*"]
      }
    }
  }

  action {
    action_groups = [azurerm_monitor_action_group.people.id]
  }

  tags = var.tags
}
