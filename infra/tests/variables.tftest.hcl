# Wrong values are refused before anything is created.

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

run "where_and_how" {
  command = plan
  variables {
    subscription_id        = "contoso"
    location               = "West Europe"
    name                   = "tenant-rollup"
    maximum_instance_count = 0
    reports_replication    = "XRS"
    report_retention_days  = 7
    readers_group_id       = "readers"
    page_client_id         = "page"
    network_range          = "10.64.0.0/28"
    allowed_ranges         = ["203.0.113.7"]
    alarm_emails           = ["operations"]
    alarm_failed_percent   = 100
    log_retention_days     = 7
    log_daily_cap_gb       = 0
  }
  expect_failures = [
    var.subscription_id, var.location, var.name, var.maximum_instance_count, var.reports_replication, var.report_retention_days,
    var.readers_group_id, var.page_client_id, var.allowed_ranges, var.network_range, var.alarm_emails, var.alarm_failed_percent,
    var.log_retention_days, var.log_daily_cap_gb,
  ]
}

run "the_programs_settings" {
  command = plan
  variables {
    partner_tenant_id = "contoso.com"
    partner_client_id = "a secret"
    partner_auth      = "password"
    reports           = { "mailbox activity" = "getMailboxUsageDetail(period='D7')" }
    nightly_schedule  = "0 1 * * *"
    reports_container = "Reports"
    customers_from    = ["all"]
    customers_include = ["contoso"]
    customers_exclude = ["*"]
    concurrency       = 513
    execution_budget  = "5 minutes"
    cloud             = "usgov"
  }
  expect_failures = [
    var.partner_tenant_id, var.partner_client_id, var.partner_auth, var.reports, var.nightly_schedule, var.reports_container,
    var.customers_from, var.customers_include, var.customers_exclude, var.concurrency, var.execution_budget, var.cloud,
  ]
}

# It would say that the page is closed, and leave it open.
run "everywhere_is_no_range" {
  command = plan
  variables {
    allowed_ranges = ["203.0.113.0/24", "0.0.0.0/0"]
  }
  expect_failures = [var.allowed_ranges]
}

run "somebody_must_be_told" {
  command = plan
  variables {
    alarm_emails = []
  }
  expect_failures = [var.alarm_emails]
}

run "a_call_holds_no_second_one" {
  command = plan
  variables {
    reports = { details = "getMailboxUsageDetail(period='D7');access" }
  }
  expect_failures = [var.reports]
}

run "a_call_is_written_in_any_case_and_holds_quotes_and_parentheses_within_parentheses" {
  command = plan
  variables {
    reports = {
      seats  = "Licenses"
      usage  = "GetMailboxUsageDetail(period='D7')"
      mail   = "GET-MessageTraceV2"
      people = "/users?$filter=startswith(tolower(displayName),'a;(b')"
      groups = "/groups?$expand=members($select=id;$expand=manager($select=id;$levels=max))"
    }
  }
}

run "a_call_may_be_a_short_name_or_a_path" {
  command = plan
  variables {
    reports = { seats = "licenses", logins = "sign-in-activity", groups = "/groups?$expand=members($select=id;$top=5)" }
  }
}

# Customers consent to the partner's app; readers of the page don't sign in to it.
run "the_page_has_a_registration_of_its_own" {
  command = plan
  variables {
    page_client_id = "00000000-0000-0000-0000-0000000000a1"
  }
  expect_failures = [var.page_client_id]
}
