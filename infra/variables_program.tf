# The settings of the program, as README.md lists them. A null or empty one is not
# set, and the program's own default applies.

variable "partner_tenant_id" {
  description = "PARTNER_TENANT_ID: the partner's tenant."
  type        = string
  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", lower(var.partner_tenant_id)))
    error_message = "partner_tenant_id: want the partner's tenant id, a GUID."
  }
}

variable "partner_client_id" {
  description = "PARTNER_CLIENT_ID: the multitenant app that customers consent to."
  type        = string
  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", lower(var.partner_client_id)))
    error_message = "partner_client_id: want the app's client id, a GUID."
  }
}

variable "partner_auth" {
  description = "PARTNER_AUTH: how the app signs in: certificate, secret, federated (the app's managed identity, no secret at all, no vault) or refresh-token (app and user)."
  type        = string
  default     = "certificate"
  validation {
    condition     = contains(["certificate", "secret", "federated", "refresh-token"], var.partner_auth)
    error_message = "partner_auth: want certificate, secret, federated or refresh-token."
  }
}

variable "reports" {
  description = "REPORTS: the reports of every night, name = call. The name is used for the files, and by the alarm to find missing reports."
  type        = map(string)
  default     = { mailbox-activity = "getMailboxUsageMailboxCounts(period='D7')" }
  validation {
    condition     = length(var.reports) > 0 && alltrue([for name, call in var.reports : can(regex("^[A-Za-z0-9_-]{1,64}$", name))])
    error_message = "reports: want at least one, and names of 1 to 64 letters, digits, - and _."
  }
  validation {
    condition     = alltrue([for call in values(var.reports) : can(regex("(?i)^(?:[a-z-]+$|get|/|https://)", call))])
    error_message = "reports: want calls such as licenses, getMailboxUsageDetail(period='D7') or /domains."
  }
  validation {
    # What is in quotes is taken out, and then three levels of parentheses.
    condition = alltrue([for call in values(var.reports) : !strcontains(
      replace(replace(replace(replace(call, "/'[^']*'|\"[^\"]*\"/", ""), "/\\([^()]*\\)/", ""), "/\\([^()]*\\)/", ""), "/\\([^()]*\\)/", ""), ";"
    )])
    error_message = "reports: want calls without ; outside of quotes and parentheses: another report begins behind it."
  }
}

variable "nightly_schedule" {
  description = "NIGHTLY_SCHEDULE: when the night begins, six NCRONTAB fields, UTC. The alarm expects a report every 26 hours: with nights off, it is raised on the day after."
  type        = string
  default     = "0 0 1 * * *"
  validation {
    condition     = can(regex("^\\S+( \\S+){5}$", var.nightly_schedule))
    error_message = "nightly_schedule: want six fields with one space between them, seconds first, such as 0 0 1 * * * for every night at one, UTC."
  }
}

variable "reports_container" {
  description = "REPORTS_CONTAINER: the container that the reports go into. It is chosen once: a later change does nothing, because containers cannot be renamed."
  type        = string
  default     = "reports"
  validation {
    condition     = can(regex("^[a-z0-9](-?[a-z0-9]){2,62}$", var.reports_container)) && length(var.reports_container) <= 63
    error_message = "reports_container: want 3 to 63 lower-case letters, digits and single hyphens, a letter or digit first and last."
  }
}

variable "customers_from" {
  description = "CUSTOMERS_FROM: where customers are listed: gdap, contracts, tenant ids. Empty: gdap and contracts."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for source in var.customers_from : can(regex("^(gdap|contracts|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$", lower(source)))])
    error_message = "customers_from: want gdap, contracts, and tenant ids."
  }
}

variable "customers_include" {
  description = "CUSTOMERS_INCLUDE: tenant ids or domains; no other customer is asked. Empty: all."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for customer in var.customers_include : can(regex("^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|([a-z0-9-]+\\.)+[a-z0-9-]+)$", lower(customer)))])
    error_message = "customers_include: want tenant ids and domains such as contoso.onmicrosoft.com."
  }
}

variable "customers_exclude" {
  description = "CUSTOMERS_EXCLUDE: tenant ids or domains of customers that are never signed in to. Empty: none."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for customer in var.customers_exclude : can(regex("^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|([a-z0-9-]+\\.)+[a-z0-9-]+)$", lower(customer)))])
    error_message = "customers_exclude: want tenant ids and domains such as contoso.onmicrosoft.com."
  }
}

variable "concurrency" {
  description = "CONCURRENCY: customers in flight, 1 to 512. Null: 64."
  type        = number
  default     = null
  validation {
    condition     = var.concurrency == null || try(var.concurrency >= 1 && var.concurrency <= 512 && floor(var.concurrency) == var.concurrency, false)
    error_message = "concurrency: want a whole number from 1 to 512."
  }
}

variable "execution_budget" {
  description = "EXECUTION_BUDGET: the longest slice of a run, such as 5m or 90s. Null: host.json's functionTimeout minus one minute."
  type        = string
  default     = null
  validation {
    condition     = var.execution_budget == null || can(regex("^([0-9]+(\\.[0-9]+)?(h|m|s))+$", var.execution_budget))
    error_message = "execution_budget: want a duration such as 5m or 90s."
  }
}

variable "notify" {
  description = "NOTIFY_WEBHOOK_URL: whether a webhook is called when a run ends. Its address is a secret: put it into the vault as notify-webhook-url before you set this."
  type        = bool
  default     = false
}

variable "cloud" {
  description = "CLOUD: the Microsoft cloud."
  type        = string
  default     = "public"
  validation {
    condition     = var.cloud == "public"
    error_message = "cloud: want public: Flex Consumption and usage reports are not offered in any other."
  }
}
