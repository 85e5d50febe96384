variable "subscription_id" {
  description = "The Azure subscription. It must belong to the partner's own tenant if partner_auth is federated. az account show --query id prints the current one."
  type        = string
  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", lower(var.subscription_id)))
    error_message = "subscription_id: want a GUID, as az account show --query id prints it."
  }
}

variable "location" {
  description = "The Azure region, such as westeurope. It must offer Flex Consumption: az functionapp list-flexconsumption-locations."
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9]+$", var.location))
    error_message = "location: want the short name of a region, such as westeurope."
  }
}

variable "name" {
  description = "The beginning of all names that are created: 3 to 12 lower-case letters and digits, a letter first, because names of storage accounts allow no more."
  type        = string
  default     = "tenantrollup"
  validation {
    condition     = can(regex("^[a-z][a-z0-9]{2,11}$", var.name))
    error_message = "name: want 3 to 12 lower-case letters and digits, a letter first."
  }
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}

variable "maximum_instance_count" {
  description = "The most instances that the app may have. Each report of a night runs on one, so this limits the cost and not the speed. Azure has refused less than 40 in some regions."
  type        = number
  default     = 40
  validation {
    condition     = var.maximum_instance_count >= 1 && var.maximum_instance_count <= 1000 && floor(var.maximum_instance_count) == var.maximum_instance_count
    error_message = "maximum_instance_count: want a whole number from 1 to 1000."
  }
}

variable "reports_replication" {
  description = "How the reports' storage account is replicated: ZRS survives the loss of a datacentre, LRS costs less and exists in every region. It is chosen once: a later change does nothing here; https://learn.microsoft.com/azure/storage/common/redundancy-migration says how Azure makes it without losing a report."
  type        = string
  default     = "ZRS"
  validation {
    condition     = contains(["LRS", "ZRS", "GRS", "GZRS", "RAGRS", "RAGZRS"], var.reports_replication)
    error_message = "reports_replication: want LRS, ZRS, GRS, GZRS, RAGRS or RAGZRS."
  }
}

variable "report_retention_days" {
  description = "After how many days a report and its run record are deleted. They can be restored for another 14 days."
  type        = number
  default     = 400
  validation {
    condition     = var.report_retention_days >= 30 && var.report_retention_days <= 3650
    error_message = "report_retention_days: want 30 to 3650: the page lists the last 30 days."
  }
}

variable "readers_group_id" {
  description = "Object id of an Entra group whose members may read the reports in the container. None: only the program."
  type        = string
  default     = null
  validation {
    condition     = var.readers_group_id == null || can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", lower(var.readers_group_id)))
    error_message = "readers_group_id: want the group's object id, a GUID, as az ad group show --query id prints it."
  }
}

variable "page_client_id" {
  description = "Client id of a separate app registration (not the partner's app) that people sign in to before they see the page or call the API. The function keys are required, too. None: the keys only."
  type        = string
  default     = null
  validation {
    condition     = var.page_client_id == null || can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", lower(var.page_client_id)))
    error_message = "page_client_id: want the application (client) id, a GUID."
  }
  validation {
    condition     = var.page_client_id == null || var.page_client_id != var.partner_client_id
    error_message = "page_client_id: want a separate registration: customers consent to the partner's app, and the people who sign in to the page are not customers."
  }
}

variable "allowed_ranges" {
  description = "IPv4 or IPv6 ranges, such as 203.0.113.0/24, from which the page and the API may be called; all other callers get 403. The function keys are required, too. Empty: from everywhere."
  type        = list(string)
  default     = []
  validation {
    condition     = length(var.allowed_ranges) <= 500 && length(distinct(var.allowed_ranges)) == length(var.allowed_ranges)
    error_message = "allowed_ranges: want each range once, and at most 500."
  }
  validation {
    condition     = alltrue([for range in var.allowed_ranges : can(cidrhost(range, 0)) && !can(regex("/0$", range))])
    error_message = "allowed_ranges: want ranges such as 203.0.113.0/24; a single address is 203.0.113.7/32."
  }
}

variable "private_network" {
  description = "Closes storage and vault to the internet and puts the app into a separate network with private endpoints. Secrets must then be stored, and reports read, from inside that network."
  type        = bool
  default     = false
}

variable "network_range" {
  description = "The address range of private_network: /26 or larger. Half is the app's, half the private endpoints'."
  type        = string
  default     = "10.64.0.0/25"
  validation {
    condition     = can(cidrhost(var.network_range, 63)) && can(regex("^[0-9.]+/[0-9]+$", var.network_range))
    error_message = "network_range: want an IPv4 range such as 10.64.0.0/25, /26 or larger."
  }
}

variable "alarm_emails" {
  description = "E-mail addresses for the alarms: at least one."
  type        = set(string)
  validation {
    condition     = length(var.alarm_emails) > 0 && alltrue([for address in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alarm_emails: want at least one e-mail address, and nothing else."
  }
}

variable "alarm_failed_percent" {
  description = "The share of failed customers in a published report, in percent of all, above which an alarm is raised. Customers without data and excluded ones don't count as failed."
  type        = number
  default     = 10
  validation {
    condition     = var.alarm_failed_percent >= 0 && var.alarm_failed_percent < 100
    error_message = "alarm_failed_percent: want 0 to 99."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept: 30 days cost nothing."
  type        = number
  default     = 30
  validation {
    condition     = var.log_retention_days >= 30 && var.log_retention_days <= 730
    error_message = "log_retention_days: want 30 to 730."
  }
}

variable "log_daily_cap_gb" {
  description = "The most logs per day, in GB, which limits their cost. 10,000 customers without data write 10 MB."
  type        = number
  default     = 1
  validation {
    condition     = var.log_daily_cap_gb >= 0.1 && var.log_daily_cap_gb <= 100
    error_message = "log_daily_cap_gb: want 0.1 to 100: without a cap nothing limits the cost, and with less the alarms miss lines."
  }
}
